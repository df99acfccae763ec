"""The Store on SQLite and Postgres: reads through a small pool, every write through the one writer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    insert,
    literal,
    or_,
    select,
    update,
)

from parlour.adapters.sql import log_append as log_sql
from parlour.adapters.sql import log_reads
from parlour.adapters.sql.database import BUSY_TIMEOUT_MS, Connect, is_sqlite, open_file, postgres_engine, sqlite_engine
from parlour.adapters.sql.log_append import Append
from parlour.adapters.sql.postgres_writer import PostgresWriter
from parlour.adapters.sql.prepared import Prepared, among
from parlour.adapters.sql.reader import PostgresReader, Reader, SqliteReader, Walks
from parlour.adapters.sql.rows import key_of, read_room
from parlour.adapters.sql.sqlite_writer import SqliteWriter
from parlour.adapters.sql.tables_rooms import invite, member, redemption, room
from parlour.adapters.sql.writer import QUEUE_LIMIT, Writer
from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.limits import ANSWER_BYTES
from parlour.runtime.store import Fenced, KnownId, Listing, Repeated, RoomExists, RoomRecord, Saved

T = TypeVar("T")

READERS = 4
WALKERS = READERS // 2
PATIENCE = 30.0
"""Seconds until a Postgres that does not answer counts as lost."""


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
    return SqlStore(
        PostgresWriter(postgres_engine(url, 1, patience=PATIENCE), queue_limit),
        PostgresReader(postgres_engine(url, readers, patience=PATIENCE, reads=True)),
    )


class SqlStore:
    """Implements `runtime.store.Store`; `write` and `read` lend writer and pool to other tables of the process."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self.writer = writer
        self.reader = reader
        self._walks = Walks(reader, WALKERS)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `Writer.write`."""
        return await self.writer.write(work)

    async def _write(self, work: Callable[[Connection], T], *rooms: str) -> T:
        """A write that changes these rows of `room`."""
        return await self.writer.write(work, rooms)

    async def query(self, work: Callable[[Connection], T]) -> T:
        """See `Reader.read`."""
        return await self.reader.read(work)

    async def close(self) -> None:
        await self.writer.close()
        await self.reader.close()

    # ── rooms and their logs ─────────────────────────────────────────────────────────────────────────────────────

    async def create(self, record: RoomRecord, entries: Sequence[Entry], *, most_owned: int | None = None) -> None:
        try:
            fresh = await self.writer.write(
                lambda connection: log_sql.insert_room(connection, record, entries, most_owned)
            )
        except Repeated:
            fresh = False
        if not fresh:
            raise RoomExists(f"The id {record.id} is taken.")

    async def load(self, room: RoomId) -> Saved | None:
        return await self.reader.read(lambda connection: log_reads.saved(connection, key_of(room)))

    async def existing(self, rooms: Sequence[RoomId]) -> set[RoomId]:
        return await self.reader.read(lambda connection: log_reads.existing(connection, list(rooms)))

    async def requested(self, owner: Account, request_id: str) -> Saved | None:
        made = select(room.c.key).where(room.c.owner == owner, room.c.request_id == request_id)

        def find(connection: Connection) -> Saved | None:
            key = connection.scalar(made)
            return None if key is None else log_reads.saved(connection, key)

        return await self.reader.read(find)

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
        return await self.reader.read(
            lambda connection: log_reads.entries(connection, key_of(room), after, limit, before)
        )

    async def pick(self, room: RoomId, seqs: Sequence[int]) -> dict[int, Entry]:
        found = await self.reader.read(lambda connection: log_reads.picked(connection, key_of(room), list(seqs)))
        return {item.seq: item for item in found}

    async def corrections(self, room: RoomId, refs: Sequence[int]) -> list[Entry]:
        return await self.reader.read(lambda connection: log_reads.corrections(connection, key_of(room), list(refs)))

    async def search(self, room: RoomId, query: str, limit: int) -> list[Entry]:
        return await self._walks.read(lambda connection: log_reads.search(connection, key_of(room), query, limit))

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        return await self.reader.read(lambda connection: log_reads.known(connection, key_of(room), ids))

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        return await self.reader.read(lambda connection: log_reads.sourced(connection, key_of(room), list(sources)))

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        return await self.reader.read(lambda connection: log_reads.snapshot_before(connection, key_of(room), seq))

    # ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def rooms(
        self,
        *,
        viewer: Account | None,
        kind: str | None = None,
        query: str | None = None,
        open: bool = False,
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
        if open:
            wanted.append(room.c.open.is_(True))
        if query:
            wanted += [room.c.label.contains(word, autoescape=True) for word in search_form(query).split()]
        if cursor is not None:
            at, key = _read_cursor(cursor)
            wanted.append(or_(room.c.updated_at < at, and_(room.c.updated_at == at, room.c.key > key)))
        found = select(room).where(*wanted).order_by(room.c.updated_at.desc(), room.c.key).limit(limit + 1)
        records, more = await self._walks.read(lambda connection: _page(connection.execute(found), limit))
        return records, _cursor(records[-1]) if more else None

    # ── leases ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        key = key_of(room)
        fence = await self._write(lambda connection: _acquire(connection, key, owner, ttl_ms, now), key)
        if fence is None:
            raise Fenced(f"{room} is held by another process, or does not exist.")
        return fence

    async def renew(self, rooms: Sequence[RoomId], owner: str, ttl_ms: int, now: int) -> set[RoomId]:
        names = {key_of(room): room for room in rooms}
        until, keys = now + ttl_ms, list(names)
        held = await self._write(lambda connection: _renew(connection, keys, owner, until), *keys)
        return {names[key] for key in held}

    async def release(self, room: RoomId, owner: str, now: int = 0) -> None:
        key = key_of(room)
        await self._write(lambda connection: _release(connection, key, owner, now), key)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def touch_member(self, room: RoomId, account: Account, now: int) -> bool:
        key = key_of(room)
        return await self._write(lambda connection: _touch_member(connection, key, account, now), key)

    async def forget_member(self, room: RoomId, account: Account) -> bool:
        key = key_of(room)
        return await self._write(lambda connection: _forget_member(connection, key, account), key)

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        return await self.writer.write(lambda connection: _move_read(connection, key_of(room), account, seq))

    async def position(self, room: RoomId, account: Account) -> int:
        found = await self.reader.read(
            lambda connection: _POSITION.run(connection, key=key_of(room), account=account).scalar()
        )
        return found or 0

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        query = select(member.c.account).where(member.c.room == key_of(room), member.c.joined_at.is_not(None))
        if cursor is not None:
            query = query.where(member.c.account > cursor)
        query = query.order_by(member.c.account).limit(limit + 1)
        found = await self.reader.read(lambda connection: list(connection.scalars(query)))
        return found[:limit], found[limit - 1] if len(found) > limit else None

    async def invite(
        self,
        token_hash: bytes,
        room: RoomId,
        account: Account | None,
        uses: int,
        until: int,
        asked: bytes | None = None,
    ) -> bytes | None:
        row = {"token_hash": token_hash, "room": key_of(room), "account": account, "uses": uses, "until": until}
        return await self.writer.write(lambda connection: _invite(connection, {**row, "asked": asked}))

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        key = key_of(room)
        return await self.writer.write(lambda connection: _redeem(connection, token_hash, key, account, now, again))


def _member(key: str, account: Account) -> ColumnElement[bool]:
    return and_(member.c.room == key, member.c.account == account)


def _belongs(viewer: Account | None) -> ColumnElement[bool]:
    if viewer is None:
        return literal(False)
    joined = select(member.c.room).where(member.c.account == viewer, member.c.joined_at.is_not(None))
    return or_(room.c.owner == viewer, room.c.key.in_(joined))


def _page(rows: Iterable[Row[Any]], limit: int) -> tuple[list[RoomRecord], bool]:
    """`limit` rooms at most, or `ANSWER_BYTES` and one room; and whether there are more."""
    records: list[RoomRecord] = []
    size = 0
    for row in rows:
        if len(records) == limit or size >= ANSWER_BYTES:
            return records, True
        records.append(read_room(row))
        size += len(row.options)
    return records, False


def _cursor(record: RoomRecord) -> str:
    return base64.urlsafe_b64encode(f"{record.updated_at} {key_of(record.id)}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[int, str]:
    """A cursor that is not ours starts after everything instead of failing the request."""
    try:
        at, key = base64.urlsafe_b64decode(cursor).decode().split(" ", 1)
        if len(at) > 16 or "\x00" in key:
            raise ValueError(cursor)
        return int(at), key
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return -1, ""


_FREE = or_(
    room.c.lease_owner.is_(None), room.c.lease_owner == bindparam("owner"), room.c.lease_until <= bindparam("now")
)
_ACQUIRE = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"), _FREE)
    .values(
        fence=case((room.c.lease_owner == bindparam("owner"), room.c.fence), else_=room.c.fence + 1),
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
    .returning(room.c.fence)
)


def _acquire(connection: Connection, key: str, owner: str, ttl_ms: int, now: int) -> int | None:
    fence: int | None = _ACQUIRE.run(connection, name=key, owner=owner, now=now, until=now + ttl_ms).scalar()
    return fence


_RENEW = Prepared(
    update(room)
    .where(among(room.c.key, "keys"), room.c.lease_owner == bindparam("owner"))
    .values(lease_until=bindparam("until"))
    .returning(room.c.key)
)


def _renew(connection: Connection, keys: list[str], owner: str, until: int) -> list[str]:
    return [row[0] for row in _RENEW.rows(connection, keys=keys, owner=owner, until=until)]


def _release(connection: Connection, key: str, owner: str, now: int) -> None:
    held = and_(room.c.key == key, room.c.lease_owner == owner)
    connection.execute(update(room).where(held).values(lease_owner=None, lease_until=now))


_THIS_MEMBER = and_(member.c.room == bindparam("key"), member.c.account == bindparam("account"))
_POSITION = Prepared(select(member.c.read).where(_THIS_MEMBER))
_JOINED = Prepared(select(member.c.account, member.c.joined_at).where(_THIS_MEMBER))
_TOUCH = Prepared(
    update(member)
    .where(member.c.room == bindparam("key"), member.c.account == bindparam("who"))
    .values(joined_at=bindparam("now", type_=BigInteger))
    .returning(member.c.read)
)
_COUNT = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"))
    .values(members=room.c.members + bindparam("change"))
    .returning(room.c.members)
)
_READ = Prepared(
    update(member)
    .where(member.c.room == bindparam("key"), member.c.account == bindparam("who"))
    .values(read=case((member.c.read < bindparam("upto"), bindparam("upto")), else_=member.c.read))
    .returning(member.c.read)
)


def _touch_member(connection: Connection, key: str, account: Account, now: int) -> bool:
    known = _JOINED.rows(connection, key=key, account=account)
    if known and known[0].joined_at is not None:
        return False
    if not known:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": now, "read": 0})
    else:
        _TOUCH.run(connection, key=key, who=account, now=now).scalar()
    _COUNT.run(connection, name=key, change=1).scalar()
    return True


def _forget_member(connection: Connection, key: str, account: Account) -> bool:
    here = and_(_member(key, account), member.c.joined_at.is_not(None))
    if not connection.execute(update(member).where(here).values(joined_at=None)).rowcount:
        return False
    _COUNT.run(connection, name=key, change=-1).scalar()
    return True


def _move_read(connection: Connection, key: str, account: Account, seq: int) -> int:
    at: int | None = _READ.run(connection, key=key, who=account, upto=seq).scalar()
    if at is None:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": None, "read": seq})
        return seq
    return at


def _invite(connection: Connection, row: dict[str, Any]) -> bytes | None:
    known = connection.execute(select(invite.c.asked).where(invite.c.token_hash == row["token_hash"])).one_or_none()
    if known is None:
        connection.execute(insert(invite), row)
        return None
    asked: bytes | None = known.asked
    return asked


def _redeem(connection: Connection, token_hash: bytes, key: str, account: Account, now: int, again: bool) -> bool:
    found = connection.execute(
        select(invite.c.account, invite.c.uses)
        .where(invite.c.token_hash == token_hash, invite.c.room == key, invite.c.until > now)
        .with_for_update()
    ).one_or_none()
    if found is None or found.account not in (None, account):
        return False
    mine = and_(redemption.c.token_hash == token_hash, redemption.c.account == account)
    if connection.scalar(select(redemption.c.account).where(mine)) is not None:
        return again
    if found.uses < 1:
        return False
    connection.execute(update(invite).where(invite.c.token_hash == token_hash).values(uses=invite.c.uses - 1))
    connection.execute(insert(redemption), {"token_hash": token_hash, "account": account})
    return True
