"""Erases rooms: at once for everybody, then row by row, also after a crash and for rooms of other processes.

begin: the room's row goes, in the transaction of the audit row → whoever hosts it ends it → its other rows go,
in small transactions → a last look for what was under way → done
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import structlog

from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId
from parlour.errors import NoSuchRoom, ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.store import StoreError

log = structlog.get_logger()

ADOPTED_MS = 3_000
"""Without progress for so long, an erasure is another process's to go on with: the one that began it has died."""
SETTLE_SECONDS = 1.5
"""Before the last look: uploads and joins that were let through before the room went have ended by then."""


class ErasureRows(Protocol):
    """Where erasures are kept; every method may raise StoreError."""

    async def begin(self, room: RoomId, audit: AuditRecord, now: int) -> bool:
        """Remove the room's row and note that the others must go; return False where there is no such room."""
        ...

    async def go_on(self, key: str, now: int) -> bool:
        """Remove some more rows of an erased room; return False where none is left."""
        ...

    async def finish(self, key: str, now: int) -> None:
        """Note that nothing is left; the room's id is forgotten too."""

    async def left(self, before: int) -> list[str]:
        """Return keys of rooms whose erasure made no progress since `before` (ms), and forget those long done."""
        ...

    async def erased(self, keys: list[str]) -> set[str]:
        """Return which of these rooms were erased of late."""
        ...


class RoomEraser:
    """Erases rooms for one process.

    Args:
        forget_room: ends what followers of chains keep for a room.
        sweep: removes the bytes of files that are on no list any more.
    """

    def __init__(
        self,
        rows: ErasureRows,
        registry: RoomRegistry,
        clock: Clock,
        forget_room: Callable[[RoomId], Awaitable[None]],
        sweep: Callable[[], None],
    ) -> None:
        self._rows = rows
        self._registry = registry
        self._clock = clock
        self._forget_room = forget_room
        self._sweep = sweep
        self._working: dict[str, asyncio.Task[None]] = {}

    async def erase(self, room: RoomId, audit: AuditRecord) -> None:
        """Erase a room: when this returns nobody reads it any more; what is stored of it goes within seconds.

        Raises:
            NoSuchRoom. StoreError: nothing happened.
        """
        saved = await self._registry.context.store.load(room)
        if saved is None:
            raise NoSuchRoom()
        record = saved.record
        with self._registry.erasing(record.id):
            if not await self._rows.begin(record.id, audit, self._clock.now()):
                raise NoSuchRoom()
        self._registry.context.on_listed(replace(record, closed=True), {})
        with suppress(StoreError, ParlourError):  # its rows go anyway
            await self._forget_room(record.id)
        self._work(record.id.lower())
        log.info("room.erased", room=record.id, by=audit.by)

    async def look(self) -> None:
        """End rooms that other processes erase, and go on with erasures that nobody works at; raises StoreError."""
        live = [host.id.lower() for host in self._registry.live() if host.is_open]
        erased, left = await asyncio.gather(self._rows.erased(live), self._rows.left(self._clock.now() - ADOPTED_MS))
        for key in erased:
            self._registry.end_erased(key)
        for key in left:
            self._work(key)

    async def stop(self) -> None:
        """Stop working; the next start goes on."""
        for task in list(self._working.values()):
            task.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    def _work(self, key: str) -> None:
        if key not in self._working:
            task = asyncio.get_running_loop().create_task(self._remove(key), name=f"erase {key}")
            self._working[key] = task
            task.add_done_callback(lambda _: self._working.pop(key, None))

    async def _remove(self, key: str) -> None:
        try:
            await self._empty(key)
            await self._clock.sleep(SETTLE_SECONDS)
            await self._empty(key)
            await self._rows.finish(key, self._clock.now())
            self._sweep()
        except StoreError as error:
            log.warning("room.erasure_waits", error=str(error))

    async def _empty(self, key: str) -> None:
        while await self._rows.go_on(key, self._clock.now()):
            pass
        self._sweep()
