"""Stores nonces, sessions, API keys and the server's key in SQLite or Postgres.

Reads see every commit before them. All writes go through the process's one writer. A sign-in is one write: it deletes
the nonce and inserts the session, both or neither.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, delete, func, insert, select, update

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.news.insert import write_news
from parlour.adapters.sql.prepared import Prepared, unless_there
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.sql.tables_auth import api_key, person, server_key, session
from parlour.adapters.sql.tables_auth import nonce as nonces
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account
from parlour.runtime.identity.api_keys import ApiKey
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.identity.session_store import Change, Nonce, Session
from parlour.runtime.identity.session_store_memory import KEPT_AFTER_END_MS
from parlour.runtime.store import Repeated

_NOT_STORED = ("rank",)
COUNT_EVERY = 500
"""Nonces a process may add between two counts; several processes overshoot the cap by no more than this each."""
KEY_NAME = "transcript"
"""Under which the server's key is kept; others may follow."""
SIGNED_IN = unless_there(person)
KEY_BYTES = 32
"""A secp256k1 private key."""
_CHANGED = Prepared(
    select(session.c.id, session.c.changed_at, session.c.ended_by).where(
        session.c.changed_at >= bindparam("since"), session.c.changed_at > session.c.created_at
    )
)


class SqlSessionStore:
    """Implements `runtime.identity.session_store.SessionStore`, whose docstrings hold here."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        self._spare = 0

    async def add_nonce(self, nonce: Nonce, now: int, cap: int) -> bool:
        return await self._writer.write(lambda connection: self._add_nonce(connection, nonce, now, cap))

    def _add_nonce(self, connection: Connection, nonce: Nonce, now: int, cap: int) -> bool:
        """Insert a nonce; rows are counted only now and then, so that a flood does not pay for it each time."""
        if self._spare <= 0:
            connection.execute(delete(nonces).where(nonces.c.expires_at <= now))
            left = cap - (connection.scalar(select(func.count()).select_from(nonces)) or 0)
            self._spare = min(COUNT_EVERY, left)
        if self._spare <= 0:
            return False
        self._spare -= 1
        connection.execute(insert(nonces), asdict(nonce))
        return True

    async def nonce(self, value: str) -> Nonce | None:
        query = select(nonces).where(nonces.c.value == value)
        row = await self._reader.read(lambda connection: connection.execute(query).one_or_none())
        return Nonce(**row._mapping) if row else None

    async def open(self, nonce: str, session: Session, token_hash: bytes) -> bool:
        return await self._writer.write(lambda connection: _open(connection, nonce, session, token_hash))

    async def by_token(self, token_hash: bytes) -> Session | None:
        return await self._one(session.c.token_hash == token_hash)

    async def by_id(self, session_id: str) -> Session | None:
        return await self._one(session.c.id == session_id)

    async def by_keys(self, account: Account, addresses: Collection[str]) -> list[Session]:
        return await self._many(and_(session.c.account == account, session.c.session_key.in_(addresses)))

    async def rotate(self, session_id: str, old: bytes, new: bytes, expires_at: int, now: int) -> bool:
        mine = and_(session.c.id == session_id, session.c.token_hash == old)
        whose = and_(mine, session.c.ended_at.is_(None), session.c.expires_at > now)
        values = {"token_hash": new, "expires_at": expires_at, "changed_at": later(now)}
        return await self._change(whose, values)

    async def end(self, session_id: str, by: str, now: int) -> bool:
        whose = and_(session.c.id == session_id, session.c.ended_at.is_(None))
        return await self._change(whose, {"ended_at": now, "ended_by": by, "changed_at": later(now)})

    async def live(self, account: Account, now: int) -> list[Session]:
        wanted = and_(session.c.account == account, session.c.ended_at.is_(None), session.c.expires_at > now)
        return await self._many(wanted, session.c.created_at.desc(), session.c.id)

    async def changed(self, since: int) -> list[Change]:
        return await self._reader.read(
            lambda connection: [Change(*row) for row in _CHANGED.tuples(connection, since=since)]
        )

    async def delegations(self, account: Account) -> list[Session]:
        wanted = and_(session.c.account == account, session.c.session_key.is_not(None))
        return await self._many(wanted, session.c.created_at, session.c.id)

    async def sweep(self, now: int) -> None:
        long_ago = func.coalesce(session.c.ended_at, session.c.expires_at) < now - KEPT_AFTER_END_MS

        def work(connection: Connection) -> None:
            connection.execute(delete(nonces).where(nonces.c.expires_at <= now))
            connection.execute(delete(session).where(session.c.session_key.is_(None), long_ago))

        await self._writer.write(work)

    async def _one(self, which: ColumnElement[bool]) -> Session | None:
        found = await self._many(which)
        return found[0] if found else None

    async def _many(self, which: ColumnElement[bool], *order: ColumnElement[Any]) -> list[Session]:
        query = select(session).where(which).order_by(*order)
        return await self._reader.read(lambda connection: [_session(row) for row in connection.execute(query)])

    async def _change(self, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
        changed = update(session).where(which).values(values)
        return await self._writer.write(lambda connection: connection.execute(changed).rowcount == 1)


class SqlApiKeyStore:
    """Implements `runtime.identity.api_keys.ApiKeyStore`, whose docstrings hold here."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def add(self, key: ApiKey, key_hash: bytes, audit: AuditRecord | None = None) -> bool:
        row = {**asdict(key), "scopes": " ".join(key.scopes), "key_hash": key_hash}

        def work(connection: Connection) -> bool:
            if connection.scalar(select(api_key.c.id).where(api_key.c.name == key.name)) is not None:
                return False
            if audit is not None:
                write_audit(connection, [audit])
            connection.execute(insert(api_key), row)
            return True

        try:
            return await self._writer.write(work)
        except Repeated:  # another process gave the name at this moment, or did this very request
            if audit is not None:
                raise
            return False

    async def by_hash(self, key_hash: bytes) -> ApiKey | None:
        found = await self._many(api_key.c.key_hash == key_hash)
        return found[0] if found else None

    async def all(self) -> list[ApiKey]:
        return await self._many(api_key.c.id.is_not(None))

    async def revoke(self, name: str, now: int, audit: AuditRecord | None = None) -> bool:
        mine = and_(api_key.c.name == name, api_key.c.revoked_at.is_(None))

        def work(connection: Connection) -> bool:
            if connection.execute(update(api_key).where(mine).values(revoked_at=now)).rowcount != 1:
                return False
            if audit is not None:
                write_audit(connection, [audit])
            return True

        return await self._writer.write(work)

    async def _many(self, which: ColumnElement[bool]) -> list[ApiKey]:
        query = select(api_key).where(which).order_by(api_key.c.created_at, api_key.c.name)
        return await self._reader.read(lambda connection: [_api_key(row) for row in connection.execute(query)])


async def load_server_key(store: SqlStore, now: int) -> ServerKey:
    """Read the server's key, or make and store one; raises StoreError."""
    return ServerKey(await load_secret(store, KEY_NAME, lambda: secrets.token_bytes(KEY_BYTES), now))


async def load_secret(store: SqlStore, name: str, make: Callable[[], bytes], now: int) -> bytes:
    """Read a secret of the server, or store a fresh one; all processes of a database share it. Raises StoreError."""

    def find_or_make(connection: Connection) -> bytes:
        secret = connection.scalar(select(server_key.c.secret).where(server_key.c.name == name))
        if secret is not None:
            return bytes(secret)
        fresh = make()
        connection.execute(insert(server_key).values(name=name, secret=fresh, created_at=now))
        return fresh

    try:
        return await store.write(find_or_make)
    except Repeated:  # another process of the same database made it at the same moment
        return await store.write(find_or_make)


def _open(connection: Connection, nonce: str, opened: Session, token_hash: bytes) -> bool:
    consumed = delete(nonces).where(nonces.c.value == nonce).returning(nonces.c.value)
    if connection.execute(consumed).one_or_none() is None:
        return False
    row = {name: value for name, value in asdict(opened).items() if name not in _NOT_STORED}
    connection.execute(insert(session), {**row, "chain_id": str(opened.chain_id), "token_hash": token_hash})
    if SIGNED_IN.run(connection, [(opened.account, None)]) > 0:
        write_news(connection, "account.created", {"account": opened.account})
    return True


def later(now: int) -> ColumnElement[int]:
    """Return a time later than the session's last change, even where two processes' clocks differ."""
    return case((session.c.changed_at >= now, session.c.changed_at + 1), else_=now)


def _session(row: Row[Any]) -> Session:
    values = {name: value for name, value in row._mapping.items() if name != "token_hash"}
    cluster = values["method"] == "solana"
    return Session(**{**values, "chain_id": values["chain_id"] if cluster else int(values["chain_id"])})


def _api_key(row: Row[Any]) -> ApiKey:
    values = {name: value for name, value in row._mapping.items() if name != "key_hash"}
    return ApiKey(**{**values, "scopes": tuple(values["scopes"].split())})
