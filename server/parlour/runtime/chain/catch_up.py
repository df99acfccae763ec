"""Catching up: a follower far behind finality reads final blocks in ranges instead of one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from parlour.core.chain.blocks import Fork
from parlour.core.chain.logs import Log
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.nodes import reader
from parlour.runtime.nodes.node import Node
from parlour.runtime.nodes.ranges import RangeReader
from parlour.runtime.nodes.reader import ChainView, Finality


@dataclass(frozen=True, slots=True)
class Chunk:
    """One range: the fork to its last block, the wanted logs in it, and the view that ends there."""

    fork: Fork
    logs: list[Log]
    view: ChainView


async def final_chunks(ledger: Ledger, node: Node, upto: int, ranges: RangeReader, depth: int) -> AsyncIterator[Chunk]:
    """Read from the last block shared with the node up to the final block `upto`; yield a chunk per range.

    Each chunk must be committed before the next one is read. Only its last header is kept: following begins there.

    Raises:
        TooDeep: the node shares none of our blocks.
        NodeError, Malformed: the node cannot answer, or contradicts itself.
    """
    ancestor = await reader.shared(node, ledger.tracker)
    finality = Finality(ledger.tagged, depth)
    async for end, logs in ranges.read(node, ledger.routes, ancestor.number + 1, upto, finality):
        last = (await reader.headers_by_number(node, [end]))[0]
        undone = tuple(reversed(ledger.tracker.headers(ancestor.number, ledger.tracker.head.number)))
        yield Chunk(Fork(ancestor, undone, (last,)), logs, ChainView(last, end, end))
        ancestor = last
