"""How long the client waits before it tries again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """The pauses between tries, spread by chance so that a crowd does not return at once.

    Attributes:
        first: seconds, the most there is before the first try.
        longest: seconds, the most there is before any try; from `first` the bound doubles up to here.
        chance: draws a number from 0 up to 1.
    """

    first: float = 0.5
    longest: float = 15.0
    chance: Callable[[], float] = random.random

    def pause(self, tries: int, retry_after: int | None = None) -> float:
        """Seconds to wait after `tries` tries in a row that failed.

        Args:
            retry_after: milliseconds the server asked for; the pause is that and up to half more.
        """
        if retry_after:
            return retry_after / 1000 * (1 + self.chance() / 2)
        doublings = min(tries, 32)  # beyond it the bound is `longest` anyway, and the power stays a small number
        return self.chance() * min(self.longest, self.first * 2.0**doublings)
