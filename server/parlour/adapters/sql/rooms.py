"""Stores rooms in SQLite or Postgres: reads through a small pool, every write through the one writer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from parlour.adapters.sql import room_lists, room_members, room_reads, talk, text_index
from parlour.adapters.sql.database import AS_SERVED, SqliteFile, is_sqlite, postgres_engine, sqlite_engine
from parlour.adapters.sql.kept_beside import remembered_values
from parlour.adapters.sql.log_append import insert_room
from parlour.adapters.sql.postgres_writer import PostgresWriter
from parlour.adapters.sql.prepared import Prepared, among
from parlour.adapters.sql.reader import LongReads, PostgresReader, Reader, ReadsTogether, SqliteReader, Together
from parlour.adapters.sql.rows import key_of
from parlour.adapters.sql.sqlite_writer import SqliteWriter
from parlour.adapters.sql.tables_rooms import room
from parlour.adapters.sql.writer import QUEUE_LIMIT, Writer
from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.commit_pace import CommitPace
from parlour.runtime.lease import LONGEST_MS
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.store import (
    Append,
    Done,
    Fenced,
    Found,
    KnownId,
    Repeated,
    RoomExists,
    RoomFilter,
    RoomRecord,
    Saved,
    StoredInvitation,
    TextQuery,
    Thread,
    Unread,
)

T = TypeVar("T")

READERS = 4
"""Connections that only read: as many as there are cores on a machine that serves thousands of people."""
LONG_READS = READERS // 2
"""Lists and searches that run at once, so that the other readers stay free for joins and pages."""
PATIENCE_SECONDS = 30.0
"""A Postgres that does not answer for so long counts as lost."""


async def open_store(
    url: str,
    *,
    queue_limit: int = QUEUE_LIMIT,
    readers: int = READERS,
    file: SqliteFile = AS_SERVED,
    pace: CommitPace | None = None,
) -> SqlStore:
    """Open a store over a database that `migrations.upgrade` has prepared.

    Args:
        url: `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`.
        queue_limit: jobs that may wait for the writer; more are refused with StoreError.
        readers: connections that only read.
        file: how the writer opens SQLite's file; a lock of another process that it waits out refuses its jobs.
        pace: chooses the thread that commits to SQLite; left out, the one that suits the disk.
    """
    if is_sqlite(url):
        engine = sqlite_engine(url, file)
        reading = sqlite_engine(url, readers=readers)
        return SqlStore(SqliteWriter(engine, queue_limit, pace), SqliteReader(reading, readers))
    writing = postgres_engine(url, 1, patience=PATIENCE_SECONDS)
    return SqlStore(
        PostgresWriter(writing, queue_limit),
        PostgresReader(postgres_engine(url, readers, patience=PATIENCE_SECONDS, reads=True)),
    )


class SqlStore:
    """Implements `runtime.store.Store`, whose docstrings hold here.

    Attributes:
        writer, reader: lent to the other tables of the process (sessions, API keys, chains).
        short_reader: the same reader, for tables that are looked at again and again.
    """

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self.writer = writer
        self.reader = reader
        self.short_reader = ReadsTogether(reader)
        self.append_all: Callable[[Sequence[Append], Done], None] = writer.append_all
        self._long_reads = LongReads(reader, LONG_READS)
        self._sourced = Together(self._sourced_of)

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

    async def create(self, record: RoomRecord, entries: Sequence[Entry], *, most_owned: int | None = None) -> None:
        try:
            fresh = await self.writer.write(lambda connection: insert_room(connection, record, entries, most_owned))
        except Repeated:
            fresh = False
        if not fresh:
            raise RoomExists(f"The id {record.id} is taken.")

    async def load(self, room: RoomId) -> Saved | None:
        return await self.reader.read(lambda connection: room_reads.saved(connection, key_of(room)))

    async def existing(self, rooms: Sequence[RoomId]) -> set[RoomId]:
        return await self.reader.read(lambda connection: room_reads.existing(connection, list(rooms)))

    async def bans(
        self, accounts: Collection[Account], rooms: Collection[RoomId], now: int
    ) -> dict[RoomId, dict[Account, int]]:
        names, listed = {key_of(room): room for room in rooms}, list(accounts)
        found: dict[RoomId, dict[Account, int]] = {}
        rows = await self._long_reads.read(lambda connection: room_members.bans(connection, listed, list(names), now))
        for key, account, until in rows:
            found.setdefault(names[key], {})[account] = until
        return found

    async def requested(self, owner: Account, request_id: str) -> Saved | None:
        return await self.reader.read(lambda connection: room_reads.requested(connection, owner, request_id))

    async def append(self, batch: Append) -> None:
        await self.writer.append(batch)

    async def entries(self, room: RoomId, after: int, limit: int, before: int | None = None) -> list[Entry]:
        return await self.reader.read(
            lambda connection: room_reads.entries(connection, key_of(room), after, limit, before)
        )

    async def pick(self, room: RoomId, seqs: Sequence[int]) -> dict[int, Entry]:
        found = await self.reader.read(lambda connection: room_reads.picked(connection, key_of(room), list(seqs)))
        return {item.seq: item for item in found}

    async def corrections(self, room: RoomId, refs: Sequence[int]) -> list[Entry]:
        return await self.reader.read(lambda connection: room_reads.corrections(connection, key_of(room), list(refs)))

    async def edits(self, room: RoomId, of: int, limit: int) -> list[Entry]:
        return await self.reader.read(lambda connection: room_reads.edits(connection, key_of(room), of, limit))

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        return await self.reader.read(lambda connection: room_reads.known(connection, key_of(room), ids))

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        return await self._sourced.ask((key_of(room), list(sources)))

    async def _sourced_of(self, asked: Sequence[tuple[str, list[str]]]) -> list[dict[str, int]]:
        """Answer `sourced` for several rooms; an event of a chain asks for all rooms that watch its contract."""
        return await self.reader.read(
            lambda connection: [room_reads.sourced(connection, key, sources) for key, sources in asked]
        )

    async def remembered(self, kind: str, accounts: Collection[Account]) -> dict[Account, dict[str, Any]]:
        return await self.reader.read(lambda connection: remembered_values(connection, kind, list(accounts)))

    async def floor(self, room: RoomId) -> tuple[int, bytes] | None:
        return await self.reader.read(lambda connection: room_reads.floor(connection, key_of(room)))

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        return await self.reader.read(lambda connection: room_reads.snapshot_before(connection, key_of(room), seq))

    # ── lists and search ─────────────────────────────────────────────────────────────────────────────────────────

    async def rooms(
        self, wanted: RoomFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[RoomRecord], str | None]:
        return await self._long_reads.read(
            lambda connection: room_lists.page_of_rooms(connection, wanted, cursor, limit)
        )

    async def find(self, rooms: Sequence[RoomId], wanted: TextQuery) -> dict[RoomId, Found]:
        names = {key_of(room): room for room in rooms}
        found = await self._long_reads.read(lambda connection: room_reads.find(connection, list(names), wanted))
        return {names[key]: each for key, each in found.items()}

    async def keep_document_text(self, room: RoomId, upto: int, text: str) -> None:
        key, text = key_of(room), text.replace("\0", " ")  # Postgres keeps no NUL
        words = search_form(text)
        await self.writer.write(
            lambda connection: text_index.put_document(connection, key, upto, text, words), lasting=False
        )

    async def document_texts(self, rooms: Sequence[RoomId]) -> dict[RoomId, str]:
        names = {key_of(room): room for room in rooms}
        found = await self.reader.read(lambda connection: text_index.document_texts(connection, list(names)))
        return {names[key]: text for key, text in found.items()}

    async def documents_behind(self, after: RoomId, limit: int) -> list[RoomId]:
        """Return keys above `after`, ascending, of documents whose log goes beyond their indexed text."""
        return await self._long_reads.read(lambda connection: text_index.documents_behind(connection, after, limit))

    async def behind(self, limit: int) -> list[RoomId]:
        """Return keys of rooms whose log goes beyond the index of texts."""
        return await self._long_reads.read(lambda connection: text_index.behind(connection, limit))

    async def index_more(self, rooms: Sequence[RoomId], limit: int) -> list[int]:
        """Put the next entries of rooms into the index of texts; see `runtime.archive.indexer.TextIndex`."""
        keys = list(map(key_of, rooms))
        work = self.writer.write(lambda connection: text_index.index_more(connection, keys, limit), lasting=False)
        return await work

    async def clear_index(self) -> None:
        """Empty the index of texts, so that it is made anew."""
        await self.writer.write(text_index.clear)

    # ── leases ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        key = key_of(room)
        fence = await self.writer.write(lambda connection: _acquire(connection, key, owner, ttl_ms, now), (key,))
        if fence is None:
            raise Fenced(f"{room} is held by another process, or does not exist.")
        return fence

    async def renew(self, rooms: Sequence[RoomId], owner: str, ttl_ms: int, now: int) -> set[RoomId]:
        names = {key_of(room): room for room in rooms}
        keys = list(names)
        held = await self.writer.write(lambda connection: _renew(connection, keys, owner, now + ttl_ms), keys)
        return {names[key] for key in held}

    async def release(self, room: RoomId, owner: str, now: int = 0) -> None:
        key = key_of(room)
        await self.writer.write(lambda connection: _release(connection, key, owner, now), (key,))

    async def holders(self, rooms: Sequence[RoomId], now: int) -> dict[RoomId, str]:
        keys = [key_of(room) for room in rooms]
        return await self.reader.read(lambda connection: _holders(connection, keys, now))

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def touch_member(self, room: RoomId, account: Account, now: int) -> bool:
        key = key_of(room)
        return await self.writer.write(lambda connection: room_members.touch(connection, key, account, now), (key,))

    async def forget_member(self, room: RoomId, account: Account) -> bool:
        key = key_of(room)
        return await self.writer.write(lambda connection: room_members.forget(connection, key, account), (key,))

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        return await self.writer.write(
            lambda connection: room_members.move_position(connection, key_of(room), account, seq)
        )

    async def position(self, room: RoomId, account: Account) -> int:
        return await self.reader.read(lambda connection: room_members.position(connection, key_of(room), account))

    async def unread(self, account: Account, rooms: Sequence[RoomId]) -> dict[RoomId, Unread]:
        names = {key_of(room): room for room in rooms}
        found = await self._long_reads.read(lambda connection: room_lists.unread(connection, account, list(names)))
        return {names[key]: each for key, each in found.items()}

    async def read_thread(self, room: RoomId, account: Account, root: int, seq: int) -> None:
        key = key_of(room)
        await self.writer.write(lambda connection: talk.read_thread(connection, key, account, root, seq))

    async def number(self, room: RoomId) -> None:
        key = key_of(room)
        so_far: room_members.Numbering | None = room_members.Numbering()
        if not await self.reader.read(lambda connection: room_members.is_numbered(connection, key)):
            while so_far is not None:
                page = partial(room_members.number_page, key=key, before=so_far)
                so_far = await self.writer.write(page, (key,))

    async def number_all(self) -> None:
        await room_members.number_logs(self)

    async def threads(self, room: RoomId, roots: Sequence[int]) -> dict[int, Thread]:
        key = key_of(room)
        return await self.reader.read(lambda connection: talk.threads_of(connection, key, list(roots)))

    async def replies(self, room: RoomId, root: int, limit: int, *, after: int = 0, before: int = 2**53) -> list[Entry]:
        key = key_of(room)
        return await self.reader.read(lambda connection: talk.replies(connection, key, root, after, before, limit))

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        return await self.reader.read(lambda connection: room_members.page(connection, key_of(room), cursor, limit))

    async def invite(self, invitation: StoredInvitation, notice: NoticeRecord | None = None) -> bytes | None:
        return await self.writer.write(lambda connection: room_members.keep_invitation(connection, invitation, notice))

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        key = key_of(room)
        used = await self.writer.write(
            lambda connection: room_members.redeem(connection, token_hash, key, account, now)
        )
        return again if used is None else used


def newest_activity(connection: Connection) -> int:
    """Return when (ms) the newest entry of all rooms was written; 0 where there is none."""
    return connection.execute(select(func.max(room.c.updated_at))).scalar() or 0


# ── leases: the rule of runtime/lease.py as SQL ──────────────────────────────────────────────────────────────────


_FREE = or_(
    room.c.lease_owner.is_(None),
    room.c.lease_owner == bindparam("owner"),
    room.c.lease_until <= bindparam("now"),
    room.c.lease_until > bindparam("longest"),
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
_RENEW = Prepared(
    update(room)
    .where(among(room.c.key, "keys"), room.c.lease_owner == bindparam("owner"))
    .values(lease_until=bindparam("until"))
    .returning(room.c.key)
)


_HOLDERS = Prepared(
    select(room.c.key, room.c.lease_owner).where(
        among(room.c.key, "keys"),
        room.c.lease_owner.is_not(None),
        room.c.lease_until > bindparam("now"),
        room.c.lease_until <= bindparam("longest"),
    )
)


def _holders(connection: Connection, keys: list[str], now: int) -> dict[RoomId, str]:
    return {row[0]: row[1] for row in _HOLDERS.rows(connection, keys=keys, now=now, longest=now + LONGEST_MS)}


def _acquire(connection: Connection, key: str, owner: str, ttl_ms: int, now: int) -> int | None:
    times = {"now": now, "until": now + ttl_ms, "longest": now + LONGEST_MS}
    fence: int | None = _ACQUIRE.run(connection, name=key, owner=owner, **times).scalar()
    return fence


def _renew(connection: Connection, keys: list[str], owner: str, until: int) -> list[str]:
    return [row[0] for row in _RENEW.rows(connection, keys=keys, owner=owner, until=until)]


def _release(connection: Connection, key: str, owner: str, now: int) -> None:
    held = and_(room.c.key == key, room.c.lease_owner == owner)
    connection.execute(update(room).where(held).values(lease_owner=None, lease_until=now))
