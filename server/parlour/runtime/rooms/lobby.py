"""Live lists of rooms (protocol §8 "Live lists"): the first page of `room:list`, kept up to date for its watchers.

Everybody who watches the same list was shown the same rooms, but for rooms that ban a watcher. So what changed is
decided and encoded once, and nobody hears the id of a room that became private without having been shown it before.
Rooms of this process are followed as they change (`Lobby.note_change`). Those of other processes, and bans that run
out, are seen by reading the page again every few seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import orjson
import structlog

from parlour.core.room import Account
from parlour.errors import Unavailable
from parlour.runtime.clock import Clock, Timer
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.rooms.live_list import ListFilter, LiveList
from parlour.runtime.store import RoomFilter, RoomRecord, Store, StoreError

log = structlog.get_logger()

EVENT_BYTES = 64 * 1024
"""JSON of the rooms in one event; more waits for the next, so that made-up rooms get nobody cut off as too slow."""


@dataclass(frozen=True, slots=True)
class LobbyLimits:
    """How often live lists are sent and read, and how many there may be.

    Attributes:
        wait_ms: changes within this time are sent together (`PARLOUR_LOBBY_MS`).
        reread_seconds: how often a watched page is read again (`PARLOUR_LOBBY_REREAD_SECONDS`).
        lists: different lists watched at once (`PARLOUR_LOBBY_LISTS`).
    """

    wait_ms: int
    reread_seconds: float
    lists: int


class Lobby:
    """Every live list of this process."""

    def __init__(self, store: Store, clock: Clock, encoder: Encoder, limits: LobbyLimits) -> None:
        self._store = store
        self._clock = clock
        self._encoder = encoder
        self._limits = limits
        self._lists: dict[ListFilter, LiveList] = {}
        self._of: dict[str, LiveList] = {}
        self._timer: Timer | None = None
        self._rereading: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Count the different lists that are watched."""
        return len(self._lists)

    def note_change(self, record: RoomRecord, banned: Mapping[Account, int | None]) -> None:
        """Note that a room's row in lists may have changed and is durable; costs nothing while nobody watches.

        Args:
            banned: whom the room bans, and until when (ms); None is for ever.
        """
        concerned = [each for each in self._lists.values() if each.note_change(record, banned)]
        if concerned:
            self._schedule()

    async def follow(self, connection: Connection, filter: ListFilter) -> dict[str, Any]:
        """Answer `{rooms, cursor}` now and send `lobby {rooms, gone}` from then on; replaces the connection's list.

        Whoever calls this writes the answer before anything else is awaited: events count from there.

        Raises:
            Unavailable: too many different lists. StoreError: the page cannot be read.
        """
        self.unfollow(connection)
        mine = self._enter(connection, filter)
        try:
            await self._read_anew(mine)
        except StoreError:
            if self._of.get(connection.id) is mine:
                self.unfollow(connection)
            raise
        self._send_changes(mine)
        if self._of.get(connection.id) is mine:
            mine.watchers[connection.id] = connection
        out = mine.bans.enter(connection, mine.shown, self._clock.now())
        rooms = [orjson.Fragment(raw) for room, raw in reversed(mine.shown.items()) if room not in out]
        return {"rooms": rooms, "cursor": mine.cursor}

    def unfollow(self, connection: Connection) -> None:
        """End the connection's list; a list without watchers ends too."""
        mine = self._of.pop(connection.id, None)
        if mine is not None:
            mine.watchers.pop(connection.id, None)
            mine.askers.pop(connection.id, None)
            mine.bans.forget_connection(connection.id)
            if not mine.askers:
                del self._lists[mine.filter]

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._rereading is not None:
            self._rereading.cancel()

    def _enter(self, connection: Connection, filter: ListFilter) -> LiveList:
        mine = self._lists.get(filter)
        if mine is None:
            if len(self._lists) >= self._limits.lists:
                raise Unavailable("Too many different lists are watched right now.", retry_after=5000)
            mine = self._lists[filter] = LiveList(filter)
        mine.askers[connection.id] = connection.account
        if connection.account:
            mine.unasked.add(connection.account)
        self._of[connection.id] = mine
        if self._rereading is None:
            self._rereading = asyncio.get_running_loop().create_task(self._reread(), name="lobby")
        return mine

    async def _read_anew(self, mine: LiveList, *, everybody: bool = False) -> None:
        """Read the page from the store; a read that began earlier may be out of date, so a new one begins.

        Args:
            everybody: read the bans of all who watch, not only of those who came since the last reading.
        """
        if mine.reading is not None:
            await asyncio.wait([mine.reading])
        if mine.reading is None:
            mine.reading = asyncio.get_running_loop().create_task(self._read(mine, everybody))
        await asyncio.shield(mine.reading)

    async def _read(self, mine: LiveList, everybody: bool) -> None:
        asked, came = mine.filter, set(mine.unasked)
        try:
            query = " ".join(asked.words)
            public = RoomFilter(kind=asked.kind, query=query, open=asked.open, featured=asked.featured)
            page, mine.cursor = await self._store.rooms(public, limit=asked.limit)
            known, rooms = {*mine.shown, *mine.behind}, {record.id for record in page}
            accounts = mine.accounts if everybody or rooms - known else came
            rooms |= known
            found = await self._store.bans(accounts, rooms, self._clock.now()) if accounts else {}
            mine.merge_page(page)
            mine.merge_bans(rooms, accounts, found)
            mine.unasked -= came
        finally:
            mine.reading = None
            mine.touched.clear()

    async def _reread(self) -> None:
        """Read each page again periodically, for rooms of other processes and for what a failing store kept back."""
        while self._lists:
            await self._clock.sleep(self._limits.reread_seconds)
            for mine in list(self._lists.values()):
                try:
                    await self._read_anew(mine, everybody=True)
                except StoreError as error:
                    log.warning("lobby.store_failed", error=str(error))
                self._send_changes(mine)
        self._rereading = None

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(self._limits.wait_ms / 1000, self._send_due)

    def _send_due(self) -> None:
        self._timer = None
        for mine in self._lists.values():
            if mine.watchers:
                self._send_changes(mine)

    def _send_changes(self, mine: LiveList) -> None:
        for change in mine.next_events(EVENT_BYTES if mine.watchers else inf, self._clock.now()):
            rooms = [orjson.Fragment(raw) for raw in change.rooms]
            frame = self._encoder.frame("lobby", {"rooms": rooms, "gone": change.gone})
            for connection in change.watchers:
                connection.write(frame)
        if mine.behind:
            self._schedule()
