"""What events of settled orders say: CoW Protocol's trades and UniswapX's fills (protocol §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parlour.core.chain.room_news import place_of

KEPT = 500
"""Orders whose filled amounts a room keeps: the newest."""


def read_fill(venue: str, event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the body of `market.fill` or `wallet.fill`, still without `partial`; None for what could not be decoded.

    UniswapX's event names neither tokens nor amounts: its `sell` and `buy` are null.
    """
    args = event.get("args")
    if args is None:
        return None
    if venue == "cow":
        told = {
            "order": args["orderUid"],
            "owner": args["owner"],
            "sell": {"token": args["sellToken"], "amount": args["sellAmount"]},
            "buy": {"token": args["buyToken"], "amount": args["buyAmount"]},
            "fee": args["feeAmount"],
        }
    else:
        told = {
            "order": args["orderHash"],
            "owner": args["swapper"],
            "filler": args["filler"],
            "sell": None,
            "buy": None,
        }
    return {"venue": venue, **told, **place_of(event)}


@dataclass(slots=True)
class Filled:
    """How much of each order was filled so far, of the newest orders.

    Attributes:
        orders: order id → `{sell, buy, fills}`; amounts are raw sums, or null where the venue names none.
    """

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def known(self, order: str) -> bool:
        """Return whether the order was filled in part before."""
        return order in self.orders

    def apply(self, fill: Mapping[str, Any]) -> None:
        """Add one fill."""
        before = self.orders.pop(fill["order"], {"sell": "0", "buy": "0", "fills": 0})
        sums = {side: _plus(before[side], fill[side]) for side in ("sell", "buy")}
        self.orders = {**self.orders, fill["order"]: {**sums, "fills": before["fills"] + 1}}
        if len(self.orders) > KEPT:
            del self.orders[next(iter(self.orders))]


def _plus(total: str | None, leg: Mapping[str, Any] | None) -> str | None:
    return None if total is None or leg is None else str(int(total) + int(leg["amount"]))
