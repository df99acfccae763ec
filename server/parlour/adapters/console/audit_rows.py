"""Implements `runtime.audit.trail.AuditTrail` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from parlour.adapters.audit.tables import audit, audit_head
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.hash_chain import ZERO_HASH, SealedRow, digest_of, hash_of
from parlour.core.room import Account
from parlour.runtime.audit.trail import AuditEntry, AuditQuery, Earlier

HEAD = "audit"
"""The name of the one row of `audit_head`."""


class SqlAuditTrail:
    """Its docstrings are those of `AuditTrail`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def earlier(self, by: Account, id_: str, what: str, asked: bytes) -> Earlier | None:
        c = audit.c
        query = select(c.salt, c.asked, c.answer).where(c.actor == by, c.id == id_, c.what == what)
        found = await self._reader.read(lambda connection: connection.execute(query).one_or_none())
        if found is None:
            return None
        same = found.salt is None or digest_of(found.salt, asked.decode()) == found.asked
        return Earlier(same, _json(found.answer) or {})

    async def page(self, query: AuditQuery, limit: int) -> Sequence[AuditEntry]:
        c = audit.c
        wanted = select(audit).order_by(c.row.desc()).limit(limit)
        if query.by is not None:
            wanted = wanted.where(c.actor == query.by)
        if query.what is not None:
            group = query.what.endswith(".")
            wanted = wanted.where(c.what.startswith(query.what, autoescape=True) if group else c.what == query.what)
        if query.before is not None:
            wanted = wanted.where(c.row < query.before)
        return await self._reader.read(lambda connection: [_entry(row) for row in connection.execute(wanted)])

    async def seal(self, limit: int) -> int:
        if not await self.unsealed():
            return 0
        return await self._writer.write(lambda connection: _seal(connection, limit))

    async def sealed(self, after: int, limit: int) -> Sequence[SealedRow]:
        wanted = select(audit).where(audit.c.n > after).order_by(audit.c.n).limit(limit)
        return await self._reader.read(lambda connection: [_sealed(row, row.n) for row in connection.execute(wanted)])

    async def head(self) -> tuple[int, bytes]:
        return await self._reader.read(lambda connection: _head(connection) or (0, ZERO_HASH))

    async def unsealed(self) -> int:
        counted = select(func.count()).select_from(audit).where(audit.c.n.is_(None))
        return await self._reader.read(lambda connection: connection.scalar(counted) or 0)


def _seal(connection: Connection, limit: int) -> int:
    """Chain rows that wait, under the lock of the head's row."""
    found = _head(connection, lock=True)
    if found is None:
        connection.execute(insert(audit_head).values(name=HEAD, n=0, hash=ZERO_HASH))
    n, last = found or (0, ZERO_HASH)
    waiting = select(audit).where(audit.c.n.is_(None)).order_by(audit.c.row).limit(limit)
    rows = connection.execute(waiting).all()
    for row in rows:
        n += 1
        last = hash_of(last, _sealed(row, n))
        connection.execute(update(audit).where(audit.c.row == row.row).values(n=n, hash=last))
    connection.execute(update(audit_head).where(audit_head.c.name == HEAD).values(n=n, hash=last))
    return len(rows)


def _head(connection: Connection, *, lock: bool = False) -> tuple[int, bytes] | None:
    query = select(audit_head.c.n, audit_head.c.hash).where(audit_head.c.name == HEAD)
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if found is None else (found.n, bytes(found.hash))


def _entry(row: Row[Any]) -> AuditEntry:
    said = (row.whom, row.reason, row.remote, _json(row.before), _json(row.after))
    return AuditEntry(row.row, row.actor, row.id, row.what, row.at, *said, row.n, row.hash)


def _sealed(row: Row[Any], n: int) -> SealedRow:
    """Return a row as the chain sees it at a place; of a row that waits the hash is empty."""
    texts = None
    if row.salt is not None:
        before, after = _json(row.before), _json(row.after)
        texts = {"whom": row.whom, "reason": row.reason, "remote": row.remote, "before": before, "after": after}
    return SealedRow(n, row.actor, row.id, row.what, row.at, row.digest, row.salt, texts, row.hash or b"")


def _json(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
