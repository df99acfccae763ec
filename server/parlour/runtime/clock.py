"""Time as the house sees it, so that tests can own it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970 UTC; never goes back while the process lives (protocol §0 "Values")."""

    def monotonic(self) -> float:
        """Seconds on a clock that only moves forward."""

    async def sleep(self, seconds: float) -> None: ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Run `callback` on the loop after `seconds`, unless cancelled."""


class SystemClock:
    """Wall time at the process's start plus monotonic time elapsed: a stepped wall clock cannot reorder entries."""

    def __init__(self) -> None:
        self._start_ms = time.time_ns() // 1_000_000
        self._start = time.monotonic_ns()

    def now(self) -> int:
        return self._start_ms + (time.monotonic_ns() - self._start) // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, seconds), callback)
