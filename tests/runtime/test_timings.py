"""Timings: buckets by label, and quantiles of what was counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.runtime.timings import BUCKETS, Timings

seconds = st.floats(0, 20, allow_nan=False)


def test_duration_is_counted_in_the_first_bucket_that_holds_it() -> None:
    timings = Timings((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 3.0):
        timings.add(value, "post")
    timings.add(0.5, "join")
    assert timings.counts == {"post": [2, 1, 1], "join": [0, 1, 0]}
    assert timings.sums["post"] == pytest.approx(3.65)
    assert timings.totals() == [2, 2, 1]


def test_quantile_when_nothing_was_counted_is_none() -> None:
    timings = Timings()
    assert timings.quantile(0.99, timings.totals()) is None


def test_quantile_beyond_the_last_bound_is_that_bound() -> None:
    timings = Timings((0.1, 1.0))
    timings.add(50)
    assert timings.quantile(0.5, timings.totals()) == 1.0


@given(st.lists(seconds, min_size=1), st.floats(0.01, 1))
def test_quantile_is_in_the_bucket_of_the_value_at_that_rank(values: list[float], q: float) -> None:
    timings = Timings()
    for value in values:
        timings.add(value)
    rank = max(1, -(-q * len(values) // 1))
    exact = sorted(values)[min(len(values), int(rank)) - 1]
    estimate = timings.quantile(q, timings.totals())
    assert estimate is not None
    above = next((bound for bound in BUCKETS if exact <= bound), BUCKETS[-1])
    below = max((bound for bound in BUCKETS if bound < exact), default=0.0)
    assert min(below, BUCKETS[-1]) <= estimate <= above


@given(st.lists(seconds), st.lists(seconds, min_size=1))
def test_difference_of_totals_when_taken_is_what_came_between(before: list[float], between: list[float]) -> None:
    timings, alone = Timings(), Timings()
    for value in before:
        timings.add(value)
    first = timings.totals()
    for value in between:
        timings.add(value)
        alone.add(value)
    assert [new - old for new, old in zip(timings.totals(), first, strict=True)] == alone.totals()
