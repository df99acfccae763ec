"""Tells whether a room exists without opening it: look-ups are batched and bounded, and "no" is remembered shortly.

Whoever asks for ids that there are not costs a share of a batched read, and no live room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from parlour.core.room import RoomId
from parlour.errors import Internal, ParlourError, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.store import Store, StoreError

log = structlog.get_logger()

OnFound = Callable[[bool | ParlourError], None]
"""Called with whether the room exists, or with why that cannot be known now."""

BATCH = 256
"""Ids of one read: at about 2 µs each, it holds a reader for less than a millisecond."""
WAITING = 8192
"""Different ids that wait for their read; beyond, `unavailable`. Each costs some hundred bytes."""
REMEMBERED = 10_000
"""Ids known not to exist, the newest: about 2 MB."""
REMEMBERED_SECONDS = 1.0
"""How long "no" is believed: another process of the database may create the room meanwhile."""


class Existence:
    """Answers for rooms that are not live in this process.

    Attributes:
        asked: keys of rooms that are being looked up; who asks for one of them is answered after those before. A plain
            set, because every post reads it.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.asked: set[str] = set()
        self._absent: dict[str, float] = {}
        self._waiting: dict[str, list[OnFound]] = {}
        self._being_read: dict[str, list[OnFound]] = {}
        self._reading: asyncio.Task[None] | None = None

    def is_absent(self, room: RoomId) -> bool:
        """Return whether the room is known not to exist; False also while nothing is known."""
        key = room.lower()
        until = self._absent.get(key)
        if until is None:
            return False
        if self._clock.monotonic() < until:
            return True
        del self._absent[key]
        return False

    def ask(self, room: RoomId, on_found: OnFound) -> None:
        """Look the room up and call `on_found` later, in the order in which a room was asked for.

        Raises:
            Unavailable: too many ids wait.
        """
        key = room.lower()
        if key in self._being_read:
            self._being_read[key].append(on_found)
            return
        if key not in self._waiting and len(self._waiting) >= WAITING:
            raise Unavailable("Too many unknown rooms are asked for right now.", retry_after=1000)
        self._waiting.setdefault(key, []).append(on_found)
        self.asked.add(key)
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read(), name="room existence")

    async def exists(self, room: RoomId) -> bool:
        """Return whether the room exists; raises StoreError, or Unavailable where too many ask."""
        if self.is_absent(room):
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def on_found(found: bool | ParlourError) -> None:
            if answer.done():
                return
            if isinstance(found, ParlourError):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        self.ask(room, on_found)
        return await answer

    def created(self, room: RoomId) -> None:
        """Note that this process has just created the room."""
        key = room.lower()
        self._absent.pop(key, None)
        self.asked.discard(key)
        for asked in (self._being_read, self._waiting):
            _answer({key: asked.pop(key, [])}, True)

    async def settled(self) -> None:
        """Wait until every look-up was answered."""
        while self._reading is not None:
            await asyncio.wait([self._reading])

    async def _read(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:BATCH]
            self._being_read = {key: self._waiting.pop(key) for key in keys}
            answer: ParlourError | None = None
            found: set[RoomId] = set()
            try:
                found = await self._store.existing(keys)
            except StoreError:
                answer = Unavailable("Rooms cannot be read right now; try again.", retry_after=1000)
            except Exception:  # whoever waits must hear of it, and the next batch must be read
                log.exception("rooms.lookup_failed")
                answer = Internal()
            read, self._being_read = self._being_read, {}
            self.asked.difference_update(read)
            if answer is not None:
                _answer(read, answer)
                continue
            until = self._clock.monotonic() + REMEMBERED_SECONDS
            for key, waiting in read.items():
                if key not in found:
                    self._remember(key, until)
                _answer({key: waiting}, key in found)
        self._reading = None

    def _remember(self, key: str, until: float) -> None:
        self._absent.pop(key, None)
        if len(self._absent) >= REMEMBERED:
            del self._absent[next(iter(self._absent))]
        self._absent[key] = until


def _answer(waiting: dict[str, list[OnFound]], answer: bool | ParlourError) -> None:
    for asked in waiting.values():
        for on_found in asked:
            try:
                on_found(answer)
            except Exception:  # the others must hear of theirs, and the next batch must be read
                log.exception("rooms.lookup_untold")
