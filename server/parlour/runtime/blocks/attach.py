"""Makes every chain tell its blocks, their transactions, and balances."""

from __future__ import annotations

from parlour.runtime.blocks.balance_watches import BalanceWatches
from parlour.runtime.blocks.block_watches import BlockWatches
from parlour.runtime.blocks.full_blocks import FullBlocks, Tell
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.context import ChainContext


def listen_to_blocks(chains: Chains, context: ChainContext, tell: Tell) -> None:
    """Add the listeners for blocks, their transactions and balances to each chain, before it is started.

    Args:
        tell: sends a signal to the room of a chain.
    """
    for chain in chains:
        shared = (chain.config.chain_id, context.store, context.clock)
        full = FullBlocks(chain.config.chain_id, tell) if chain.config.full_blocks else None
        if full is not None:
            chain.follower.listeners.add(full)
        chain.listen(BlockWatches(*shared))
        chain.listen(BalanceWatches(chain.follower.taps, full, *shared))
