"""Follows the logs and puts their texts into the index of search, a moment behind the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import structlog

from parlour.core.room import RoomId
from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

log = structlog.get_logger()

LAG_SECONDS = 1.0
"""Entries are gathered for so long, because one among a hundred costs a third of one among four.

Searches read what is not indexed from the log meanwhile.
"""
AT_ONCE = 100
"""Entries of one transaction, of however many rooms: about 4 ms, and posts wait behind it."""
ROOMS_AT_ONCE = 100
"""Rooms asked for at once of those that the index is behind."""
LOOK_SECONDS = 60.0
"""Between two looks for rooms that were written without a notice here: by other processes, or before a crash."""


class TextIndex(Protocol):
    """The index as the store has it. Every method may raise StoreError."""

    async def behind(self, limit: int) -> list[RoomId]:
        """Return rooms whose log goes beyond the index."""

    async def index_more(self, rooms: Sequence[RoomId], limit: int) -> list[int]:
        """Index the next entries of rooms, at most `limit` in all; return how many of each room that was reached.

        All but the last one of those are indexed to the end of their logs; with fewer than `limit` in all, it is too.
        """


class TextIndexer:
    """Indexes rooms as this process stores texts in them; `keep_up`, of one process, what is behind: old logs too."""

    def __init__(self, index: TextIndex, clock: Clock) -> None:
        self._index = index
        self._clock = clock
        self._noted: dict[RoomId, None] = {}
        self._called = asyncio.Event()

    def note(self, room: RoomId) -> None:
        """Note that a room has new texts."""
        if not self._noted:
            self._called.set()
        self._noted[room.lower()] = None

    async def follow(self) -> None:
        """Index noted rooms until cancelled; what fails is logged and tried again."""
        while True:
            await self._called.wait()
            await self._clock.sleep(LAG_SECONDS)
            self._called.clear()
            noted, self._noted = self._noted, {}
            try:
                async for _ in _index_rooms(self._index, list(noted)):
                    pass
            except StoreError as error:
                log.warning("search.index_failed", error=type(error).__name__)
                self._noted = noted | self._noted
                self._called.set()

    async def keep_up(self) -> None:
        """Index what is behind, and look again each minute until cancelled: one process of a database does this."""
        while True:
            try:
                async for _ in catch_up(self._index):
                    pass
                pause = LOOK_SECONDS
            except StoreError as error:
                log.warning("search.index_failed", error=type(error).__name__)
                pause = LAG_SECONDS
            await self._clock.sleep(pause)


async def catch_up(index: TextIndex) -> AsyncIterator[int]:
    """Index every room that is behind; yield after each transaction how many entries it advanced."""
    while rooms := await index.behind(ROOMS_AT_ONCE):
        async for advanced in _index_rooms(index, rooms):
            yield advanced


async def _index_rooms(index: TextIndex, rooms: Sequence[RoomId]) -> AsyncIterator[int]:
    """Index rooms to the ends of their logs; yield after each transaction how many entries it advanced."""
    while rooms:
        done = await index.index_more(rooms, AT_ONCE)
        advanced = sum(done)
        yield advanced
        rooms = rooms[len(done) - 1 :] if advanced == AT_ONCE else ()  # the last one reached may have more
