"""What a request for a watch comes to: the kind of its subscription, and what an endpoint must begin to tell of."""

from __future__ import annotations

from parlour.core.chain.solana import KIND as SOLANA
from parlour.core.chain.solana import SUBSCRIBE, addresses_in
from parlour.core.chain.watches import WatchRecord
from parlour.runtime.nodes.node import Node

OWN_WORDS = ("for", "before")
"""Words of a watch that a kind makes for itself: what it uses the events for, and an event to read along."""
_LISTENED = ("blocks", "balance")
"""Words of a record that a listener serves, and the kinds of their subscriptions (runtime/blocks)."""


def kind_of(chain: str, record: WatchRecord, hook: bool) -> str:
    """Return the kind of a watch's subscription.

    Args:
        chain: the kind of its chain.
        hook: rules of the room rest on it.
    """
    kind = SOLANA if chain == SOLANA else "hook" if hook else "watch"
    return next((word for word in _LISTENED if word in record), kind)


def asked_in(record: WatchRecord) -> WatchRecord:
    """Return the request of a stored watch: its record without the name and anchor it was given."""
    return {word: value for word, value in record.items() if word not in ("id", "from", "fromBlock")}


async def hear(node: Node, record: WatchRecord) -> None:
    """Let the endpoint of a Solana cluster tell of a watch's addresses from now on; raises NodeError."""
    if "event" in record:
        await node.call(SUBSCRIBE, [record["event"], addresses_in(record)])
