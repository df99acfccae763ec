"""How often a ticking game may be ticked, judged by what its ticks cost the others on the same core.

A tick over its budget is an overrun. Three in a row halve the game's speed (its ticks stay 1 / tick_rate long, so it
plays in slow motion and still replays exactly), down to an eighth; at an eighth, sixty more in a row stop it.
"""

from __future__ import annotations

OVERRUNS_TO_SLOW = 3
GOOD_TICKS_TO_RECOVER = 60
OVERRUNS_TO_STOP = 60
SLOWEST = 8


class Pace:
    """The pace of one game.

    Attributes:
        slowed: 1 at full speed, then 2, 4, 8.
        overruns: in all, for the metric.
        stopped: the host should end the game (`Halt("overrun")`).
    """

    def __init__(self, rate: int, budget: float = 0.005) -> None:
        """Args: rate: ticks a second. budget: seconds a tick may take (5 ms: a tenth of a core at 20 a second)."""
        self._period = 1 / rate
        self._budget = budget
        self._bad = 0
        self._good = 0
        self.slowed = 1
        self.overruns = 0
        self.stopped = False

    @property
    def interval(self) -> float:
        """Seconds from one tick to the next."""
        return self._period * self.slowed

    def took(self, seconds: float) -> None:
        """A tick took this long."""
        if seconds <= self._budget:
            self._on_time()
            return
        self.overruns += 1
        self._good = 0
        self._bad += 1
        if self.slowed < SLOWEST and self._bad >= OVERRUNS_TO_SLOW:
            self.slowed *= 2
            self._bad = 0
        elif self._bad >= OVERRUNS_TO_STOP:
            self.stopped = True

    def _on_time(self) -> None:
        self._bad = 0
        self._good += 1
        if self.slowed > 1 and self._good >= GOOD_TICKS_TO_RECOVER:
            self.slowed //= 2
            self._good = 0
