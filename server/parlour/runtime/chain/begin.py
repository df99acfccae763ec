"""Where a follower begins: at what is stored of its chain, or, the first time, at the current head."""

from __future__ import annotations

from parlour.core.chain.routes import Routes
from parlour.core.chain.taps import Taps
from parlour.runtime.chain.backlogs import Backlogs
from parlour.runtime.chain.config import DEV_CHAINS, ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.halts import Halted
from parlour.runtime.chain.ledger import Ledger, LedgerParts
from parlour.runtime.chain.step_listener import StepListeners
from parlour.runtime.chain.store import Cursor, Kept, Step
from parlour.runtime.nodes import reader
from parlour.runtime.nodes.endpoints import Endpoint
from parlour.runtime.nodes.node import Node
from parlour.runtime.nodes.reader import Finality


class Beginning:
    """Makes the ledger of a follower, and checks that an endpoint serves its chain.

    Attributes:
        finality: how final blocks are found on this chain; `auto` settles when the client says who it is.
    """

    def __init__(
        self, config: ChainConfig, context: ChainContext, listeners: StepListeners, taps: Taps, backlogs: Backlogs
    ) -> None:
        self._config, self._store, self._kinds = config, context.store, context.routes
        self._listeners, self._taps, self._backlogs = listeners, taps, backlogs
        doubts = config.finality == "auto" and config.chain_id in DEV_CHAINS
        self.finality = Finality(config.finality != "depth", config.depth, doubts)

    async def load(self, endpoint: Endpoint, fence: int) -> Ledger:
        """Load what is stored, or begin at the node's head.

        Raises:
            Halted: an operator must decide first.
            ForeignChain: the node serves another chain.
            NodeError, Malformed, StoreError: the node or the store cannot answer.
        """
        kept = await self._store.load(self._config.chain_id)
        if kept is not None and kept.cursor.halted:
            raise Halted(kept.cursor.halted)
        await self.verify(endpoint, kept.cursor.genesis if kept else "")
        if kept is None:
            kept = await read_beginning(self._config, endpoint.node, self.finality)
            await self._store.commit(Step(kept.cursor, fence, None, headers=kept.headers))
        return await self.build(kept, fence)

    async def verify(self, endpoint: Endpoint, genesis: str) -> None:
        """Check once per connection that the node serves this chain, and whether its word on finality counts."""
        if endpoint.verified:
            return
        await reader.identify(endpoint.node, self._config.chain_id, genesis)
        if self._config.finality == "auto" and await reader.is_dev_client(endpoint.node):
            self.finality = Finality(tags=False, depth=self._config.depth)
        endpoint.verified = True

    async def build(self, kept: Kept, fence: int) -> Ledger:
        """Return the ledger of what is stored, and let the listeners begin there."""
        subs = await self._store.subs(self._config.chain_id)
        routed = [self._kinds.make(s) for s in subs if s.state != "new" and self._kinds.has(s)]
        self._listeners.load(kept.cursor, subs)
        return Ledger(self._config, self._store, kept, LedgerParts(Routes(routed, self._taps), self._backlogs, fence))


async def read_beginning(config: ChainConfig, node: Node, finality: Finality) -> Kept:
    """Read the head of a node that serves the chain, and the headers below it that a reorganisation may replace.

    Raises:
        NodeError, Malformed: the node cannot answer.
    """
    genesis = (await reader.headers_by_number(node, [0]))[0].hash
    view = await reader.read_chain_view(node, finality)
    lowest = max(view.finalized, view.head.number - config.max_reorg, 0)
    headers = await reader.headers_below(node, lowest, view.head)
    cursor = Cursor(
        config.chain_id, genesis, view.head.number, view.head.hash,
        safe=view.safe, finalized=view.finalized, audited=view.finalized,
    )  # fmt: skip
    return Kept(cursor, headers, [])
