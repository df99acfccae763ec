"""One live list of rooms: what its watchers were shown, and what has changed since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from parlour.core.room import RoomId
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.connection import Connection
from parlour.runtime.store import RoomRecord


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which rooms a list shows, and how many at most. Equal filters are one list.

    Attributes:
        words: in normal form; each has to be in a room's id or title.
        open: only rooms whose game somebody who joins now plays.
    """

    kind: str | None = None
    words: tuple[str, ...] = ()
    open: bool = False
    limit: int = 50

    def accepts(self, record: RoomRecord) -> bool:
        """Return whether the room is in the list: public, not closed, and fitting the filter."""
        label = search_form(f"{record.id} {record.title}")
        return (
            record.visibility == "public"
            and not record.closed
            and self.kind in (None, record.kind)
            and (record.open or not self.open)
            and all(word in label for word in self.words)
        )


@dataclass(slots=True)
class LiveList:
    """What all watchers of one list were shown.

    Attributes:
        shown: each room's JSON by id, the longest unchanged first.
        behind: rooms that changed since; None for one that the page holds no more.
        watchers: connections that get its changes.
        askers: ids of the connections that watch, or wait to be shown the list.
        touched: rooms that changed while the page is being read: what was read of them may be older.
        cursor: where the page ends; None for the last one.
        reading: the reading of the page that is under way.
    """

    filter: ListFilter
    shown: dict[RoomId, bytes] = field(default_factory=dict)
    behind: dict[RoomId, RoomRecord | None] = field(default_factory=dict)
    watchers: dict[str, Connection] = field(default_factory=dict)
    askers: set[str] = field(default_factory=set)
    touched: set[RoomId] = field(default_factory=set)
    cursor: str | None = None
    reading: asyncio.Task[None] | None = None

    def note_change(self, record: RoomRecord) -> bool:
        """Note that a room changed; return whether the list may change by it."""
        room = record.id
        if self.reading is not None:
            self.touched.add(room)
        concerns = room in self.shown or room in self.behind or self.filter.accepts(record)
        if concerns:
            self.behind[room] = record
        return concerns

    def merge_page(self, page: Sequence[RoomRecord]) -> None:
        """Note what differs from the stored page, and take over its order."""
        sound = [record for record in reversed(page) if record.id not in self.touched]
        there = self.touched.union(record.id for record in sound)
        self.behind |= dict.fromkeys(room for room in self.shown if room not in there)
        for record in sound:
            self.behind.setdefault(record.id, record)
            if record.id in self.shown:
                self.shown[record.id] = self.shown.pop(record.id)

    def next_changes(self, most: float) -> tuple[list[bytes], list[RoomId]]:
        """Return changed rooms, up to `most` bytes of JSON and one room, and the ids that are gone; mark them shown."""
        before = dict(self.shown)
        for room, record in list(self.behind.items()):
            if record is None or not self.filter.accepts(record):
                del self.behind[room]
                self.shown.pop(room, None)
        while self.behind and most > 0:
            room = next(iter(self.behind))
            record = self.behind.pop(room)
            assert record is not None
            raw = orjson.dumps(record.to_json())
            if self.shown.get(room) != raw:
                self.shown[room] = raw
                most -= len(raw)
        while len(self.shown) > self.filter.limit:
            del self.shown[next(iter(self.shown))]
        fresh = [raw for room, raw in self.shown.items() if before.get(room) != raw]
        return fresh, [room for room in before if room not in self.shown]
