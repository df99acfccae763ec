"""Pauses between tries: each is longer than the one before, up to a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after failures in a row.

    Attributes:
        first_s: seconds after the first failure.
        longest_s: seconds that no pause exceeds.
        growth: factor from one pause to the next; above 1.
    """

    first_s: float
    longest_s: float
    growth: float = 2.0

    def pause_after(self, failures: int) -> float:
        """Return the seconds to wait after `failures` (1 or more) failures in a row."""
        if failures - 1 >= math.log(self.longest_s / self.first_s, self.growth):
            return self.longest_s  # the power itself would overflow after some 1,300 failures
        return self.first_s * self.growth ** (failures - 1)
