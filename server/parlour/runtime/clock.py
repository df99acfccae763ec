"""Tells the time to the rest of the server, so that tests can replace it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's clock that counts a suspended machine's sleep; None elsewhere, where only the wall clock tells of it."""
STEP_MS = 1000
"""Wall time this far ahead (ms) is a step; less is the drift that the machine's time service corrects by itself."""
CLOCK_TOLERANCE_MS = 5000
"""How far (ms) a clock may be ahead of the machine's before operators are told.

Wallets sign their time of day: more beside theirs, and honest sign-ins are refused. Machines that share a database
differ by less where a time service runs.
"""


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


def boot_ns() -> int:
    """Return nanoseconds that never go back and, on Linux, count the sleep of a suspended machine."""
    return time.clock_gettime_ns(BOOTTIME) if BOOTTIME is not None else time.monotonic_ns()


class SystemClock:
    """Wall time at the process's start plus monotonic time elapsed: a wall clock set back cannot reorder entries.

    A laptop's sleep or a paused virtual machine leaves it behind; `catch_up` steps it forward.

    Attributes:
        ahead_ms: how far it was ahead of the machine's wall clock at the last `catch_up`.
    """

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        boot_ns: Callable[[], int] = boot_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Args: wall_ns: nanoseconds since 1970; the others count from some start and never go back."""
        self._wall_ns = wall_ns
        self._boot_ns = boot_ns
        self._monotonic_ns = monotonic_ns
        self._offset = wall_ns() - monotonic_ns()
        self._boot_offset = wall_ns() - boot_ns()
        self.ahead_ms = 0

    def now(self) -> int:
        return (self._offset + self._monotonic_ns()) // 1_000_000

    def catch_up(self) -> int:
        """Step forward where the machine's wall clock or its sleep is ahead of this clock; never step back.

        Returns:
            The step in ms: 0, or at least `STEP_MS`. Nothing could happen in this process during that time.
        """
        wall = self._wall_ns()
        behind = max(wall, self._boot_offset + self._boot_ns()) - self._offset - self._monotonic_ns()
        step = behind // 1_000_000 if behind >= STEP_MS * 1_000_000 else 0
        self._offset += step * 1_000_000
        self._boot_offset = max(self._boot_offset, wall - self._boot_ns())
        self.ahead_ms = max(0, self.now() - wall // 1_000_000)
        return step

    # The function itself, for a room asks about ten times a move.
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, seconds), callback)
