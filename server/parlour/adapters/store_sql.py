"""The Store on SQLite and Postgres: reads through a small pool, every write through the one writer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from parlour.adapters import log_sql
from parlour.adapters.database import BUSY_TIMEOUT_MS, Connect, is_sqlite, open_file, postgres_engine, sqlite_engine
from parlour.adapters.log_sql import ENTRIES, Append, key_of, read_entry, read_room
from parlour.adapters.reader import PostgresReader, Reader, SqliteReader
from parlour.adapters.tables import entry, invite, member, redemption, remembered_id, room
from parlour.adapters.writer import QUEUE_LIMIT, PostgresWriter, SqliteWriter, Writer
from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.runtime.store import Fenced, KnownId, Listing, Repeated, RoomExists, RoomRecord, Saved

T = TypeVar("T")

READERS = 4


async def open_store(
    url: str,
    *,
    queue_limit: int = QUEUE_LIMIT,
    readers: int = READERS,
    connect: Connect = open_file,
    synchronous: str = "FULL",
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> SqlStore:
    """A store over a database that `migrations.upgrade` has prepared.

    Args:
        url: `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`.
        queue_limit: jobs that may wait for the writer; more are refused with StoreError.
        readers: connections that only read.
        connect: opens the SQLite file for the writer.
        synchronous: SQLite's; anything but FULL may lose acknowledged entries with the power.
        busy_timeout_ms: how long the writer waits for another process's lock before its jobs are refused.
    """
    if is_sqlite(url):
        engine = sqlite_engine(url, connect, synchronous=synchronous, busy_timeout_ms=busy_timeout_ms)
        return SqlStore(
            SqliteWriter(engine, queue_limit),
            SqliteReader(sqlite_engine(url, readers=readers), readers),
        )
    return SqlStore(PostgresWriter(postgres_engine(url, 1), queue_limit), PostgresReader(postgres_engine(url, readers)))


class SqlStore:
    """Implements `runtime.store.Store`; `write` and `read` lend writer and pool to other tables of the process."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self.writer = writer
        self.reader = reader

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `Writer.write`."""
        return await self.writer.write(work)

    async def query(self, work: Callable[[Connection], T]) -> T:
        """See `Reader.read`."""
        return await self.reader.read(work)

    async def close(self) -> None:
        await self.writer.close()
        await self.reader.close()

    # ── rooms and their logs ─────────────────────────────────────────────────────────────────────────────────────

    async def create(self, record: RoomRecord, entries: Sequence[Entry]) -> None:
        try:
            fresh = await self.writer.write(lambda connection: log_sql.insert_room(connection, record, entries))
        except Repeated:
            fresh = False
        if not fresh:
            raise RoomExists(f"The id {record.id} is taken.")

    async def load(self, room: RoomId) -> Saved | None:
        return await self.reader.read(lambda connection: log_sql.read_saved(connection, key_of(room)))

    async def append(
        self,
        room: RoomId,
        epoch: str,
        fence: int,
        after: int,
        entries: Sequence[Entry],
        snapshot: Snapshot | None = None,
        *,
        listing: Listing | None = None,
        erase: Sequence[int] = (),
        drop_snapshots_from: int | None = None,
    ) -> None:
        await self.writer.append(
            Append(key_of(room), epoch, fence, after, entries, snapshot, listing, erase, drop_snapshots_from)
        )

    async def entries(self, room: RoomId, after: int, limit: int, before: int | None = None) -> list[Entry]:
        query = _entries_of(room).where(entry.c.seq > after)
        if before is None:
            return await self._entries(query.order_by(entry.c.seq).limit(limit))
        newest_first = query.where(entry.c.seq < before).order_by(entry.c.seq.desc()).limit(limit)
        return (await self._entries(newest_first))[::-1]

    async def pick(self, room: RoomId, seqs: Sequence[int]) -> dict[int, Entry]:
        found = await self._entries(_entries_of(room).where(entry.c.seq.in_(seqs)))
        return {item.seq: item for item in found}

    async def corrections(self, room: RoomId, refs: Sequence[int]) -> list[Entry]:
        return await self._entries(_entries_of(room).where(entry.c.ref.in_(refs)).order_by(entry.c.seq))

    async def search(self, room: RoomId, query: str, limit: int) -> list[Entry]:
        words = query.lower().split()
        if not words:
            return []
        holds = [entry.c.words.contains(word, autoescape=True) for word in words]
        return await self._entries(_entries_of(room).where(*holds).order_by(entry.c.seq.desc()).limit(limit))

    async def _entries(self, query: Select[Any]) -> list[Entry]:
        return await self.reader.read(lambda connection: [read_entry(row) for row in connection.execute(query)])

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        if not ids:
            return {}
        key = key_of(room)

        def work(connection: Connection) -> dict[tuple[Account, str], KnownId]:
            found = {}
            for table in (remembered_id, entry):
                columns = (table.c[name] for name in ("author", "id", "seq", "at", "hash", "type", "body_hash", "salt"))
                query = select(*columns).where(table.c.room == key, tuple_(table.c.author, table.c.id).in_(ids))
                for author, id_, *rest in connection.execute(query):
                    found[author, id_] = KnownId(*rest)
            return found

        return await self.reader.read(work)

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        if not sources:
            return {}
        key = key_of(room)

        def work(connection: Connection) -> dict[str, int]:
            found: dict[str, int] = {}
            for table in (remembered_id, entry):
                query = select(table.c.source, table.c.seq).where(table.c.room == key, table.c.source.in_(sources))
                found.update((source, seq) for source, seq in connection.execute(query))
            return found

        return await self.reader.read(work)

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        return await self.reader.read(lambda connection: log_sql.newest_snapshot(connection, key_of(room), seq))

    # ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def rooms(
        self,
        *,
        viewer: Account | None,
        kind: str | None = None,
        query: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 50,
        everything: bool = False,
    ) -> tuple[list[RoomRecord], str | None]:
        wanted: list[ColumnElement[bool]] = []
        if not everything:
            wanted.append(room.c.closed.is_(False))
            belongs = _belongs(viewer)
            wanted.append(belongs if mine else or_(room.c.visibility == "public", belongs))
        if kind is not None:
            wanted.append(room.c.kind == kind)
        if query:
            wanted += [room.c.label.contains(word, autoescape=True) for word in query.lower().split()]
        if cursor is not None:
            at, key = _read_cursor(cursor)
            wanted.append(or_(room.c.updated_at < at, and_(room.c.updated_at == at, room.c.key > key)))
        found = select(room).where(*wanted).order_by(room.c.updated_at.desc(), room.c.key).limit(limit + 1)
        records = await self.reader.read(lambda connection: [read_room(row) for row in connection.execute(found)])
        return records[:limit], _cursor(records[limit - 1]) if len(records) > limit else None

    async def owned(self, account: Account) -> int:
        count = select(func.count()).select_from(room).where(room.c.owner == account, room.c.closed.is_(False))
        return await self.reader.read(lambda connection: connection.scalar(count) or 0)

    # ── leases ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        fence = await self.writer.write(lambda connection: _acquire(connection, key_of(room), owner, ttl_ms, now))
        if fence is None:
            raise Fenced(f"{room} is held by another process, or does not exist.")
        return fence

    async def release(self, room: RoomId, owner: str) -> None:
        await self.writer.write(lambda connection: _release(connection, key_of(room), owner))

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def touch_member(self, room: RoomId, account: Account, now: int) -> None:
        await self.writer.write(lambda connection: _touch_member(connection, key_of(room), account, now))

    async def forget_member(self, room: RoomId, account: Account) -> None:
        who = _member(key_of(room), account)
        await self.writer.write(lambda connection: connection.execute(update(member).where(who), {"joined_at": None}))

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        return await self.writer.write(lambda connection: _move_read(connection, key_of(room), account, seq))

    async def position(self, room: RoomId, account: Account) -> int:
        query = select(member.c.read).where(_member(key_of(room), account))
        return await self.reader.read(lambda connection: connection.scalar(query) or 0)

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        query = select(member.c.account).where(member.c.room == key_of(room), member.c.joined_at.is_not(None))
        if cursor is not None:
            query = query.where(member.c.account > cursor)
        query = query.order_by(member.c.account).limit(limit + 1)
        found = await self.reader.read(lambda connection: list(connection.scalars(query)))
        return found[:limit], found[limit - 1] if len(found) > limit else None

    async def invite(self, token_hash: bytes, room: RoomId, account: Account | None, uses: int, until: int) -> None:
        row = {"token_hash": token_hash, "room": key_of(room), "account": account, "uses": uses, "until": until}
        await self.writer.write(lambda connection: connection.execute(insert(invite), row))

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int) -> bool:
        return await self.writer.write(lambda connection: _redeem(connection, token_hash, key_of(room), account, now))


def _entries_of(room_id: RoomId) -> Select[Any]:
    return ENTRIES.where(room.c.key == key_of(room_id))


def _member(key: str, account: Account) -> ColumnElement[bool]:
    return and_(member.c.room == key, member.c.account == account)


def _belongs(viewer: Account | None) -> ColumnElement[bool]:
    if viewer is None:
        return literal(False)
    joined = exists().where(member.c.room == room.c.key, member.c.account == viewer, member.c.joined_at.is_not(None))
    return or_(room.c.owner == viewer, joined)


def _cursor(record: RoomRecord) -> str:
    return base64.urlsafe_b64encode(f"{record.updated_at} {key_of(record.id)}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[int, str]:
    """A cursor that is not ours starts after everything instead of failing the request."""
    try:
        at, key = base64.urlsafe_b64decode(cursor).decode().split(" ", 1)
        return int(at), key
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return -1, ""


def _acquire(connection: Connection, key: str, owner: str, ttl_ms: int, now: int) -> int | None:
    free = or_(room.c.lease_owner.is_(None), room.c.lease_owner == owner, room.c.lease_until <= now)
    fence = case((room.c.lease_owner == owner, room.c.fence), else_=room.c.fence + 1)
    taken = (
        update(room)
        .where(room.c.key == key, free)
        .values(fence=fence, lease_owner=owner, lease_until=now + ttl_ms)
        .returning(room.c.fence)
    )
    now_held: int | None = connection.scalar(taken)
    return now_held


def _release(connection: Connection, key: str, owner: str) -> None:
    held = and_(room.c.key == key, room.c.lease_owner == owner)
    connection.execute(update(room).where(held).values(lease_owner=None, lease_until=0))


def _touch_member(connection: Connection, key: str, account: Account, now: int) -> None:
    joined = update(member).where(_member(key, account)).values(joined_at=func.coalesce(member.c.joined_at, now))
    if not connection.execute(joined).rowcount:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": now, "read": 0})


def _move_read(connection: Connection, key: str, account: Account, seq: int) -> int:
    at: int | None = connection.scalar(select(member.c.read).where(_member(key, account)).with_for_update())
    if at is None:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": None, "read": seq})
        return seq
    if seq > at:
        connection.execute(update(member).where(_member(key, account)), {"read": seq})
    return max(at, seq)


def _redeem(connection: Connection, token_hash: bytes, key: str, account: Account, now: int) -> bool:
    """An account that redeemed before is let in again: its first join may have failed after this."""
    found = connection.execute(
        select(invite.c.account, invite.c.uses)
        .where(invite.c.token_hash == token_hash, invite.c.room == key, invite.c.until > now)
        .with_for_update()
    ).one_or_none()
    if found is None or found.account not in (None, account):
        return False
    mine = and_(redemption.c.token_hash == token_hash, redemption.c.account == account)
    if connection.scalar(select(redemption.c.account).where(mine)) is not None:
        return True
    if found.uses < 1:
        return False
    connection.execute(update(invite).where(invite.c.token_hash == token_hash).values(uses=invite.c.uses - 1))
    connection.execute(insert(redemption), {"token_hash": token_hash, "account": account})
    return True
