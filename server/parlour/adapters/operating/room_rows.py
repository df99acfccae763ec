"""Reads rooms as operators list them, with the people and watches of one; rooms nobody reads along in are left out."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, Connection, and_, cast, false, func, not_, or_, select

from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rows import key_of, read_room
from parlour.adapters.sql.tables_chain import chain_sub
from parlour.adapters.sql.tables_rooms import member, room
from parlour.core.room import RoomId
from parlour.core.rooms.normal_form import search_form
from parlour.core.rooms.reserved import RESERVED, prefix_of
from parlour.errors import NoSuchRoom
from parlour.runtime.store import RoomRecord

PAGE = 50
"""Rooms of one answer."""
PEOPLE = 200
"""People of a room in one answer."""
SORTED = {"updated": room.c.updated_at, "created": room.c.created_at, "members": room.c.members, "entries": room.c.head}


@dataclass(frozen=True, slots=True)
class RoomsWanted:
    """Which rooms: as `AdminRoomsQuery`; `game` is the status of a match, and then only rooms of games are listed."""

    query: str = ""
    kind: str | None = None
    state: str | None = None
    sort: str = "updated"
    cursor: str | None = None
    game: str | None = None


@dataclass(frozen=True, slots=True)
class OneRoom:
    """A room with its people and its watches, as JSON."""

    facts: RoomRecord
    members: list[dict[str, Any]]
    watches: list[dict[str, Any]]


class SqlRoomViews:
    """What operators see of stored rooms; every method may raise StoreError."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, wanted: RoomsWanted) -> tuple[list[RoomRecord], str | None]:
        """Return a page of rooms and the cursor of the next one."""
        return await self._reader.read(lambda connection: _page(connection, wanted))

    async def one(self, name: RoomId) -> OneRoom:
        """Return a room; raises NoSuchRoom, also for one that nobody reads along in."""
        reserved = prefix_of(name)
        found = await self._reader.read(lambda connection: _one(connection, key_of(name)))
        if found is None or (reserved is not None and reserved.sealed and found.facts.reserved is not None):
            raise NoSuchRoom()
        return found


def readable() -> ColumnElement[bool]:
    """Return the condition that somebody who is no member may read a room at all."""
    sealed = [each.prefix for each in RESERVED if each.sealed]
    return not_(or_(*(room.c.key.startswith(prefix, autoescape=True) for prefix in sealed)))


def _page(connection: Connection, wanted: RoomsWanted) -> tuple[list[RoomRecord], str | None]:
    value = SORTED[wanted.sort]
    where = [readable()]
    where += [room.c.label.contains(word, autoescape=True) for word in search_form(wanted.query).split()]
    if wanted.kind is not None:
        where.append(room.c.kind == wanted.kind)
    if wanted.state == "frozen":
        where += [room.c.frozen.is_(True), room.c.closed.is_(False)]
    elif wanted.state is not None:
        where.append(room.c.closed.is_(wanted.state == "closed"))
    if wanted.game is not None:
        status = func.json_extract(room.c.game, "$.status")
        if connection.dialect.name == "postgresql":
            status = func.json_extract_path_text(cast(room.c.game, JSON), "status")
        where += [room.c.game.is_not(None), status == wanted.game] if wanted.game else [room.c.game.is_not(None)]
    if wanted.cursor is not None:
        where.append(_after(wanted.cursor, value))
    rows = connection.execute(select(room).where(*where).order_by(value.desc(), room.c.key).limit(PAGE + 1)).all()
    records = [read_room(row) for row in rows[:PAGE]]
    if len(rows) <= PAGE:
        return records, None
    last = rows[PAGE - 1]
    place = [last._mapping[value], last.key]
    return records, base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _after(cursor: str, value: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition of what follows a cursor; one that is not ours reads an empty page."""
    try:
        number, key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error):
        return false()
    if type(number) is not int or not isinstance(key, str):
        return false()
    return or_(value < number, and_(value == number, room.c.key > key))


def _one(connection: Connection, key: str) -> OneRoom | None:
    row = connection.execute(select(room).where(room.c.key == key)).one_or_none()
    if row is None:
        return None
    columns = (member.c.account, member.c.role, member.c.joined_at, member.c.read, member.c.banned_until)
    people = select(*columns).where(member.c.room == key).order_by(member.c.joined_at, member.c.account).limit(PEOPLE)
    members = [
        {
            "account": each.account,
            "role": each.role,
            "joinedAt": each.joined_at,
            "read": each.read,
            **({"bannedUntil": each.banned_until} if each.banned_until else {}),
        }
        for each in connection.execute(people)
    ]
    subs = select(
        chain_sub.c.id, chain_sub.c.chain, chain_sub.c.kind, chain_sub.c.state, chain_sub.c["record"].label("asked")
    )
    watches = [
        {"id": each.id, "chain": each.chain, "kind": each.kind, "state": each.state, "watch": orjson.loads(each.asked)}
        for each in connection.execute(subs.where(func.lower(chain_sub.c.room) == key))
    ]
    return OneRoom(read_room(row), members, watches)
