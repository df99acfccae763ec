"""Thousands of equal timeouts with one timer.

Every kind of timeout has one constant delay, so in each queue the earliest deadline is always at the left: adding is an
append, and waiting is one `call_at` for the earliest head of all queues.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_GRAIN = 0.01  # seconds; deadlines closer together than this share a wake-up
_STALL = 0.5  # a wake-up this late means the process stood still, and answers may lie unread in the kernel


class Timeouts(Generic[T]):
    """One kind of timeout: `expired(item, deadline)` is called `delay` seconds after `add(item)` returned `deadline`.

    There is no cancel: the callback compares the deadline with the one its item holds, and ignores a stale one.
    """

    __slots__ = ("_queue", "_wheel", "delay", "expired", "patient")

    def __init__(self, wheel: Wheel, delay: float, expired: Callable[[T, float], None], *, patient: bool) -> None:
        self._wheel = wheel
        self._queue: deque[tuple[float, T]] = deque()
        self.delay = delay
        self.expired = expired
        self.patient = patient

    def add(self, item: T) -> float:
        deadline = self._wheel.now() + self.delay
        self._queue.append((deadline, item))
        self._wheel.arm(deadline)
        return deadline

    def head(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def expire(self, now: float) -> None:
        queue = self._queue
        while queue and queue[0][0] <= now:
            deadline, item = queue.popleft()
            self.expired(item, deadline)

    def clear(self) -> None:
        self._queue.clear()


class Wheel:
    """The one timer. After a stall, patient timeouts wait for one more second: what was read late is not late."""

    def __init__(self) -> None:
        self._kinds: list[Timeouts[Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = 0.0
        self._patience = 0.0

    def kind(self, delay: float, expired: Callable[[T, float], None], *, patient: bool = False) -> Timeouts[T]:
        timeouts = Timeouts(self, delay, expired, patient=patient)
        self._kinds.append(timeouts)
        return timeouts

    def now(self) -> float:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop.time()

    def arm(self, deadline: float) -> None:
        if self._timer is not None and self._wake <= deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._wake = deadline
        self._timer = self._loop.call_at(deadline, self._turn)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for kind in self._kinds:
            kind.clear()

    def _turn(self) -> None:
        self._timer = None
        now = self.now()
        if now - self._wake > _STALL:
            self._patience = now + 1.0
        for kind in self._kinds:
            if not (kind.patient and now < self._patience):
                kind.expire(now)
        heads = [head for kind in self._kinds if (head := kind.head()) is not None]
        if heads:
            self.arm(max(min(heads), now + _GRAIN))
