"""Decides when a chain halts: when every endpoint contradicts the chain that is stored."""

from __future__ import annotations

from parlour.core.chain.blocks import Malformed, TooDeep
from parlour.runtime.nodes.endpoints import Endpoint, Endpoints
from parlour.runtime.nodes.node import NodeError
from parlour.runtime.nodes.reader import ForeignChain, identify

_SILENT_FAILURES = 3
"""Failures in a row from which an endpoint's silence no longer keeps the chain from halting."""


class Halted(Exception):
    """The chain is not followed until an operator decides; the message says why."""


class Reset(Exception):
    """The chain began anew, or took back final blocks; `endpoint` shows it as it is now."""

    def __init__(self, message: str, endpoint: Endpoint) -> None:
        super().__init__(message)
        self.endpoint = endpoint


class HaltCheck:
    """Remembers which endpoints contradict the stored chain: by a fork below finality, or with another chain.

    Args:
        rewinds: another history of the same chain is a reset, and no reason to halt.
    """

    def __init__(self, chain: int, endpoints: Endpoints, *, rewinds: bool) -> None:
        self._chain, self._endpoints, self._rewinds = chain, endpoints, rewinds
        self._contradicting: set[int] = set()

    def clear(self) -> None:
        """Forget all contradictions: an endpoint shows the stored chain, or an operator says so."""
        self._contradicting.clear()

    async def contradicted(self, endpoint: Endpoint, error: TooDeep | ForeignChain, genesis: str) -> None:
        """Note that the endpoint contradicts the stored chain; do something if no endpoint is left that may show it.

        Args:
            genesis: the hash of our block 0; empty where it is not known.

        Raises:
            Halted, Reset: no other endpoint may still show our chain.
        """
        self._contradicting.add(id(endpoint))
        others = (e for e in self._endpoints.all if id(e) not in self._contradicting)
        if any(e.failures < _SILENT_FAILURES for e in others):
            return
        if isinstance(error, TooDeep):
            error = await self._foreign(endpoint, genesis) or error
        if self._rewinds and not (isinstance(error, ForeignChain) and error.other_id):
            raise Reset(str(error), endpoint)
        raise Halted(str(error))

    async def _foreign(self, endpoint: Endpoint, genesis: str) -> ForeignChain | None:
        """Return why the endpoint serves another chain, which looks like a deep fork (chain.md F15), or None."""
        try:
            await identify(endpoint.node, self._chain, genesis)
        except ForeignChain as foreign:
            return foreign
        except (NodeError, Malformed):
            pass
        return None
