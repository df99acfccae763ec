"""Thousands of equal timeouts with one timer.

Every kind of timeout has one constant delay, so within a kind the earliest deadline always comes first: adding is an
append, and waiting is one `call_at` for the earliest of all kinds.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_GRAIN = 0.01  # seconds; deadlines closer together than this share a wake-up
_STALL = 0.5  # a wake-up this late means the process stood still, and answers may lie unread in the kernel


class Timeouts(Generic[T]):
    """One kind of timeout: `expired(item)` is called `delay` seconds after `add(item)`, unless it was removed.

    An item is in it once; adding it again starts its time anew. What is removed is forgotten at once.

    Args:
        patient: after a stall of the process, wait one more second.
    """

    __slots__ = ("_deadlines", "_wheel", "delay", "expired", "patient")

    def __init__(self, wheel: Wheel, delay: float, expired: Callable[[T], None], *, patient: bool) -> None:
        self._wheel = wheel
        self._deadlines: OrderedDict[T, float] = OrderedDict()
        self.delay = delay
        self.expired = expired
        self.patient = patient

    def __contains__(self, item: T) -> bool:
        return item in self._deadlines

    def __iter__(self) -> Iterator[T]:
        return iter(self._deadlines)

    def __len__(self) -> int:
        return len(self._deadlines)

    def add(self, item: T) -> None:
        deadline = self._wheel.now() + self.delay
        self._deadlines.pop(item, None)
        self._deadlines[item] = deadline
        self._wheel.arm(deadline)

    def remove(self, item: T) -> None:
        self._deadlines.pop(item, None)

    def head(self) -> float | None:
        """The earliest deadline."""
        return next(iter(self._deadlines.values()), None)

    def expire(self, now: float) -> None:
        while (head := self.head()) is not None and head <= now:
            self.expired(self._deadlines.popitem(last=False)[0])

    def clear(self) -> None:
        self._deadlines.clear()


class Wheel:
    """The one timer of all kinds."""

    def __init__(self) -> None:
        self._kinds: list[Timeouts[Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = 0.0
        self._patience = 0.0

    def kind(self, delay: float, expired: Callable[[T], None], *, patient: bool = False) -> Timeouts[T]:
        timeouts = Timeouts(self, delay, expired, patient=patient)
        self._kinds.append(timeouts)
        return timeouts

    def now(self) -> float:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop.time()

    def arm(self, deadline: float) -> None:
        """Wake up at this time at the latest."""
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
