"""A Node without a network: answers from a SimChain, through faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from parlour.runtime.nodes.node import Call, Disconnected, NodeError, RateLimited, read_error
from parlour.testing.faults import Fault, Faults
from parlour.testing.simchain import SimChain


class FakeNode:
    """Implements `runtime.nodes.node.Node` over a SimChain.

    Attributes:
        chain: may be exchanged for another one (chain.md F15, another chain behind the URL).
        faults: what is wrong with the node.
        down: whether it refuses connections.
    """

    def __init__(self, chain: SimChain, faults: Faults | None = None, name: str = "sim", timeout: float = 0.2) -> None:
        self.chain = chain
        self.faults = faults or Faults()
        self.name = name
        self.down = False
        self._timeout = timeout

    async def _ask(self, method: str, params: list[Any]) -> Any:
        return self.chain.rpc(method, params)

    async def _one(self, method: str, params: list[Any]) -> Any:
        try:
            async with asyncio.timeout(self._timeout):
                return await self.faults.answer(self._ask, method, params)
        except TimeoutError:
            return Disconnected("no answer")
        except Fault as fault:
            if fault.status == 429:
                return RateLimited("429 Too Many Requests", fault.retry_after)
            return read_error({"code": fault.code, "message": fault.message}, method)

    async def call(self, method: str, params: list[Any]) -> Any:
        return (await self._checked([(method, params)]))[0]

    async def _checked(self, calls: Sequence[Call]) -> list[Any]:
        results = await self.batch(calls)
        for result in results:
            if isinstance(result, NodeError):
                raise result
        return results

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        if self.down:
            raise Disconnected("refused")
        results = [await self._one(*call) for call in calls]
        for result in results:
            if isinstance(result, Disconnected | RateLimited):
                raise result
        return results

    def limit(self, *, max_batch: int, call_timeout: float) -> None:
        """A simulated node takes any batch, and answers at once."""

    async def follow_heads(self, on_head: Callable[[dict[str, Any]], None]) -> None:
        if self.down:
            raise Disconnected("refused")
        closed = asyncio.Event()

        def push(head: dict[str, Any]) -> None:
            for shown in self.faults.heads(head):
                on_head(shown)
            if self.faults.closes():
                closed.set()

        self.chain.listeners.append(push)
        try:
            on_head({})
            await closed.wait()
        finally:
            self.chain.listeners.remove(push)
        raise Disconnected("closed")

    async def follow_pending(self, on_pending: Callable[[Any], None]) -> None:
        if self.down:
            raise Disconnected("refused")
        self.chain.pending_listeners.append(on_pending)
        try:
            await asyncio.Event().wait()
        finally:
            self.chain.pending_listeners.remove(on_pending)

    async def close(self) -> None:
        pass
