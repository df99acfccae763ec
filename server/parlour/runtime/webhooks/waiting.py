"""The entries and news that wait for one webhook, read from the logs as they are due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import RoomId
from parlour.core.webhooks.hook import NEWS, Hook
from parlour.errors import Closed, Forbidden, NotFound, ParlourError
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.runtime.webhooks.outside import Outside
from parlour.runtime.webhooks.places import Parked, Place

PAGE = 100
"""Entries of a room that are read at once."""
ROOMS_AT_ONCE = 1_000
"""Rooms of one query for those that are behind."""
NEWS_SECONDS = 2.0
"""Between two looks for news: nobody tells of them here, because any process may have written them."""
LOOK_SECONDS = 60.0
"""Between two looks for rooms that were written without a notice here: by other processes, or before a crash."""
OPERATOR = Caller(rank=SERVER_ROLES["operator"])
"""Entries are read with the rights of the operators who set the webhook up."""


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry that is due; `seq` numbers what waits in this process, `number` is its place in the room's log."""

    seq: int
    room: RoomId
    number: int
    entry: Mapping[str, Any]
    tries: int
    bundle: None = None
    first: bool = False


class WaitingEntries:
    """Implements `runtime.delivery.Queue`: its keys are rooms, in lower case, and `NEWS`.

    Args:
        results: counts entries by what came of a try: `delivered`, `failed` or `parked`.
    """

    def __init__(self, hook: Hook, outside: Outside, results: MutableMapping[str, int]) -> None:
        self._hook, self._places, self._clock = hook, outside.places, outside.clock
        self._rooms, self._news = outside.rooms, outside.news
        self._results = results
        self._written: dict[str, RoomId] = {}
        self._known: dict[str, Place] = {}
        self._passed: dict[str, int] = {}
        self._rows: dict[int, WaitingEntry] = {}
        self._read: dict[str, list[int]] = {}
        self._numbered = 0
        self._look_at = self._look_for_news_at = float("-inf")

    def note(self, room: RoomId) -> None:
        """Note that a room was written."""
        self._written[room.lower()] = room

    def rewound(self, room: RoomId) -> None:
        """Read a room's place anew: an operator moved it back."""
        self._known.pop(room.lower(), None)
        self._passed.pop(room.lower(), None)
        self.note(room)

    def waiting(self) -> int:
        """Count the rooms that have, or may have, entries to send."""
        return len(self._written)

    async def pending(self, limit: int, skip: Collection[str]) -> Mapping[str, Sequence[WaitingEntry]]:
        """Read the next wanted entries of rooms that were written; see `Queue.pending`."""
        if self._clock.monotonic() >= self._look_at:
            await self._look()
        if self._hook.takes_news and self._clock.monotonic() >= self._look_for_news_at:
            self._look_for_news_at = self._clock.monotonic() + NEWS_SECONDS
            self.note(NEWS)
        found: dict[str, Sequence[WaitingEntry]] = {}
        for key in [each for each in self._written if each not in skip]:
            if rows := await self._next_of(key):
                found[key] = rows
                limit -= len(rows)
                if limit <= 0:
                    break
        return found

    def next_in(self) -> float | None:
        """Return None: entries are due as soon as they are stored."""
        return None

    async def done(self, rows: Sequence[int]) -> None:
        """Move the room's place beyond entries that were received."""
        for number in rows:
            row = self._rows.pop(number)
            key = row.room.lower()
            self._known[key] = Place(row.number)
            self._passed.pop(key, None)
            if await self._places.advance(self._hook.name, {key: row.number}):
                self.rewound(row.room)
            self._results["delivered"] += 1

    async def dropped(self, key: str, rows: Sequence[int], refusal: ParlourError) -> None:
        """Never happens: a receiver that says it is gone is tried for a day as any other."""
        await self.done(rows)

    async def failed(self, row: int, error: str, park: bool) -> None:
        """Count a try, or set the entry aside."""
        waiting = self._rows.pop(row)
        key = waiting.room.lower()
        self._results["parked" if park else "failed"] += 1
        if park:
            moved = await self._places.park(self._hook.name, Parked(key, waiting.number, self._clock.now(), error))
            self._known[key] = Place(waiting.number)
        else:
            if (known := self._known.get(key)) is not None:
                self._known[key] = Place(known.upto, waiting.tries + 1)
            moved = await self._places.fail(self._hook.name, key, waiting.tries + 1)
        if not moved:
            self.rewound(waiting.room)

    async def _look(self) -> None:
        """Find rooms that are behind, and store how far unwanted entries were passed."""
        passed, self._passed = self._passed, {}
        for room in await self._places.advance(self._hook.name, passed) if passed else ():
            self._known.pop(room, None)
        self._known = {room: place for room, place in self._known.items() if room in self._written}
        after = ""
        while rooms := await self._places.behind(self._hook.name, after, ROOMS_AT_ONCE):
            for room in rooms:
                if self._hook.takes_room(room):
                    self.note(room)
            after = rooms[-1].lower()
        self._look_at = self._clock.monotonic() + LOOK_SECONDS

    async def _next_of(self, key: str) -> list[WaitingEntry]:
        """Return the next wanted entries of a room, none once its log's end is reached."""
        for number in self._read.pop(key, ()):
            self._rows.pop(number, None)
        while (room := self._written.pop(key, None)) is not None:  # a notice that comes meanwhile counts anew
            place = self._known.get(key)
            if place is None:
                place = self._known[key] = await self._places.place(self._hook.name, key)
            try:
                page = await self._page(room, place.upto)
            except (NotFound, Closed, Forbidden):  # the room is gone, or nobody may read along in it
                self._known.pop(key, None)
                return []
            except ParlourError:
                self.note(room)
                return []
            if self._known.get(key) is not place:  # an operator moved it back meanwhile
                continue
            entries = page["entries"]
            wanted = [each for each in entries if self._hook.takes_type(each["type"])]
            if page["more"] or wanted:
                self.note(room)
            if wanted:
                return [self._row(room, each, place.tries if n == 0 else 0) for n, each in enumerate(wanted)]
            if entries:
                self._known[key] = Place(entries[-1]["seq"])
                self._passed[key] = entries[-1]["seq"]
        return []

    async def _page(self, room: RoomId, after: int) -> Mapping[str, Any]:
        """Return the next entries of a room, or of the news."""
        if room != NEWS:
            return await self._rooms.history(room, OPERATOR, Bounds(after=after, limit=PAGE))
        found = await self._news.after(after, PAGE)
        return {"entries": found, "more": len(found) == PAGE}

    def _row(self, room: RoomId, entry: Mapping[str, Any], tries: int) -> WaitingEntry:
        self._numbered += 1
        row = self._rows[self._numbered] = WaitingEntry(self._numbered, room, entry["seq"], entry, tries)
        self._read.setdefault(room.lower(), []).append(self._numbered)
        return row
