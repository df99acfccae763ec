"""From the outbox to the rooms: in order per room, at least once; the rooms' unique `source` makes it exactly once.

A row is done when its room has stored it. A room that is gone drops its rows; a store that is down holds them; a row
that its room cannot stomach is tried a few times by itself and then parked, and the rest goes on (F24).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.core.room import ChainUpdate, Draft, RoomId
from parlour.errors import Closed, NotFound, ParlourError
from parlour.runtime.chain.store import ChainStore, OutboxRow
from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

Deliver = Callable[[RoomId, ChainUpdate], Awaitable[Any]]
"""Submits news to a room's host; returns once the room has stored it, raises where it has not."""

HELD_GRACE_MS = 10_000
"""How long a watch may stay `held`: afterwards its news go out, and the room knows whether it has the watch."""
_READ = 2000
_PER_ROOM = 256
_MAX_TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


@dataclass(slots=True)
class OutboxCounts:
    delivered: int = 0
    dropped: int = 0
    parked: int = 0


class ChainOutbox:
    """The dispatcher of one chain. Rooms are served at once, each in its own order."""

    def __init__(self, chain: int, store: ChainStore, deliver: Deliver, clock: Clock) -> None:
        self._chain, self._store, self._deliver, self._clock = chain, store, deliver, clock
        self.counts = OutboxCounts()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._paused: dict[RoomId, tuple[float, float]] = {}
        self._busy: dict[RoomId, asyncio.Task[bool]] = {}
        self._may_hold = True

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"outbox-{self._chain}")

    async def stop(self) -> None:
        tasks = [t for t in (self._task, *self._busy.values()) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._task = None

    def wake(self) -> None:
        self._wake.set()

    def expect_held(self) -> None:
        """A watch is being taken: look for held ones before delivering again."""
        self._may_hold = True

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                started = await self._serve()
            except StoreError:
                started = False
            if not started:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._wake.wait()

    def _pause(self) -> float:
        now = self._clock.monotonic()
        return max(0.01, min((until - now for until, _ in self._paused.values()), default=1.0))

    async def drain(self) -> None:
        """Deliver everything that may be delivered now, and wait for it."""
        while await self._serve():
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _serve(self) -> bool:
        """Start serving each room that has news and is neither busy, held nor paused; answers whether one was."""
        now = self._clock.monotonic()
        paused = {room for room, (until, _) in self._paused.items() if until > now}
        rows = await self._store.pending(self._chain, _READ, paused | self._busy.keys())
        held = await self._held() if rows else set()
        rooms: dict[RoomId, list[OutboxRow]] = {}
        for row in rows:
            if row.news.room not in held:
                rooms.setdefault(row.news.room, []).append(row)
        for room, mine in rooms.items():
            task = self._busy[room] = asyncio.create_task(self._room(room, mine))
            task.add_done_callback(partial(self._served, room))
        return bool(rooms)

    def _served(self, room: RoomId, task: asyncio.Task[bool]) -> None:
        self._busy.pop(room, None)
        if not task.cancelled() and task.exception() is not None:
            self._back_off(room)
        self._wake.set()

    async def _held(self) -> set[RoomId]:
        """Rooms that have yet to store `room.watched`: their news wait, so that the watch comes before its events."""
        if not self._may_hold:
            return set()
        self._may_hold = False
        now = self._clock.now()
        held = [s for s in await self._store.subs(self._chain) if s.state == "held"]
        self._may_hold = self._may_hold or bool(held)
        return {s.room for s in held if now - s.since < HELD_GRACE_MS}

    async def _room(self, room: RoomId, rows: Sequence[OutboxRow]) -> bool:
        for batch in batches(rows):
            if not await self._send(room, batch):
                return False
        self._paused.pop(room, None)
        return True

    async def _send(self, room: RoomId, batch: Sequence[OutboxRow]) -> bool:
        """Deliver one batch; answers whether the next one may follow."""
        try:
            await self._deliver(room, ChainUpdate(drafts=[draft(row) for row in batch]))
        except (NotFound, Closed) as error:
            await self._drop(room, batch, error)
            return True
        except Exception as error:
            if isinstance(error, StoreError) or (isinstance(error, ParlourError) and error.retryable):
                self._back_off(room)
                return False
            return await self._poison(room, batch, error)
        await self._store.done([row.seq for row in batch])
        self.counts.delivered += len(batch)
        return True

    async def _drop(self, room: RoomId, batch: Sequence[OutboxRow], error: ParlourError) -> None:
        """The room or its watch is gone: so is what was meant for it."""
        await self._store.done([row.seq for row in batch])
        self.counts.dropped += len(batch)
        if isinstance(error, NotFound):
            gone = (error.details or {}).get("watches") if error.reason == "watch" else None
            known = [s.id for s in await self._store.room_subs(room) if s.chain == self._chain]
            await self._store.drop_subs([s for s in known if gone is None or s in gone])

    async def _poison(self, room: RoomId, batch: Sequence[OutboxRow], error: Exception) -> bool:
        """Find the row that breaks the room: alone, it is tried again and then parked."""
        if len(batch) > 1:
            return all([await self._send(room, [row]) for row in batch])
        row, said = batch[0], f"{type(error).__name__}: {error}"[:300]
        park = row.tries + 1 >= _MAX_TRIES
        await self._store.failed([row.seq], said, park)
        self.counts.parked += park
        if not park:
            self._back_off(room)
        return park

    def _back_off(self, room: RoomId) -> None:
        pause = min(self._paused.get(room, (0.0, _FIRST_PAUSE / 1.7))[1] * 1.7, _LONGEST_PAUSE)
        self._paused[room] = (self._clock.monotonic() + pause, pause)


def draft(row: OutboxRow) -> Draft:
    return Draft(row.news.type, row.news.body, source=row.news.source)


def batches(rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
    """Rows of one room as ChainNews: a step's corrections together and alone, other rows up to 256 at once."""
    found: list[list[OutboxRow]] = []
    for row in rows:
        last = found[-1] if found else None
        if last is not None and _together(last, row):
            last.append(row)
        else:
            found.append([row])
    return found


def _together(batch: Sequence[OutboxRow], row: OutboxRow) -> bool:
    corrects, corrected = row.news.kind in ("revert", "move"), batch[0].news.kind in ("revert", "move")
    if corrects or corrected:
        return corrects and corrected and batch[0].step == row.step
    return len(batch) < _PER_ROOM
