"""Implements `runtime.inbox.NoticeRows` and `SpreadRows` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, or_, select, update

from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rows import key_of
from parlour.adapters.sql.tables_auth import block
from parlour.adapters.sql.tables_rooms import follow, member, notice, room, spread
from parlour.adapters.sql.talk import MENTION, NOTICE, notice_row
from parlour.adapters.sql.writer import Writer
from parlour.core.room import Account, RoomId
from parlour.runtime.inbox.spread import TYPES
from parlour.runtime.notice_records import NoticeRecord, Spread, notice_id

UNTIL_JOINED = ("gate", "invitation")
"""Types that an account is told of a room which it may not join yet, or no more."""
LEVELS: dict[str, tuple[str, ...]] = {
    "room": ("all", "mentions"), "here": ("all", "mentions"), "thread": ("all",), "whole": ("all",),
}  # fmt: skip
"""Levels that hear a message, by whom it is spread to."""
USUAL = {"room": "mentions", "here": "mentions", "thread": "all", "whole": "mentions"}
"""The level where none was set, likewise."""


class SqlInbox:
    """Its docstrings are those of the two protocols."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    # ── an account's notices ─────────────────────────────────────────────────────────────────────────────────────

    async def page(self, account: Account, before: str | None, limit: int, now: int) -> list[NoticeRecord]:
        query = joinable(select(notice, room.c.id.label("room_id")), now).where(notice.c.account == account)
        if before is not None:
            query = query.where(notice.c.id < before)
        query = query.order_by(notice.c.id.desc()).limit(limit)
        return await self._reader.read(lambda connection: [read_record(row) for row in connection.execute(query)])

    async def unread(self, account: Account, most: int, now: int) -> int:
        unread = (notice.c.account == account, notice.c.read.is_(False))
        some = joinable(select(notice.c.id), now).where(*unread).limit(most).subquery()
        count = select(func.count()).select_from(some)
        return await self._reader.read(lambda connection: connection.scalar(count) or 0)

    async def read(self, account: Account, upto: str) -> None:
        mine = and_(notice.c.account == account, notice.c.id <= upto, notice.c.read.is_(False))
        await self._writer.write(lambda connection: connection.execute(update(notice).where(mine).values(read=True)))

    async def forget(self, before: int) -> int:
        old = delete(notice).where(notice.c.at < before)
        return await self._writer.write(lambda connection: connection.execute(old).rowcount)

    # ── levels ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def set_level(
        self, room: RoomId, account: Account, thread: int | None, level: str | None, until: int | None
    ) -> None:
        key = key_of(room)
        await self._writer.write(lambda connection: _set_level(connection, key, account, thread, level, until))

    async def levelled(self, room: RoomId, account: Account, thread: int, most: int) -> int:
        mine = and_(follow.c.room == key_of(room), follow.c.account == account, follow.c.root != thread)
        some = select(follow.c.root).where(mine, follow.c.level.is_not(None)).limit(most).subquery()
        count = select(func.count()).select_from(some)
        return await self._reader.read(lambda connection: connection.scalar(count) or 0)

    async def levels(
        self, room: RoomId, accounts: Collection[Account], thread: int | None, now: int
    ) -> dict[Account, str]:
        """Return what these accounts want to hear of a room, or of a thread in it, those that said so."""
        key = key_of(room)
        return await self._reader.read(lambda connection: _levels(connection, key, accounts, thread, now))

    async def followed(self, room: RoomId) -> bool:
        """Return whether somebody wants to hear of every message of a room."""
        loud = select(member.c.account).where(member.c.room == key_of(room), member.c.level == "all").limit(1)
        return await self._reader.read(lambda connection: connection.scalar(loud) is not None)

    # ── messages that are spread ─────────────────────────────────────────────────────────────────────────────────

    async def waiting(self, limit: int, without: Collection[RoomId] = ()) -> list[Spread]:
        calls_first = (spread.c.at, spread.c.room, spread.c.seq, spread.c.whom)
        query = select(spread).where(spread.c.room.not_in(without)).order_by(*calls_first).limit(limit)
        return await self._reader.read(lambda connection: [_spread(row) for row in connection.execute(query)])

    async def hearers(
        self, spread: Spread, here: Collection[Account], limit: int, now: int
    ) -> tuple[Sequence[Account], Account | None]:
        return await self._reader.read(lambda connection: _hearers(connection, spread, here, limit, now))

    async def tell(self, spread: Spread, notices: Sequence[NoticeRecord], last: Account | None) -> bool:
        return await self._writer.write(lambda connection: _tell(connection, spread, notices, last))


def joinable(query: Select[Any], now: int) -> Select[Any]:
    """Select those notices of rooms that their accounts may join now."""
    mine = and_(member.c.room == notice.c.room, member.c.account == notice.c.account)
    lets_in = and_(
        or_(room.c.visibility == "public", room.c.owner == notice.c.account, member.c.role.is_not(None)),
        func.coalesce(member.c.banned_until, 0) <= now,
    )
    joined = query.select_from(notice).join(room, room.c.key == notice.c.room).outerjoin(member, mine)
    return joined.where(or_(notice.c.type.in_(UNTIL_JOINED), lets_in))


def read_record(row: Any) -> NoticeRecord:
    """Read a notice from a row that has its room's id as `room_id`."""
    return NoticeRecord(
        row.account, row.id, row.room_id, row.seq, row.type, row.author, row.at,
        row.thread, row.invite, bool(row.request), bool(row.read),
    )  # fmt: skip


def _set_level(
    connection: Connection, key: str, account: Account, thread: int | None, level: str | None, until: int | None
) -> None:
    table = member if thread is None else follow
    keys: dict[str, Any] = {"room": key, "account": account, **({} if thread is None else {"root": thread})}
    this = and_(*(table.c[name] == value for name, value in keys.items()))
    values = {"level": level, "level_until": until}
    if not connection.execute(update(table).where(this).values(**values)).rowcount:
        connection.execute(insert(table), {**keys, **values, "read": 0})


def _in_force(table: Any, now: int) -> ColumnElement[bool]:
    return and_(table.c.level.is_not(None), or_(table.c.level_until.is_(None), table.c.level_until > now))


def _levels(
    connection: Connection, key: str, accounts: Collection[Account], thread: int | None, now: int
) -> dict[Account, str]:
    found: dict[Account, str] = {}
    for table in (member,) if thread is None else (member, follow):
        where = [table.c.room == key, table.c.account.in_(accounts), _in_force(table, now)]
        if thread is not None:  # a room's level says of its threads only that they are silent
            where.append(follow.c.root == thread if table is follow else member.c.level == "none")
        rows = connection.execute(select(table.c.account, table.c.level).where(*where))
        found |= {row.account: row.level for row in rows}
    return found


def _spread(row: Any) -> Spread:
    told = tuple(orjson.loads(row.told))
    return Spread(row.room, row.seq, row.at, row.author, row.whom, row.thread, told, row.after)


def _hearers(
    connection: Connection, about: Spread, here: Collection[Account], limit: int, now: int
) -> tuple[list[Account], Account | None]:
    if about.to == "here":
        accounts = sorted(each for each in here if each > about.after)[:limit]
    else:
        accounts = list(connection.scalars(_next_accounts(about, limit)))
    last = accounts[-1] if len(accounts) == limit else None
    levels = _levels(connection, key_of(about.room), accounts, about.thread, now)
    blocks = select(block.c.account).where(block.c.blocked == about.author, block.c.account.in_(accounts))
    id_ = notice_id(about.at, about.room, about.seq, TYPES[about.to])
    told = select(notice.c.account).where(notice.c.account.in_(accounts), notice.c.id == id_)
    silent = {about.author, *about.told, *connection.scalars(blocks), *connection.scalars(told)}
    usual, heard = USUAL[about.to], LEVELS[about.to]
    return [each for each in accounts if each not in silent and levels.get(each, usual) in heard], last


def _next_accounts(about: Spread, limit: int) -> Select[Any]:
    table = follow if about.to == "thread" else member
    query = select(table.c.account).where(table.c.room == key_of(about.room), table.c.account > about.after)
    if about.to == "thread":
        query = query.where(follow.c.root == about.thread)
    else:
        query = query.where(member.c.joined_at.is_not(None))
    if about.to == "whole":
        query = query.where(member.c.level == "all")
    return query.order_by(table.c.account).limit(limit)


def _tell(connection: Connection, about: Spread, notices: Sequence[NoticeRecord], last: Account | None) -> bool:
    key = key_of(about.room)
    this = and_(spread.c.room == key, spread.c.seq == about.seq, spread.c.whom == about.to)
    mine = and_(this, spread.c.after == about.after)
    moved = delete(spread).where(mine) if last is None else update(spread).where(mine).values(after=last)
    if not connection.execute(moved).rowcount:
        return False
    if notices:
        NOTICE.run(connection, [notice_row(each) for each in notices])
    if notices and about.to in ("room", "here"):
        MENTION.run(connection, [(key, each.account, about.seq) for each in notices])
    return True
