"""Run the timeouts of thousands of items with one event-loop timer.

All timeouts of one kind have the same delay, so the item added first always expires first: adding appends to an
ordered dictionary, and the loop holds one `call_at` for the earliest deadline of all kinds.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_GRAIN_SECONDS = 0.01
"""Deadlines closer together than this share one wake-up."""
_STALL_SECONDS = 0.5
"""A wake-up this late means that the process stood still: clients' answers may lie unread in the kernel."""
_PATIENCE_SECONDS = 1.0
"""How long patient timeouts wait after a stall; enough to read what the kernel holds."""


class Timeouts(Generic[T]):
    """Timeouts of one kind: `expired(item)` runs `delay` seconds after `add(item)`, unless removed.

    Each item is in it once; adding it again starts its time anew. A removed item is not kept alive.

    Args:
        wheel: the timer that all kinds share.
        delay: seconds from `add` to `expired`.
        expired: called with the item on the event loop.
        patient: wait one more second after the process stood still.
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
        """Start the item's time, or start it anew."""
        deadline = self._wheel.now() + self.delay
        self._deadlines.pop(item, None)
        self._deadlines[item] = deadline
        self._wheel.wake_by(deadline)

    def remove(self, item: T) -> None:
        """Stop the item's time; an item that is not there is no error."""
        self._deadlines.pop(item, None)

    def earliest(self) -> float | None:
        """Return the earliest deadline in loop time (seconds), or None where nothing waits."""
        return next(iter(self._deadlines.values()), None)

    def expire(self, now: float) -> None:
        """Remove every item whose deadline is not after `now` and call `expired` with it."""
        while (deadline := self.earliest()) is not None and deadline <= now:
            self.expired(self._deadlines.popitem(last=False)[0])

    def clear(self) -> None:
        """Remove all items without calling `expired`."""
        self._deadlines.clear()


class Wheel:
    """The one event-loop timer behind all kinds of timeouts."""

    def __init__(self) -> None:
        self._kinds: list[Timeouts[Any]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake_at = 0.0
        self._patient_until = 0.0

    def add_kind(self, delay: float, expired: Callable[[T], None], *, patient: bool = False) -> Timeouts[T]:
        """Create a kind of timeout; see `Timeouts`. Kinds expire in the order in which they were created."""
        timeouts = Timeouts(self, delay, expired, patient=patient)
        self._kinds.append(timeouts)
        return timeouts

    def now(self) -> float:
        """Return the loop's time in seconds."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop.time()

    def wake_by(self, deadline: float) -> None:
        """Make sure that the timer fires at `deadline` (loop time) at the latest."""
        if self._timer is not None and self._wake_at <= deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        assert self._loop is not None
        self._wake_at = deadline
        self._timer = self._loop.call_at(deadline, self._wake)

    def close(self) -> None:
        """Stop the timer and remove all items of all kinds."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for kind in self._kinds:
            kind.clear()

    def _wake(self) -> None:
        self._timer = None
        now = self.now()
        if now - self._wake_at > _STALL_SECONDS:
            self._patient_until = now + _PATIENCE_SECONDS
        for kind in self._kinds:
            if not (kind.patient and now < self._patient_until):
                kind.expire(now)
        deadlines = [deadline for kind in self._kinds if (deadline := kind.earliest()) is not None]
        if deadlines:
            self.wake_by(max(min(deadlines), now + _GRAIN_SECONDS))
