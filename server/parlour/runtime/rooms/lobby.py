"""Live lists of rooms (protocol §8 "Live lists"): the first page of `room:list`, kept true while somebody looks at it.

Everybody who watches the same list was told the same rooms. So what changed is decided and encoded once, and nobody
hears the id of a room that became private without having been shown it before. Rooms of this process are followed as
they change (`Lobby.changed`), those of other processes by reading the page again now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import orjson
import structlog

from parlour.core.room import RoomId
from parlour.errors import Unavailable
from parlour.runtime.clock import Clock, Timer
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.store import RoomRecord, Store, StoreError

log = structlog.get_logger()

EVENT_BYTES = 64 * 1024
"""Rooms told at once; what is more waits for the next event, so that made-up rooms cut nobody off as too slow."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rooms a list shows, and how many at most. Equal ones are one list."""

    kind: str | None = None
    words: tuple[str, ...] = ()
    open: bool = False
    limit: int = 50

    def takes(self, record: RoomRecord) -> bool:
        """As `Store.rooms` would for a stranger: public and not closed, whatever is asked for beside that."""
        label = f"{record.id} {record.title}".lower()
        return (
            record.visibility == "public"
            and not record.closed
            and self.kind in (None, record.kind)
            and (record.open or not self.open)
            and all(word in label for word in self.words)
        )


@dataclass(slots=True)
class _List:
    """What all watchers of one list have been told.

    Attributes:
        shown: each room's JSON by id, the longest unchanged first.
        behind: rooms that changed since; None for one that the page holds no more.
        askers: ids of the connections that watch, or wait to be shown the list.
        touched: rooms that changed while the page is being read: what was read of them may be older.
    """

    wanted: Wanted
    shown: dict[RoomId, bytes] = field(default_factory=dict)
    behind: dict[RoomId, RoomRecord | None] = field(default_factory=dict)
    watchers: dict[str, Connection] = field(default_factory=dict)
    askers: set[str] = field(default_factory=set)
    touched: set[RoomId] = field(default_factory=set)
    cursor: str | None = None
    reading: asyncio.Task[None] | None = None

    def note(self, record: RoomRecord) -> bool:
        """A room changed; True where that may be worth telling."""
        room = record.id
        if self.reading is not None:
            self.touched.add(room)
        concerns = room in self.shown or room in self.behind or self.wanted.takes(record)
        if concerns:
            self.behind[room] = record
        return concerns

    def read(self, page: Sequence[RoomRecord]) -> None:
        """The page as the store has it: what differs is to be told, and the order of activity is taken over."""
        sound = [record for record in reversed(page) if record.id not in self.touched]
        there = self.touched.union(record.id for record in sound)
        self.behind |= dict.fromkeys(room for room in self.shown if room not in there)
        for record in sound:
            self.behind.setdefault(record.id, record)
            if record.id in self.shown:
                self.shown[record.id] = self.shown.pop(record.id)

    def step(self, most: float) -> tuple[list[bytes], list[RoomId]]:
        """Take over what changed, `most` bytes of new JSON or a little more: the rooms to tell, and the ids gone."""
        before = dict(self.shown)
        for room, record in list(self.behind.items()):
            if record is None or not self.wanted.takes(record):
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
        while len(self.shown) > self.wanted.limit:
            del self.shown[next(iter(self.shown))]
        fresh = [raw for room, raw in self.shown.items() if before.get(room) != raw]
        return fresh, [room for room in before if room not in self.shown]


class Lobby:
    """Every live list of this process.

    Args:
        wait_ms: changes within this time are told together (`PARLOUR_LOBBY_MS`).
        reread_seconds: how often a watched page is read again (`PARLOUR_LOBBY_REREAD_SECONDS`).
        most: different lists watched at once (`PARLOUR_LOBBY_LISTS`).
    """

    def __init__(
        self, store: Store, clock: Clock, encoder: Encoder, *, wait_ms: int, reread_seconds: float, most: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._encoder = encoder
        self._wait = wait_ms / 1000
        self._reread_seconds = reread_seconds
        self._most = most
        self._lists: dict[Wanted, _List] = {}
        self._of: dict[str, _List] = {}
        self._timer: Timer | None = None
        self._rereading: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many different lists are watched."""
        return len(self._lists)

    def changed(self, record: RoomRecord) -> None:
        """What lists show of a room may have changed, and is durable; costs nothing while nobody watches."""
        concerned = [each for each in self._lists.values() if each.note(record)]
        if concerned:
            self._arm()

    async def watch(self, connection: Connection, wanted: Wanted) -> dict[str, Any]:
        """`{rooms, cursor}` now, and `lobby {rooms, gone}` from then on; replaces the connection's list before.

        Whoever calls this writes the answer before anything else is awaited: events count from there.

        Raises:
            Unavailable: too many different lists. StoreError: the page cannot be read.
        """
        self.forget(connection)
        mine = self._enter(connection, wanted)
        try:
            await self._read_anew(mine)
        except StoreError:
            if self._of.get(connection.id) is mine:
                self.forget(connection)
            raise
        self._tell(mine)
        if self._of.get(connection.id) is mine:
            mine.watchers[connection.id] = connection
        return {"rooms": [orjson.Fragment(raw) for raw in reversed(mine.shown.values())], "cursor": mine.cursor}

    def forget(self, connection: Connection) -> None:
        """The connection watches no list any more."""
        mine = self._of.pop(connection.id, None)
        if mine is not None:
            mine.watchers.pop(connection.id, None)
            mine.askers.discard(connection.id)
            if not mine.askers:
                del self._lists[mine.wanted]

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._rereading is not None:
            self._rereading.cancel()

    def _enter(self, connection: Connection, wanted: Wanted) -> _List:
        mine = self._lists.get(wanted)
        if mine is None:
            if len(self._lists) >= self._most:
                raise Unavailable("Too many different lists are watched right now.", retry_after=5000)
            mine = self._lists[wanted] = _List(wanted)
        mine.askers.add(connection.id)
        self._of[connection.id] = mine
        if self._rereading is None:
            self._rereading = asyncio.get_running_loop().create_task(self._reread(), name="lobby")
        return mine

    async def _read_anew(self, mine: _List) -> None:
        """Read the page, beginning after now; a reading under way may be older, one that follows is shared."""
        if mine.reading is not None:
            await asyncio.wait([mine.reading])
        if mine.reading is None:
            mine.reading = asyncio.get_running_loop().create_task(self._read(mine))
        await asyncio.shield(mine.reading)

    async def _read(self, mine: _List) -> None:
        wanted = mine.wanted
        try:
            page, mine.cursor = await self._store.rooms(
                viewer=None, kind=wanted.kind, query=" ".join(wanted.words), open=wanted.open, limit=wanted.limit
            )
            mine.read(page)
        finally:
            mine.reading = None
            mine.touched.clear()

    async def _reread(self) -> None:
        """Other processes' rooms, and whatever a failing store kept from us, are seen by looking again."""
        while self._lists:
            await self._clock.sleep(self._reread_seconds)
            for mine in list(self._lists.values()):
                try:
                    await self._read_anew(mine)
                except StoreError as error:
                    log.warning("lobby.store_failed", error=str(error))
                self._tell(mine)
        self._rereading = None

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(self._wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        for mine in self._lists.values():
            if mine.watchers:
                self._tell(mine)

    def _tell(self, mine: _List) -> None:
        rooms, gone = mine.step(EVENT_BYTES if mine.watchers else inf)
        if mine.watchers and (rooms or gone):
            told = {"rooms": [orjson.Fragment(raw) for raw in rooms], "gone": gone}
            frame = self._encoder.frame("lobby", told)
            for connection in list(mine.watchers.values()):
                connection.write(frame)
        if mine.behind:
            self._arm()
