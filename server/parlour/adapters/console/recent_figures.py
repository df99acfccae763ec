"""The last hour of a process in figures: one sample in ten seconds, in a ring in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.runtime.timings import Timings

EVERY_SECONDS = 10.0
KEPT = 360
"""An hour; a sample is about 300 bytes."""
MS = 1000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures of a process are read.

    Attributes:
        now: the time in ms.
        levels: what is at this moment, by name.
        totals: what only grows, by name; a sample holds what it grew a second.
        acks, commits, lags: durations, of which a sample holds percentiles.
    """

    now: Callable[[], int]
    levels: Callable[[], Json]
    totals: Callable[[], dict[str, float]]
    acks: Callable[[], Timings]
    commits: Callable[[], Timings]
    lags: Callable[[], Timings]


class RecentFigures:
    """Takes samples for a process's life and answers those of the last hour."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._kept: deque[Json] = deque(maxlen=KEPT)
        self._at = sources.now()
        self._totals = sources.totals()
        self._acks, self._lags = sources.acks().totals(), sources.lags().totals()
        self._commits = sources.commits().totals()

    async def run(self) -> None:
        """Take a sample every ten seconds, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self.sample()

    def sample(self) -> None:
        """Take a sample of the time since the one before."""
        sources, now = self._sources, self._sources.now()
        seconds = max(0.001, (now - self._at) / MS)
        totals, acks, commits, lags = sources.totals(), sources.acks(), sources.commits(), sources.lags()
        ack_counts, commit_counts, lag_counts = acks.totals(), commits.totals(), lags.totals()
        answered, late = _grown(self._acks, ack_counts), _grown(self._lags, lag_counts)
        kept = _grown(self._commits, commit_counts)
        rates = {name: round((total - self._totals.get(name, 0)) / seconds, 2) for name, total in totals.items()}
        self._kept.append(
            {
                "at": now,
                **sources.levels(),
                **rates,
                "ackP50Ms": _ms(acks.quantile(0.5, answered)),
                "ackP99Ms": _ms(acks.quantile(0.99, answered)),
                "commitP99Ms": _ms(commits.quantile(0.99, kept)),
                "loopLagMs": _ms(lags.quantile(0.99, late)),
            }
        )
        self._at, self._totals = now, totals
        self._acks, self._commits, self._lags = ack_counts, commit_counts, lag_counts

    def now(self) -> Json:
        """Return what is at this moment."""
        return {"at": self._sources.now(), **self._sources.levels()}

    def since(self, at: int) -> Sequence[Json]:
        """Return the samples taken after a time (ms), oldest first."""
        return [sample for sample in self._kept if sample["at"] > at]


def _grown(before: Sequence[int], now: Sequence[int]) -> list[int]:
    return [new - old for old, new in zip(before, now, strict=True)]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * MS, 2)
