"""The entries of a market: `market.trade`, and `market.odd` for a swap that is none (protocol §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parlour.core.chain.room_news import place_of
from parlour.core.markets.prices import Scale, price_of
from parlour.core.markets.swaps import Swap, is_odd, pool_price, read_swap

Body = dict[str, Any]
_RAW = ("topics", "data", "bytes", "odd")
"""Keys of a chain event that could not be decoded."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What reading a pool's swaps takes.

    Attributes:
        type: one of `pools.POOL_TYPES`.
        address: who holds the pool's tokens: its contract, or the PoolManager of v4.
        scale: how its amounts become a price of base in quote.
    """

    type: str
    address: str
    scale: Scale


def swap_entry(pool: Pool, event: Mapping[str, Any], trade: int) -> tuple[str, Body]:
    """Return the type and the body of the entry that a pool's `chain.event` becomes.

    Args:
        event: its body, with `before` where the event before it was read along.
        trade: the id it gets if it is a trade.
    """
    place = place_of(event)
    args = event.get("args")
    if args is None:
        return "market.odd", {"reason": "undecodable", **{k: event[k] for k in _RAW if k in event}, **place}
    swap = read_swap(pool.type, args, event.get("before"))
    if is_odd(swap):
        return "market.odd", {"reason": "amounts", "amounts": [str(swap.net0), str(swap.net1)], **place}
    return "market.trade", {"id": trade, **_trade(pool, swap), **place}


def _trade(pool: Pool, swap: Swap) -> Body:
    base, quote = (swap.net1, swap.net0) if pool.scale.inverted else (swap.net0, swap.net1)
    after = pool_price(swap, pool.scale)
    return {
        "price": price_of(abs(quote), abs(base), pool.scale),
        **({} if after is None else {"after": after}),
        "amount": str(abs(base)),
        "quote": str(abs(quote)),
        "side": "buy" if base < 0 else "sell",
        "maker": pool.address,
        "taker": swap.taker,
        "sender": swap.sender,
    }
