"""What a live room does by itself, and when: deadlines, ticks, players missing after a restart."""

from __future__ import annotations

from collections.abc import Callable

from parlour.core.room import Account, Command, DeadlinePassed, Dropped, Tick
from parlour.core.rooms.hall import Hall
from parlour.runtime.clock import Clock, Timer
from parlour.runtime.live_room.context import HostLimits
from parlour.runtime.live_room.tick_budget import TickBudget

FRUITLESS_WAKE = 1.0
"""Seconds until a room that left a deadline standing is asked again; a broken rule must not spin the loop."""
GRAIN = 0.001
"""Seconds a timer may fire early: deadlines are whole milliseconds, timers have rounding errors."""
UNKNOWN, NEVER = float("-inf"), float("inf")


class Agenda:
    """What is due in one room. Deadlines are ms since 1970, all other times monotonic seconds.

    Attributes:
        pace: the budget of the room's ticks.
        next_at: when something is due, as of the last `due`; infinity where nothing will be. UNKNOWN makes `due` look
            again: whoever changes the room sets that.
    """

    def __init__(self, clock: Clock, limits: HostLimits) -> None:
        self._clock = clock
        self.pace = TickBudget(limits.tick_share, limits.tick_most_ms / 1000)
        self.next_at = UNKNOWN
        self._not_before = UNKNOWN
        self._missing_at: float | None = clock.monotonic() + limits.return_seconds
        self._was_on: bool | None = None
        self._ticked = False

    def due(self, room: Hall, is_here: Callable[[Account], bool]) -> list[Command]:
        """Return the commands that are due now."""
        now = self._clock.monotonic()
        if now + GRAIN < self.next_at:
            return []
        deadline, deadline_in = room.wakes_at(), NEVER
        if deadline is None and not room.computed:  # a chat
            self.next_at = NEVER
            return []
        is_on = room.unfinished
        if self._missing_at is not None or is_on is not self._was_on:
            missing = self._missing(room, is_on, is_here, now)
            if missing is not None:
                return missing
        if deadline is not None:
            deadline_in = max((deadline - self._clock.now()) / 1000, self._not_before - now)
            if deadline_in <= 0:
                return [DeadlinePassed()]
        rate, tick_in = room.tick_rate, NEVER
        if rate or self._ticked:
            self._ticked = bool(rate)
            tick_in = self.pace.wait(rate, now)
            if tick_in <= 0:
                return [Tick(dt=self.pace.begin(now))]
        missing_at = self._missing_at if self._missing_at is not None and room.computed else NEVER
        self.next_at = min(now + deadline_in, now + tick_in, missing_at)
        return []

    def deadline_decided(self, room: Hall, fruitful: bool) -> None:
        """Note that a DeadlinePassed was decided; `fruitful` says whether it led to entries."""
        deadline = room.wakes_at()
        stands = not fruitful and deadline is not None and deadline <= self._clock.now()
        self._not_before = self._clock.monotonic() + FRUITLESS_WAKE if stands else UNKNOWN

    def _missing(self, room: Hall, is_on: bool, is_here: Callable[[Account], bool], now: float) -> list[Command] | None:
        """Return Dropped commands for absent players, once after opening and at the begin of each match."""
        if is_on and self._was_on is False:  # a rematch: between two matches nobody counts as dropped
            self._missing_at = now
        self._was_on = is_on
        if self._missing_at is None or now < self._missing_at:
            return None
        self._missing_at = None
        return [Dropped(author=account) for account in room.seated() if not is_here(account)] or None


def tick_rate(room: Hall) -> int:
    """Return the ticks per second the room asks for now; 0 for none."""
    return room.tick_rate


class Alarm:
    """Wakes a room that rests, when something will be due.

    Args:
        ring: called then.

    Attributes:
        at: when (monotonic seconds) it rings; infinity where it does not. To set a later time changes nothing.
    """

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = ring
        self._timer: Timer | None = None
        self.at = NEVER

    def set(self, at: float) -> None:
        """Ring at that time, unless it rings earlier.

        Most moves put a deadline off; waking once for nothing is cheaper than a new timer for each of them.
        """
        if at >= self.at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self.at = self._clock.call_later(max(0.0, at - self._clock.monotonic()), self._ring), at

    def cancel(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self.at = None, NEVER

    def _ring(self) -> None:
        self._timer, self.at = None, NEVER
        self._wake()
