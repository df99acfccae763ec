"""Searches messages of all rooms that operators may read, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Integer, and_, bindparam, cast, column, literal_column, or_, select, table

from parlour.adapters.operating.room_rows import readable
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_rooms import message_text, room, searched_room
from parlour.adapters.sql.text_index import GRAM, SHIFT, matching
from parlour.core.room import RoomId
from parlour.core.rooms.normal_form import search_form

PAGE = 50
"""Messages of one answer."""
MOST_WORDS = 10
"""Words that are looked for; the others are left out."""


class Place(NamedTuple):
    """Where a message stands: when (ms) it was written, and its row in the index."""

    at: int
    row: int


class MessageHit(NamedTuple):
    """A message that was found."""

    room: RoomId
    seq: int
    place: Place


class SqlMessageSearch:
    """The index of texts over all rooms; may raise StoreError."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, query: str, before: Place | None) -> list[MessageHit]:
        """Return messages that hold all words, one more than a page at most."""
        words = search_form(query).split()[:MOST_WORDS]
        return await self._reader.read(lambda connection: _find(connection, words, before)) if words else []


_index = table("message_index", column("rowid"))
_IN_INDEX = literal_column("message_index").op("MATCH")(bindparam("match"))


def _find(connection: Connection, words: Sequence[str], before: Place | None) -> list[MessageHit]:
    mask = (1 << SHIFT) - 1
    bits = cast(SHIFT, Integer)  # Postgres shifts by no bigint
    number, seq = message_text.c.rowid.op(">>")(bits), message_text.c.rowid.op("&")(mask)
    query = (
        select(room.c.id, message_text.c.rowid, message_text.c.at)
        .join_from(message_text, searched_room, searched_room.c.number == number)
        .join(room, room.c.key == searched_room.c.room)
        .where(readable(), seq > 0)
    )
    indexed = [word for word in words if len(word) >= GRAM] if connection.dialect.name == "sqlite" else []
    if indexed:
        hits = select(_index.c.rowid).select_from(_index).where(_IN_INDEX)
        query = query.where(message_text.c.rowid.in_(hits)).params(match=matching(indexed))
    query = query.where(*(message_text.c.text.contains(each, autoescape=True) for each in words if each not in indexed))
    if before is not None:
        older = and_(message_text.c.at == before.at, message_text.c.rowid < before.row)
        query = query.where(or_(message_text.c.at < before.at, older))
    rows = connection.execute(query.order_by(message_text.c.at.desc(), message_text.c.rowid.desc()).limit(PAGE + 1))
    return [MessageHit(row.id, row.rowid & mask, Place(row.at, row.rowid)) for row in rows]
