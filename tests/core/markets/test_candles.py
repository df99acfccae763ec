"""Candles: the same whatever order trades came in, in half-open intervals of UTC, without empty ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.markets.candles import DAY_MINUTES, INTERVALS, Candle, Fill, Series, day_figures

MINUTE_MS = 60_000


def fill(place: int, time: int, price: str = "1", amount: int = 1) -> Fill:
    return Fill((place, 0), time, Decimal(price), amount, amount * 2)


def rows(series: Series) -> list[list[Any]]:
    return [candle.row("included") for candle in series.newest()]


def test_interval_holds_its_begin_and_not_its_end() -> None:
    minutes = Series(60)
    for place, time in enumerate((59, 60, 119, 120)):
        minutes.add(fill(place, time))
    assert [(row[0], row[7]) for row in rows(minutes)] == [(0, 1), (60_000, 2), (120_000, 1)]


def test_candle_opens_and_closes_by_place_in_the_chain() -> None:
    minutes = Series(60)
    for place, price in ((5, "3"), (1, "2"), (9, "7"), (3, "1")):
        minutes.add(fill(place, 1, price))
    assert rows(minutes) == [[0, "2", "7", "1", "7", "4", "8", 4, "included"]]


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 50)), max_size=40), st.randoms())
def test_order_of_arrival_changes_no_candle(trades: list[tuple[int, int]], chance: Any) -> None:
    fills = [fill(n, time, str(price)) for n, (time, price) in enumerate(sorted(trades))]
    one, other = Series(60, 10), Series(60, 10)
    for each in fills:
        one.add(each)
    chance.shuffle(fills)
    for each in fills:
        other.add(each)
    assert rows(one) == rows(other)


def test_oldest_candles_go_first() -> None:
    minutes = Series(60, 3)
    for place, time in enumerate((0, 60, 120, 180)):
        minutes.add(fill(place, time))
    minutes.add(fill(9, 30))
    assert [row[0] for row in rows(minutes)] == [60_000, 120_000, 180_000]


def test_week_begins_on_monday() -> None:
    weeks = Series(INTERVALS["1w"])
    weeks.add(fill(1, 1_700_438_399))  # Sunday, 2023-11-19 23:59:59
    weeks.add(fill(2, 1_700_438_400))  # Monday
    assert [row[0] for row in rows(weeks)] == [1_699_833_600_000, 1_700_438_400_000]


def test_day_is_the_24_hours_up_to_the_newest_trade() -> None:
    minutes = Series(60, DAY_MINUTES)
    assert day_figures(minutes) is None
    minutes.add(fill(1, 0, "9"))
    minutes.add(fill(2, 60, "2"))
    minutes.add(fill(3, DAY_MINUTES * 60, "4"))
    assert day_figures(minutes) == {
        "open": "2", "high": "4", "low": "2", "close": "4",
        "volume": "2", "quoteVolume": "4", "trades": 2, "from": MINUTE_MS,
    }  # fmt: skip


def test_unchanged_candle_shows_the_same_row() -> None:
    candle = Candle.of(0, fill(1, 1))
    row = candle.row("included")
    assert candle.row("included") is row
    assert candle.row("safe")[8] == "safe"
    candle.add(fill(2, 2))
    assert candle.row("safe") is not row


@pytest.mark.parametrize("price", ["0.000000000000000001", "123456789012345678", "0.5"])
def test_stored_candle_is_read_back(price: str) -> None:
    candle = Candle.of(60_000, fill(7, 61, price, 10**70))
    assert Candle.read(candle.stored()) == candle
