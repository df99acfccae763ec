"""An AMM's depth: how much of the base a pool sells and buys up to each price, from its liquidity (whitepapers v2, v3).

A v2 pool is the v3 case of one liquidity at every price. Fees are left out: a taker pays the pool's fee beside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

from parlour.core.markets.prices import Scale, price_of_root

MAX_WITHIN_BPS = 1000
"""Ten percent: a pool's liquidity farther off is seldom met, and each further tick is a call."""
MAX_LEVELS = 50
_BPS = 10_000
_Q96 = 1 << 96
_DIGITS = 60
"""Digits of a tick's price: 20 more than a root with 96 binary places has."""
MIN_TICK, MAX_TICK = -887_272, 887_272
"""Ends of the prices of v3: 1.0001^tick."""


@dataclass(frozen=True, slots=True)
class Liquidity:
    """A pool's liquidity around its price, at one block.

    Attributes:
        root: its `sqrtPriceX96`.
        here: liquidity in range at that price.
        net: tick → what is added when the price rises through it, of every initialized tick within reach.
    """

    root: int
    here: int
    net: Mapping[int, int]


def of_reserves(reserve0: int, reserve1: int) -> Liquidity:
    """Return a v2 pool's liquidity; both reserves above 0."""
    return Liquidity(math.isqrt((reserve1 << 192) // reserve0), math.isqrt(reserve0 * reserve1), {})


@lru_cache(maxsize=8192)
def root_at(tick: int) -> int:
    """Return `sqrtPriceX96` of a tick: √(1.0001^tick) · 2⁹⁶."""
    with localcontext() as context:
        context.prec = _DIGITS
        return int((Decimal("1.0001") ** tick).sqrt() * _Q96)


def tick_at(root: int) -> int:
    """Return the tick at or below a root, give or take one."""
    return math.floor(2 * math.log(root / _Q96) / math.log(1.0001))


def reach(root: int, within: int) -> tuple[int, int]:
    """Return the lowest and highest tick that prices within so many basis points touch."""
    low, high = _moved(root, -within, 1), _moved(root, within, 1)
    return max(MIN_TICK, tick_at(low) - 1), min(MAX_TICK, tick_at(high) + 1)


def _moved(root: int, bps: int, parts: int) -> int:
    """Return the root at a price that is `bps / parts` basis points higher."""
    whole = _BPS * parts
    return math.isqrt(root * root * (whole + bps) // whole)


def _moved_down(root: int, bps: int, parts: int) -> int:
    """Return the root at which the inverse price is `bps / parts` basis points higher."""
    whole = _BPS * parts
    return math.isqrt(root * root * whole // (whole + bps))


def book(pool: Liquidity, scale: Scale, within: int, levels: int) -> dict[str, list[list[str]]]:
    """Return `{bids, asks}`: `[price, amount]` from the pool's price outwards, amounts of base, raw.

    A level's price is its far end: whoever takes all levels up to it moves the pool there.

    Args:
        within: basis points from the pool's price to the last level.
        levels: how many levels each side has.
    """
    sides: dict[str, list[list[str]]] = {"bids": [], "asks": []}
    for name, sign in (("bids", -1), ("asks", 1)):
        before = pool.root
        for level in range(1, levels + 1):
            move = _moved_down if scale.inverted else _moved
            root = max(1, move(pool.root, sign * within * level, levels))
            amount = _base_between(pool, scale, *sorted((before, root)))
            sides[name].append([price_of_root(root, scale), str(amount)])
            before = root
    return sides


def _base_between(pool: Liquidity, scale: Scale, low: int, high: int) -> int:
    """Return how much base the pool holds between two roots."""
    total = 0
    for begin, end, liquidity in _ranges(pool, low, high):
        if scale.inverted:
            total += liquidity * (end - begin) >> 96
        else:
            total += (liquidity << 96) * (end - begin) // (begin * end)
    return total


def _ranges(pool: Liquidity, low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(low, high, liquidity)` of the ranges between two roots on one side of the pool's price."""
    up = low >= pool.root
    ticks = sorted(pool.net, reverse=not up)
    liquidity, at = pool.here, pool.root
    for tick in ticks:
        edge = root_at(tick)
        if (edge <= pool.root) if up else (edge > pool.root):
            continue
        begin, end = sorted((at, edge))
        if (found := (max(begin, low), min(end, high)))[0] < found[1]:
            yield (*found, max(0, liquidity))
        liquidity += pool.net[tick] if up else -pool.net[tick]
        at = edge
    begin, end = (max(at, low), high) if up else (low, min(at, high))
    if begin < end:
        yield begin, end, max(0, liquidity)


def depth_answer(pool: Liquidity, scale: Scale, within: int, levels: int, block: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of `market:depth`: `{bids, asks, block}`."""
    return {**book(pool, scale, within, levels), "block": block}
