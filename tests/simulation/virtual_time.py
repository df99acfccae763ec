"""An event loop whose time is a number: sleeping costs nothing, and one seed is one history."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

TURN_S = 1e-6
"""What one turn of the loop takes: whoever polls for a moment to pass sees it pass."""
MOST_TURNS = 100_000
"""Turns within a second; a busy night takes some thousands."""


class NothingLeftToHappen(Exception):
    """Every task waits and no timer is set: the simulated world has stopped for ever."""


class Spinning(Exception):
    """Somebody polls without waiting: on a real machine, a core at 100 %."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time moves a microsecond a turn, and straight to the next timer when nobody can run."""

    def __init__(self) -> None:
        self.now = 0.0
        self._turns, self._counted_from = 0, 0.0
        super().__init__(_Selector(lambda seconds: self._advance(seconds)))

    def time(self) -> float:
        return self.now

    def _advance(self, seconds: float) -> None:
        self.now += seconds
        self._turns += 1
        if self.now - self._counted_from > 1.0:
            self._turns, self._counted_from = 0, self.now
        elif self._turns > MOST_TURNS:
            raise Spinning(f"{MOST_TURNS} turns within {self.now - self._counted_from:.3f} s at {self.now:.3f} s")


class _Selector(selectors.DefaultSelector):  # type: ignore[misc]  # an alias of the platform's best selector
    def __init__(self, advance: Callable[[float], None]) -> None:
        super().__init__()
        self._advance = advance

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise NothingLeftToHappen
        self._advance(max(TURN_S, timeout))
        return []


class VirtualClock:
    """`parlour.runtime.clock.Clock` on the virtual loop; it starts at a fixed moment."""

    START_MS = 1_800_000_000_000

    def now(self) -> int:
        return self.START_MS + int(asyncio.get_running_loop().time() * 1000)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(max(0.0, seconds), callback)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a loop of its own; leftover tasks are cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Make a test of a coroutine function that runs virtually."""

    @wraps(test)
    def run() -> None:
        run_virtually(test())

    return run
