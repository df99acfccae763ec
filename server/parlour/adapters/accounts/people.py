"""Keeps profiles and blocks in SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, and_, delete, func, insert, select, update

from parlour.adapters.news.insert import write_news
from parlour.adapters.sql.prepared import PreparedRows
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rows import key_of
from parlour.adapters.sql.tables_auth import block, person, profile
from parlour.adapters.sql.tables_kept import room_file
from parlour.adapters.sql.tables_rooms import member
from parlour.adapters.sql.writer import Writer
from parlour.core.room import Account, RoomId
from parlour.core.rooms.direct import PREFIX
from parlour.errors import NotFound
from parlour.runtime.files.uploads import AVATAR_ROOM

MOST_SEEN = 200
"""People of a room of whom it is told when they were seen: as many as presence names."""


class SqlPeople:
    """Implements `runtime.identity.people.PeopleRows`, whose docstrings hold here."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def profiles(self, accounts: Collection[Account]) -> dict[Account, dict[str, Any]]:
        query = select(profile).where(profile.c.account.in_(accounts))
        rows = await self._reader.read(lambda connection: connection.execute(query).mappings().all())
        return {row["account"]: {k: v for k, v in row.items() if k != "account" and v} for row in rows}

    async def set_profile(self, account: Account, changes: dict[str, Any]) -> None:
        await self._writer.write(lambda connection: _set_profile(connection, account, changes))

    async def set_block(self, account: Account, other: Account, on: bool, most: int) -> bool:
        return await self._writer.write(lambda connection: _set_block(connection, account, other, on, most))

    async def blocks(self, account: Account) -> list[Account]:
        query = select(block.c.blocked).where(block.c.account == account).order_by(block.c.blocked)
        return await self._reader.read(lambda connection: list(connection.scalars(query)))

    async def blockers(self, author: Account, accounts: Collection[Account]) -> set[Account]:
        query = select(block.c.account).where(block.c.blocked == author, block.c.account.in_(accounts))
        return await self._reader.read(lambda connection: set(connection.scalars(query)))

    async def known(self, accounts: Collection[Account]) -> set[Account]:
        """Return which of these accounts ever signed in here."""
        query = select(person.c.account).where(person.c.account.in_(accounts))
        return await self._reader.read(lambda connection: set(connection.scalars(query)))

    async def acquainted(self, account: Account, others: Collection[Account]) -> set[Account]:
        """Return which of the others have accepted a direct room that the account has accepted too."""
        mine = select(member.c.room).where(
            member.c.account == account, member.c.role == "member", member.c.room.like(f"{PREFIX}%")
        )
        query = select(member.c.account).where(
            member.c.account.in_(others), member.c.role == "member", member.c.room.in_(mine)
        )
        return await self._reader.read(lambda connection: set(connection.scalars(query)))

    async def note_seen(self, gone: Mapping[Account, int]) -> None:
        """Keep when (ms) accounts were seen last."""
        rows: list[tuple[Any, ...]] = [(at, account) for account, at in gone.items()]
        await self._writer.write(lambda connection: _SEEN.run(connection, rows), lasting=False)

    async def last_seen(self, room: RoomId) -> dict[Account, int]:
        """Return when (ms) people who belong to a room were seen last, those seen of late."""
        query = (
            select(person.c.account, person.c.seen_at)
            .join(member, member.c.account == person.c.account)
            .where(member.c.room == key_of(room), member.c.joined_at.is_not(None), person.c.seen_at.is_not(None))
            .order_by(person.c.seen_at.desc())
            .limit(MOST_SEEN)
        )
        rows = await self._reader.read(lambda connection: connection.execute(query).all())
        return {row.account: row.seen_at for row in rows}


_SEEN = PreparedRows(
    {"to_at": BigInteger(), "who": Text()},
    lambda row, _arrays: update(person).where(person.c.account == row["who"]).values(seen_at=row["to_at"]),
)


def _set_profile(connection: Connection, account: Account, changes: dict[str, Any]) -> None:
    if "avatar" in changes:
        changes = {**changes, "avatar": _show_avatar(connection, account, changes["avatar"])}
    this = profile.c.account == account
    if connection.scalar(select(profile.c.account).where(this)) is None:
        connection.execute(insert(profile), {"account": account, "bot": False, **changes})
    elif changes:
        connection.execute(update(profile).where(this).values(**changes))
    if changes:
        write_news(connection, "account.profile", {"account": account, "changed": sorted(changes)})


def _show_avatar(connection: Connection, account: Account, avatar: str | None) -> str | None:
    """Keep the picture that an account shows now, and let its others go in a day; raises NotFound for another's."""
    mine = and_(room_file.c.room == AVATAR_ROOM, room_file.c.account == account)
    connection.execute(update(room_file).where(mine).values(named=False))
    if avatar is None:
        return None
    this = room_file.c.hash == bytes.fromhex(avatar.removeprefix("0x"))
    if not connection.execute(update(room_file).where(mine, this).values(named=True)).rowcount:
        raise NotFound("Upload that picture first.", details={"path": "avatar"})
    return avatar.lower()


def _set_block(connection: Connection, account: Account, other: Account, on: bool, most: int) -> bool:
    connection.execute(delete(block).where(block.c.account == account, block.c.blocked == other))
    if not on:
        return True
    if (connection.scalar(select(func.count()).where(block.c.account == account)) or 0) >= most:
        return False
    connection.execute(insert(block), {"account": account, "blocked": other})
    return True
