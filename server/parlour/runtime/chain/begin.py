"""The first start of a chain: its follower begins at the current head."""

from __future__ import annotations

from parlour.runtime.chain import reader
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.node import Node
from parlour.runtime.chain.reader import Finality
from parlour.runtime.chain.store import Cursor, Kept


async def read_beginning(config: ChainConfig, node: Node, finality: Finality) -> Kept:
    """Read the head and the headers below it that a reorganisation may replace.

    Raises:
        ForeignChain: the node serves another chain id.
        NodeError, Malformed: the node cannot answer.
    """
    genesis = await reader.identify(node, config.chain_id, "")
    view = await reader.read_chain_view(node, finality)
    lowest = max(view.finalized, view.head.number - config.max_reorg, 0)
    headers = await reader.headers_below(node, lowest, view.head)
    cursor = Cursor(
        config.chain_id, genesis, view.head.number, view.head.hash,
        safe=view.safe, finalized=view.finalized, audited=view.finalized,
    )  # fmt: skip
    return Kept(cursor, headers, [])
