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

TOLD_MS = 600_000
"""For how long (ms) operators are told of a step: what it moved was seen by then."""


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
        newest: when (ms) the newest entry of the log was written, as it was at the start; 0 where there is none.
        stepped: the last step (ms) and when it was made (ms); None before the first one.
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
        self.ahead_ms = self.newest = 0
        self.stepped: tuple[int, int] | None = None

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
        if step:
            self.stepped = step, self.now()
        return step

    @property
    def fault(self) -> str | None:
        """Say in words for operators how it contradicts the log or the machine's clock; None where it does not."""
        in_the_future = self.newest - self.now()
        if in_the_future >= CLOCK_TOLERANCE_MS:
            return f"the newest entry is {in_the_future / 1000:.0f} s in the future; set this machine's clock"
        if self.ahead_ms >= CLOCK_TOLERANCE_MS:
            return f"the machine's clock went back {self.ahead_ms / 1000:.0f} s; restart Parlour if it is right now"
        return None

    @property
    def news(self) -> str | None:
        """Say of a step in the last minutes what it was; None where there was none."""
        step, at = self.stepped or (0, 0)
        if not step or self.now() - at >= TOLD_MS:
            return None
        return f"it stepped {step / 1000:.0f} s forward: the machine slept, was paused, or its clock was set"

    # The function itself, for a room asks about ten times a move.
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, seconds), callback)
