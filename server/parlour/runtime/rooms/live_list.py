"""One live list of rooms: what its watchers were shown, and what has changed since."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from parlour.core.room import Account, RoomId
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.connection import Connection
from parlour.runtime.rooms.list_bans import ListBans
from parlour.runtime.store import RoomRecord


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which rooms a list shows, and how many at most. Equal filters are one list.

    Attributes:
        words: in normal form; each has to be in a room's id or title.
        open: only rooms whose game somebody who joins now plays.
        featured: only rooms that operators recommend.
    """

    kind: str | None = None
    words: tuple[str, ...] = ()
    open: bool = False
    featured: bool = False
    limit: int = 50

    def accepts(self, record: RoomRecord) -> bool:
        """Return whether the room is in the list: public, not closed, not reserved unless asked for, and fitting."""
        label = search_form(f"{record.id} {record.title}")
        return (
            record.visibility == "public"
            and not record.closed
            and (self.kind == record.kind or (self.kind is None and record.reserved is None))
            and (record.open or not self.open)
            and (record.featured or not self.featured)
            and all(word in label for word in self.words)
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a list: the rooms' JSON, the ids gone, and who is sent it."""

    rooms: list[bytes]
    gone: list[RoomId]
    watchers: Collection[Connection]


@dataclass(slots=True)
class LiveList:
    """What the watchers of one list were shown: all of them the same, but for rooms that ban one of them.

    Attributes:
        shown: each room's JSON by id, the longest unchanged first.
        behind: rooms that changed since; None for one that the page holds no more.
        watchers: connections that get its changes.
        askers: accounts of the connections that watch, or wait to be shown the list, by connection id.
        unasked: accounts whose bans the store was not asked for yet.
        bans: whom the rooms ban of those who watch.
        touched: rooms that changed while the page is being read: what was read of them may be older.
        cursor: where the page ends; None for the last one.
        reading: the reading of the page that is under way.
    """

    filter: ListFilter
    shown: dict[RoomId, bytes] = field(default_factory=dict)
    behind: dict[RoomId, RoomRecord | None] = field(default_factory=dict)
    watchers: dict[str, Connection] = field(default_factory=dict)
    askers: dict[str, Account] = field(default_factory=dict)
    unasked: set[Account] = field(default_factory=set)
    bans: ListBans = field(default_factory=ListBans)
    touched: set[RoomId] = field(default_factory=set)
    cursor: str | None = None
    reading: asyncio.Task[None] | None = None

    @property
    def accounts(self) -> set[Account]:
        """The accounts that watch; guests have none and cannot be banned."""
        return set(self.askers.values()) - {""}

    def note_change(self, record: RoomRecord, banned: Mapping[Account, int | None]) -> bool:
        """Note that a room changed, and whom it bans now; return whether the list may have to show that."""
        room = record.id
        if self.reading is not None:
            self.touched.add(room)
        concerns = room in self.shown or room in self.behind or self.filter.accepts(record)
        if concerns:
            self.behind[room] = record
            self.bans.note(room, banned, self.accounts if banned else ())
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

    def merge_bans(
        self, rooms: Collection[RoomId], asked: Collection[Account], found: Mapping[RoomId, Mapping[Account, int]]
    ) -> None:
        """Note what the store has of the bans of these accounts from these rooms, after `merge_page`."""
        watching = self.accounts
        self.bans.forget_rooms({*self.shown, *self.behind})
        for room in set(rooms) - self.touched:
            self.bans.merge(room, found.get(room, {}), asked, watching)

    def next_events(self, most: float, now: int) -> Iterator[Change]:
        """Show what changed, up to `most` bytes of JSON and one room; yield the events that tell it.

        What all watchers may see is one event. A room that bans one of them comes in events of its own.
        """
        before = dict(self.shown)
        self._show_changes(most)
        fresh = {room: raw for room, raw in self.shown.items() if before.get(room) != raw}
        gone = [room for room in before if room not in self.shown]
        apart = self.bans.apart([*fresh, *gone])
        watchers = list(self.watchers.values())
        shared = [raw for room, raw in fresh.items() if room not in apart], [r for r in gone if r not in apart]
        if any(shared):
            yield Change(*shared, watchers)
        for room in apart:
            shown = room in before, room in self.shown, room in fresh
            told = list(self.bans.tell(room, watchers, shown, now))
            if there := [each for each, comes in told if comes]:
                yield Change([self.shown[room]], [], there)
            if away := [each for each, comes in told if not comes]:
                yield Change([], [room], away)
        self.bans.changed.clear()

    def _show_changes(self, most: float) -> None:
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
