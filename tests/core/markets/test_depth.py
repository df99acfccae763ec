"""Depth: what a pool's curve gives, compared with stepping through it by the pool's own formulas."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.markets.depth import Liquidity, book, of_reserves, reach, root_at, tick_at
from parlour.core.markets.prices import Scale

PLAIN, INVERTED = Scale(False, 0, 0), Scale(True, 0, 0)
E18 = 10**18


def total(levels: list[list[str]]) -> int:
    return sum(int(amount) for _, amount in levels)


@given(st.integers(10**12, 10**30), st.integers(10**12, 10**30), st.integers(1, 1000), st.integers(1, 50))
@settings(max_examples=100)
def test_v2_pool_gives_what_its_product_keeps(x: int, y: int, within: int, levels: int) -> None:
    sides = book(of_reserves(x, y), PLAIN, within, levels)
    moved = Fraction(10_000 + within, 10_000)
    given_out = x - isqrt(int(x * x / moved))
    assert abs(total(sides["asks"]) - given_out) <= given_out // 10**6 + levels + 2
    assert len(sides["bids"]) == levels
    assert float(sides["asks"][-1][0]) > float(sides["asks"][0][0]) or levels == 1


def test_inverted_base_swaps_the_sides() -> None:
    sides = book(of_reserves(1000 * E18, 2000 * E18), INVERTED, 100, 1)
    (ask, bid) = sides["asks"][0], sides["bids"][0]
    assert abs(Fraction(ask[0]) - Fraction("0.505")) < Fraction(1, 10**9)
    assert abs(Fraction(bid[0]) - Fraction("0.495")) < Fraction(1, 10**9)
    assert 9 * E18 < int(ask[1]) < 10 * E18


def test_roots_of_ticks_are_uniswaps() -> None:
    """Compared with TickMath's own results (Uniswap v3-core, TickMath.spec.ts)."""
    assert root_at(0) == 1 << 96
    assert abs(root_at(-887_272) - 4_295_128_739) <= 1
    highest = 1461446703485210103287273052203988822378723970342
    assert abs(root_at(887_272) - highest) * 10**9 < highest


@given(st.integers(-800_000, 800_000))
def test_tick_of_a_root_is_near(tick: int) -> None:
    assert abs(tick_at(root_at(tick)) - tick) <= 1


def test_liquidity_ends_where_its_ticks_do() -> None:
    pool = Liquidity(1 << 96, E18, {-50: E18, 50: -E18})
    near, far = book(pool, PLAIN, 49, 1), book(pool, PLAIN, 1000, 10)
    assert 0 < total(near["asks"]) < total(far["asks"])
    whole = (E18 << 96) * (root_at(50) - (1 << 96)) // (root_at(50) << 96)
    assert abs(total(far["asks"]) - whole) <= 2
    assert int(far["asks"][-1][1]) == 0
    assert int(far["bids"][-1][1]) == 0


@given(
    st.dictionaries(st.integers(-30, 30).map(lambda n: n * 10), st.integers(-E18, E18), max_size=12),
    st.integers(1, 300),
    st.booleans(),
)
@settings(max_examples=100)
def test_levels_add_up_to_one_level(net: dict[int, int], within: int, inverted: bool) -> None:
    pool = Liquidity(root_at(5), 100 * E18, net)
    scale = INVERTED if inverted else PLAIN
    one, many = book(pool, scale, within, 1), book(pool, scale, within, 20)
    for side in ("bids", "asks"):
        assert abs(total(one[side]) - total(many[side])) <= 20 * 20


def test_reach_covers_the_prices_asked_for() -> None:
    low, high = reach(root_at(1000), 1000)
    assert low <= 1000 - 1053
    assert high >= 1000 + 953
