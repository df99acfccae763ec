"""What a new watch missed: its logs from `fromBlock` to the head, read without a gap towards the following (F19, F23).

The final part is read by ranges beside the following, as nothing can change there any more. The rest is read by hash
between two steps, from the very headers the follower holds; so its end is the follower's head, to the block.
"""

from __future__ import annotations

from typing import Any

from parlour.core.blocks import Header, Malformed
from parlour.core.logs import Log, Route, Routes
from parlour.core.watches import WatchRecord
from parlour.errors import Invalid, TooLarge
from parlour.runtime import chain_reader as reader
from parlour.runtime.chain_config import ChainConfig
from parlour.runtime.chain_reader import RangeReader
from parlour.runtime.chain_store import Sub
from parlour.runtime.ledger import Ledger
from parlour.runtime.node import Node

_MOST = 10
"""Times `max_backfill_events` that a history may hold; all of it stands in memory while it is read."""


def check_start(config: ChainConfig, head: int, first: int) -> None:
    """Raises Invalid where `fromBlock` lies in the future or too far back."""
    if first > head + 1:
        raise Invalid(f"fromBlock {first} is in the future: the chain is at {head}.", reason="from_block")
    if head - first > config.max_backfill:
        raise Invalid(
            f"fromBlock may lie {config.max_backfill} blocks back at most; the chain is at {head}.", reason="from_block"
        )


async def block_before(node: Node, number: int) -> Header:
    """The anchor of a watch from block `number` on; before genesis there is a block -1 of zeros."""
    if number == 0:
        return Header(-1, "0x" + "00" * 32, "", 0)
    return (await reader.headers_by_number(node, [number - 1]))[0]


def anchored(sub: Sub, anchor: Header) -> Route:
    """Fix the block that the watch's events come after."""
    sub.record = WatchRecord({**sub.record, "from": anchor.ref()})
    return Route(sub.room, sub.record)


async def final_logs(config: ChainConfig, ledger: Ledger, node: Node, route: Route, after: int, upto: int) -> list[Log]:
    """The wanted logs of final blocks with after < number ≤ upto.

    Raises:
        TooLarge: more than anybody would read; a later `fromBlock` helps.
        NodeError, Malformed: the node.
    """
    found: list[Log] = []
    most = _MOST * config.max_backfill_events
    reading = RangeReader(config.range_size).read(
        node, Routes([route]), after + 1, upto, tags=ledger.tagged, depth=config.depth
    )
    async for _, logs in reading:
        found += logs
        if len(found) > most:
            raise TooLarge(f"That history holds more than {most} events; choose a later fromBlock.")
    return found


async def recent_logs(config: ChainConfig, ledger: Ledger, node: Node, route: Route, after: int) -> list[Log]:
    """The wanted logs of our own blocks above `after`, by hash; only between two steps.

    Raises:
        Malformed: the watch's anchor is no longer a block of ours.
        NodeError: the node.
    """
    known = ledger.tracker.at(route.start)
    if known is not None and known.hash != route.anchor:
        raise Malformed(f"block {route.start} changed while the history was read")
    headers = ledger.tracker.headers(max(route.start, after), ledger.tracker.head.number)
    options: dict[str, Any] = {"verify": config.verify, "trust_bloom": config.trust_bloom}
    return await reader.block_logs(node, headers, Routes([route]), **options)
