"""Chooses the thread that commits: the event loop's while commits are short, the writer's where the disk is slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

CommitMode = Literal["auto", "loop", "thread"]

WEIGHT = 1 / 8
"""Of the newest commit in the moving average."""
CAP = 5
"""Limits that one commit counts for at most: a disk hiccup or a busy machine alone changes nothing, two in a row do."""
HANG = 50
"""Limits beyond which one commit is enough: everybody waited for a tenth of a second."""
FIRST_TRY_S = 1.0
"""Seconds after which the loop tries a commit again that was too slow for it. Doubled by each slow try."""
LAST_TRY_S = 60.0
"""Longest pause between two tries: on a disk that stays slow, one slow commit a minute stands in everybody's way."""


class CommitPace:
    """Measures commits in the loop's thread and says whether the next one may run there.

    What the writer's thread needs for a commit is not measured: it waits for the interpreter as well as for the disk.

    Args:
        mode: `loop` and `thread` always answer the same.
        limit_ms: moving average of commits in the loop's thread up to which they stay there.
        monotonic: seconds on a clock that only moves forward.
    """

    def __init__(
        self, mode: CommitMode = "auto", limit_ms: float = 2.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.monotonic = monotonic
        self._mode = mode
        self._limit = limit_ms / 1000
        self._average = 0.0
        self._next_try = 0.0
        self._pause = FIRST_TRY_S

    def in_loop(self) -> bool:
        """Return whether the next commit may run in the loop's thread."""
        if self._mode != "auto":
            return self._mode == "loop"
        return self._average <= self._limit or self.monotonic() >= self._next_try

    def took(self, seconds: float) -> None:
        """Note how long a commit in the loop's thread took."""
        if self._average > self._limit or seconds > HANG * self._limit:  # it was a try, or the disk hangs
            self._average = seconds
        else:
            self._average += (min(seconds, CAP * self._limit) - self._average) * WEIGHT
        if self._average > self._limit:
            self._next_try = self.monotonic() + self._pause
            self._pause = min(2 * self._pause, LAST_TRY_S)
        else:
            self._pause = FIRST_TRY_S

    def failed(self) -> None:
        """Note that the loop could not commit at once, because another process held the file."""
        self._average = float("inf")
        self._next_try = self.monotonic() + FIRST_TRY_S
