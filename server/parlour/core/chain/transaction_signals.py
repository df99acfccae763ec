"""Transactions as signals tell them: those of a new block, and those that wait for one (protocol §5).

A node's answers are read without trust; whole numbers that may be large are decimal strings.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from parlour.core.chain.abi import checksum
from parlour.core.chain.blocks import Malformed, what_is_odd
from parlour.core.chain.quantities import WORD, hex_bytes, quantity

_SELECTOR = 10
"""Characters of a function's selector: `0x` and four bytes."""
_FEES = ("maxFeePerGas", "maxPriorityFeePerGas", "gasPrice")


def transaction_of(raw: Any) -> dict[str, Any]:
    """Return `{hash, from, to, value, selector}` of a node's transaction.

    `to` is null where it makes a contract, `selector` where it calls no function.

    Raises:
        Malformed: it is no transaction.
    """
    try:
        to, data = raw.get("to"), raw.get("input") or raw.get("data") or "0x"
        return {
            "hash": hex_bytes(raw["hash"], 32),
            "from": checksum(raw["from"]),
            "to": None if to is None else checksum(to),
            "value": str(quantity(raw["value"], WORD)),
            "selector": data[:_SELECTOR].lower() if len(data) >= _SELECTOR else None,
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a transaction: {what_is_odd(error)}") from None


def pending_of(chain: int, raw: Any) -> dict[str, Any]:
    """Return the body of `chain.pending`, with the fees that the transaction names; raises Malformed."""
    told = {"chain": chain, **transaction_of(raw)}
    try:
        told |= {"nonce": quantity(raw["nonce"])}
        return told | {key: str(quantity(raw[key], WORD)) for key in _FEES if raw.get(key) is not None}
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"not a pending transaction: {what_is_odd(error)}") from None


@dataclass(frozen=True, slots=True)
class PendingFilter:
    """Which pending transactions somebody wants; each condition that is given must hold.

    Attributes:
        to, senders: accounts, any of them; empty for everybody.
        selector: of the called function, lower-case hex; None for any.
    """

    to: Collection[str] = ()
    senders: Collection[str] = ()
    selector: str | None = None

    @property
    def takes_all(self) -> bool:
        """Whether it leaves nothing out."""
        return not self.to and not self.senders and self.selector is None

    def takes(self, told: dict[str, Any]) -> bool:
        """Return whether a body of `chain.pending` is wanted."""
        return (
            (not self.to or told["to"] in self.to)
            and (not self.senders or told["from"] in self.senders)
            and self.selector in (None, told["selector"])
        )
