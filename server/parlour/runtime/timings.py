"""Timings counts durations in buckets, for `/metrics` and for the console's percentiles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import inf

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds in seconds: from a local acknowledgement to a client's patience."""
SLOW_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0)
"""The same for what a chain's blocks set the pace of."""


class Timings:
    """Durations in seconds, counted by a label out of a closed list.

    Counts are plain ints: a histogram of prometheus_client takes a lock for each step.

    Args:
        bounds: upper bounds of the buckets in seconds, ascending; there is one more bucket beyond the last.

    Attributes:
        counts: by label, how many fell into each bucket.
        sums: by label, seconds in all.
    """

    __slots__ = ("bounds", "counts", "sums")

    def __init__(self, bounds: Sequence[float] = BUCKETS) -> None:
        self.bounds = tuple(bounds)
        self.counts: dict[str, list[int]] = {}
        self.sums: dict[str, float] = {}

    def add(self, seconds: float, label: str = "") -> None:
        """Count one duration."""
        counts = self.counts.get(label)
        if counts is None:
            counts = self.counts[label] = [0] * (len(self.bounds) + 1)
            self.sums[label] = 0.0
        counts[bisect_left(self.bounds, seconds)] += 1
        self.sums[label] += seconds

    def totals(self) -> list[int]:
        """Add the buckets of all labels up; the difference of two answers is what happened between."""
        return [sum(column) for column in zip(*self.counts.values(), strict=True)] or [0] * (len(self.bounds) + 1)

    def quantile(self, q: float, counts: Sequence[int]) -> float | None:
        """Estimate a quantile in seconds, linear inside its bucket, as Prometheus' `histogram_quantile` does.

        Args:
            q: between 0 and 1.
            counts: of each bucket, as `totals` or a difference of two of its answers.

        Returns:
            None where nothing was counted; beyond the last bound, that bound.
        """
        rank = q * sum(counts)
        below = 0.0
        for bound, count in zip((*self.bounds, inf), counts, strict=True):
            if count and rank <= count:
                return self.bounds[-1] if bound == inf else below + (bound - below) * rank / count
            rank -= count
            below = bound
        return None
