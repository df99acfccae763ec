"""Measures the ticks of a game. A game whose ticks take too long is slowed down, then stopped.

A tick may take `share` of its period, and never more than `most` seconds: the event loop serves every other room too.
Three ticks in a row beyond that halve the rate, down to an eighth; three more at an eighth end the game. Ticks that
cannot be played in time are skipped, not caught up with.
"""

from __future__ import annotations

STRIKES = 3
SLOWEST = 8
GOOD_TICKS = 100
"""After so many ticks that would also do at twice the rate, the rate is doubled again."""


class TickBudget:
    """The time that a game's ticks may take.

    Args:
        share: part of its period that a tick may take.
        most: seconds that a tick may take at any rate.
    """

    def __init__(self, share: float, most: float) -> None:
        self._share = share
        self._most = most
        self._rate = 0
        self._next = 0.0
        self._last = 0.0
        self._strikes = 0
        self._good = 0
        self.slowed = 1

    def wait(self, rate: int, now: float) -> float:
        """Return the seconds until the next tick (0 or less: now, infinity: none); `now` is monotonic seconds."""
        if rate != self._rate:
            self._rate, self._strikes, self._good, self.slowed = rate, 0, 0, 1
            self._last, self._next = now, now + (1 / rate if rate else 0.0)
        return self._next - now if rate else float("inf")

    def begin(self, now: float) -> float:
        """Begin a tick; return the seconds since the last one."""
        elapsed, self._last = now - self._last, now
        self._next = max(self._next + self._period, now)
        return elapsed

    def check_tick_cost(self, seconds: float) -> str | None:
        """Count a tick of so many seconds, sending included; return `slowed` or `halted` if it is too long."""
        if seconds <= self._allowed(self.slowed):
            self._strikes = 0
            self._recover(seconds)
            return None
        self._good = 0
        self._strikes += 1
        if self._strikes < STRIKES:
            return None
        self._strikes = 0
        if self.slowed >= SLOWEST:
            return "halted"
        self.slowed *= 2
        return "slowed"

    def _recover(self, seconds: float) -> None:
        if self.slowed > 1 and seconds <= self._allowed(self.slowed // 2):
            self._good += 1
            if self._good >= GOOD_TICKS:
                self._good, self.slowed = 0, self.slowed // 2
        else:
            self._good = 0

    @property
    def _period(self) -> float:
        return self.slowed / self._rate if self._rate else 0.0

    def _allowed(self, slowed: int) -> float:
        return min(self._share * slowed / self._rate, self._most) if self._rate else self._most
