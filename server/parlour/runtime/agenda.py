"""What a live room does by itself: deadlines, ticks, and players who did not come back after a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from parlour.core.hall import Hall
from parlour.core.room import Account, Command, Dropped, Tick, Wake
from parlour.runtime.clock import Clock
from parlour.runtime.house import HostLimits
from parlour.runtime.pace import Pace

FRUITLESS_WAKE = 1.0
"""Seconds before a room is woken again for a deadline that it left standing: a broken rule must not spin the loop."""


class Agenda:
    """Times are the clock's: deadlines in ms since 1970, everything else in monotonic seconds.

    Attributes:
        pace: that of the room's ticks.
    """

    def __init__(self, clock: Clock, limits: HostLimits) -> None:
        self._clock = clock
        self.pace = Pace(limits.tick_share, limits.tick_most_ms / 1000)
        self._not_before = float("-inf")
        self._missing_at: float | None = clock.monotonic() + limits.return_seconds

    def due(self, room: Hall, is_here: Callable[[Account], bool]) -> list[Command]:
        """What has to happen now; empty for nothing."""
        if (missing := self._missing(room, is_here)) is not None:
            return missing
        now = self._clock.monotonic()
        if self._deadline_in(room, now) <= 0:
            return [Wake()]
        rate = tick_rate(room)
        wait = self.pace.wait(rate, now)
        return [Tick(dt=self.pace.begin(now))] if wait is not None and wait <= 0 else []

    def next_in(self, room: Hall) -> float | None:
        """Seconds until something is due, None where nothing ever will be."""
        now = self._clock.monotonic()
        waits = [self._deadline_in(room, now), self.pace.wait(tick_rate(room), now)]
        if self._missing_at is not None and room.computed:
            waits.append(self._missing_at - now)
        soonest = min(wait for wait in waits if wait is not None)
        return None if soonest == float("inf") else max(0.0, soonest)

    def woke(self, room: Hall, fruitful: bool) -> None:
        """A Wake was decided; `fruitful`: it led to entries."""
        deadline = room.deadline()
        stands = not fruitful and deadline is not None and deadline <= self._clock.now()
        self._not_before = self._clock.monotonic() + FRUITLESS_WAKE if stands else float("-inf")

    def _deadline_in(self, room: Hall, now: float) -> float:
        deadline = room.deadline()
        if deadline is None:
            return float("inf")
        return max((deadline - self._clock.now()) / 1000, self._not_before - now)

    def _missing(self, room: Hall, is_here: Callable[[Account], bool]) -> list[Command] | None:
        """Once, after opening: players who did not come back count as dropped from now on."""
        if self._missing_at is None or self._clock.monotonic() < self._missing_at:
            return None
        self._missing_at = None
        seated = cast(Any, room).seated() if hasattr(room, "seated") else []
        return [Dropped(author=account) for account in seated if not is_here(account)] or None


def tick_rate(room: Hall) -> int:
    """Ticks per second the room wants now; 0 for none."""
    return getattr(room, "tick_rate", 0)
