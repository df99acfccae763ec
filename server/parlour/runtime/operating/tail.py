"""Follows the log of a room for somebody who reads along: entries as they are stored, here or by another process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Any

from parlour.core.room import Entry, RoomId
from parlour.runtime.rooms.interface import Bounds, Caller, RoomService
from parlour.runtime.store import RoomRecord

PAGE = 200
"""Entries read at once."""
LOOK_SECONDS = 1.0
"""Between two looks at a room whose entries another process stores."""


class Tails:
    """Everybody who follows a log through this process.

    Args:
        on_stored: what is called with a room and what it stored; listens there only while somebody follows.
    """

    def __init__(self, rooms: RoomService, on_stored: list[Callable[[RoomRecord, Sequence[Entry]], None]]) -> None:
        self._rooms = rooms
        self._on_stored = on_stored
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def stored(self, record: RoomRecord, entries: Sequence[Entry]) -> None:
        """Wake those who follow a room that has new entries."""
        for event in self._waiting.get(record.id.lower(), ()):
            event.set()

    async def read(
        self, room: RoomId, caller: Caller, after: int | None, *, follow: bool
    ) -> AsyncGenerator[dict[str, Any] | None]:
        """Yield entries after one, or the newest; where they are followed, None whenever there was none for a while.

        Raises as `RoomService.history`, also when the right to read ends.
        """
        woken = asyncio.Event()
        key = room.lower()
        if not self._waiting:
            self._on_stored.append(self.stored)
        self._waiting.setdefault(key, set()).add(woken)
        try:
            while True:
                woken.clear()
                page = await self._rooms.history(room, caller, Bounds(after=after, limit=PAGE))
                for entry in page["entries"]:
                    yield entry
                    after = entry["seq"]
                if page["more"] and page["entries"] and after is not None and len(page["entries"]) >= PAGE:
                    continue
                if not follow:
                    return
                after = after or 0
                if not page["entries"]:
                    yield None
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await woken.wait()
        finally:
            self._waiting[key].discard(woken)
            if not self._waiting[key]:
                del self._waiting[key]
            if not self._waiting:
                self._on_stored.remove(self.stored)
