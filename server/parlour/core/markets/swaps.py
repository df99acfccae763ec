"""What a swap's event says, as whole numbers: how much of each token the pool got or gave, and its price afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from parlour.core.markets.prices import Scale, price_of_reserves, price_of_root

Args = Mapping[str, Any]
"""An event's arguments as `chain.event` holds them: whole numbers are decimal strings."""


class Swap(NamedTuple):
    """One swap, from the pool's side.

    Attributes:
        net0, net1: raw amounts of token0 and token1 that the pool got; below 0 it gave them.
        sender: who called the pool, mostly a router.
        taker: who got what the pool gave, as far as the event says.
        root: the pool's `sqrtPriceX96` afterwards, or 0.
        reserves: the pool's reserves afterwards, or (0, 0).
    """

    net0: int
    net1: int
    sender: str
    taker: str
    root: int = 0
    reserves: tuple[int, int] = (0, 0)


def read_swap(type_: str, args: Args, before: Args | None = None) -> Swap:
    """Read a swap of a pool of that type (pools.POOL_TYPES).

    Args:
        before: arguments of the event directly before it: the reserves of a v2 pool.
    """
    if type_ == "uniswap-v2":
        net0 = int(args["amount0In"]) - int(args["amount0Out"])
        net1 = int(args["amount1In"]) - int(args["amount1Out"])
        held = (int(before["reserve0"]), int(before["reserve1"])) if before else (0, 0)
        return Swap(net0, net1, args["sender"], args["to"], reserves=held)
    net0, net1, root = int(args["amount0"]), int(args["amount1"]), int(args["sqrtPriceX96"])
    if type_ == "uniswap-v4":
        return Swap(-net0, -net1, args["sender"], args["sender"], root)
    return Swap(net0, net1, args["sender"], args["recipient"], root)


def is_odd(swap: Swap) -> bool:
    """Return whether a swap is no trade: the pool gave and got nothing, or only one of the two."""
    return swap.net0 == 0 or swap.net1 == 0 or (swap.net0 > 0) == (swap.net1 > 0)


def pool_price(swap: Swap, scale: Scale) -> str | None:
    """Return the pool's price after a swap, or None where the event does not say."""
    if swap.root > 0:
        return price_of_root(swap.root, scale)
    if all(swap.reserves):
        return price_of_reserves(*swap.reserves, scale)
    return None
