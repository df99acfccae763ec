"""Implements `runtime.operating.room_eraser.ErasureRows` over SQLite or Postgres.

Every table with a column `room` is emptied of the room, whichever part it belongs to, so that a new table needs no line
here. Audit rows stay: they say who erased it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert, null, select, tuple_, update
from sqlmodel import SQLModel

from parlour.adapters.accounts.sessions import later
from parlour.adapters.audit.insert import write_audit
from parlour.adapters.sql.kept_beside import discard_unlisted
from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rows import key_of, label_number
from parlour.adapters.sql.tables_auth import nonce, session
from parlour.adapters.sql.tables_kept import room_file
from parlour.adapters.sql.tables_rooms import (
    invite,
    message_text,
    redemption,
    report,
    report_voice,
    room,
    room_erasure,
    room_label,
    searched_room,
)
from parlour.adapters.sql.text_index import SHIFT, escaped, remove
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId

CHUNK = 500
"""Rows of one transaction: posts wait behind it."""
REMEMBERED_MS = 60_000
"""An erasure is remembered so long, as a number without the room's id, for processes that still host the room."""
_CONTRACTS = ("eip1271", "eip6492")
_APART = ("searched_room", "room_file")
"""Emptied after what hangs on their rows."""
_ERASURES = Prepared(select(room_erasure.c.number, room_erasure.c.key, room_erasure.c.at))


class SqlErasureRows:
    """Its docstrings are those of `ErasureRows`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def begin(self, name: RoomId, audit: AuditRecord, now: int) -> bool:
        key = key_of(name)
        return await self._writer.write(lambda connection: _begin(connection, key, audit, now), (key,))

    async def go_on(self, key: str, now: int) -> bool:
        return await self._writer.write(lambda connection: _go_on(connection, key, now), (key,))

    async def finish(self, key: str, now: int) -> None:
        done = update(room_erasure).where(room_erasure.c.key == key).values(key=null(), at=now)
        await self._writer.write(lambda connection: connection.execute(done))

    async def left(self, before: int) -> list[str]:
        rows = await self._reader.read(_ERASURES.tuples)
        if any(key is None and at < before - REMEMBERED_MS for _, key, at in rows):
            old = delete(room_erasure).where(room_erasure.c.key.is_(None), room_erasure.c.at < before - REMEMBERED_MS)
            await self._writer.write(lambda connection: connection.execute(old), lasting=False)
        return [key for _, key, at in rows if key is not None and at < before]

    async def erased(self, keys: list[str]) -> set[str]:
        rows = await self._reader.read(_ERASURES.tuples) if keys else ()
        numbers = {number for number, _, _ in rows}
        return {key for key in keys if label_number(key) in numbers} if numbers else set()


def _begin(connection: Connection, key: str, audit: AuditRecord, now: int) -> bool:
    if not connection.execute(delete(room).where(room.c.key == key)).rowcount:
        return False
    number = label_number(key)
    connection.execute(delete(room_label).where(room_label.c.rowid == number))
    connection.execute(delete(room_erasure).where(room_erasure.c.number == number))
    connection.execute(insert(room_erasure), {"number": number, "key": key, "at": now})
    write_audit(connection, [audit])
    return True


def _go_on(connection: Connection, key: str, now: int) -> bool:
    """Remove up to CHUNK rows of one table; the first table that has some."""
    connection.execute(update(room_erasure).where(room_erasure.c.key == key).values(at=now))
    return any(_emptied(connection, key, now))


def _emptied(connection: Connection, key: str, now: int) -> Iterator[bool]:
    """Yield for each table whether it held rows, which are removed."""
    yield _texts(connection, key)
    yield _beside(connection, report_voice, report_voice.c.report, select(report.c.id).where(report.c.room == key))
    invites = select(invite.c.token_hash).where(invite.c.room == key)
    yield _beside(connection, redemption, redemption.c.token_hash, invites)
    for table in _tables():
        yield _some(connection, table, key)
    yield _files(connection, key)
    yield _some(connection, searched_room, key)
    yield _delegations(connection, key, now)


def _tables() -> list[Table]:
    """Return every table of rows that belong to a room."""
    found = [table for table in SQLModel.metadata.sorted_tables if "room" in table.c]
    return [table for table in found if table.name not in _APART]


def _some(connection: Connection, table: Table, key: str) -> bool:
    """Remove up to CHUNK of a table's rows of the room; return whether there were any."""
    keys = list(table.primary_key.columns)
    some = select(*keys).where(table.c.room == key).limit(CHUNK)
    gone = connection.execute(delete(table).where(tuple_(*keys).in_(some.subquery().select())))
    return gone.rowcount > 0


def _beside(connection: Connection, table: Table, column: Any, of: Any) -> bool:
    return connection.execute(delete(table).where(column.in_(of))).rowcount > 0


def _texts(connection: Connection, key: str) -> bool:
    """Take messages of the room, and its document, out of the index of texts."""
    number = connection.scalar(select(searched_room.c.number).where(searched_room.c.room == key))
    if number is None:
        return False
    start = number << SHIFT
    span = message_text.c.rowid.between(start, start + (1 << SHIFT) - 1)
    rows = list(connection.scalars(select(message_text.c.rowid).where(span).limit(CHUNK)))
    for row in rows:
        remove(connection, row)
    return bool(rows)


def _files(connection: Connection, key: str) -> bool:
    """Take files off the room's list; contents that no other list names are garbage at once."""
    hashes = list(connection.scalars(select(room_file.c.hash).where(room_file.c.room == key).limit(CHUNK)))
    if hashes:
        connection.execute(delete(room_file).where(room_file.c.room == key, room_file.c.hash.in_(hashes)))
        discard_unlisted(connection, [bytes(each) for each in hashes])
    return bool(hashes)


def _delegations(connection: Connection, key: str, now: int) -> bool:
    """End session keys that were for this room alone; a contract account's session ends with them.

    Its signature over the message, which names the room, is what such a session is checked by.
    """
    connection.execute(delete(nonce).where(nonce.c.key_room.ilike(escaped(key), escape="/")))
    mine = session.c.key_room.ilike(escaped(key), escape="/")
    bare: dict[str, Any] = dict.fromkeys(("session_key", "key_room", "key_until", "message", "signature"), null())
    by_contract = and_(mine, session.c.method.in_(_CONTRACTS), session.c.ended_at.is_(None))
    ended = {"ended_at": now, "ended_by": "revoked", "changed_at": later(now)}
    connection.execute(update(session).where(by_contract).values(**ended, **bare))
    return connection.execute(update(session).where(mine).values(**bare)).rowcount > 0
