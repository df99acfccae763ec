"""Chains that run for real over some URLs, and transactions on anvil."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from parlour.adapters.chain.node_rpc import connect
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store import ChainStore
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.clock import SystemClock
from parlour.testing.anvil import AnvilChain, Deployed
from tests.runtime.chain.chain_kit import PING, Rooms, until


class Live:
    """Chains running for real over some URLs."""

    def __init__(
        self, urls: Sequence[str], store: ChainStore | None = None, rooms: Rooms | None = None, **more: Any
    ) -> None:
        self.rooms = rooms or Rooms()
        self.store = store or MemoryChainStore()
        self.config = ChainConfig.read(
            {"chainId": 31337, "urls": list(urls), "pollInterval": 0.3, "callTimeout": 1.0, **more},
            events_per_second=2000.0,
        )
        context = ChainContext(self.store, SystemClock())
        self.chains = Chains([self.config], context, self.rooms.deliver, connect)
        self.chain = self.chains.chain(31337)
        self.follower = self.chain.follower

    async def __aenter__(self) -> Live:
        await self.chains.start()
        await until(lambda: self.follower.state in ("following", "halted"), what=self.follower.reason)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.chains.stop()

    async def watch(self, contract: Deployed, room: str = "r", **more: Any) -> dict[str, Any]:
        request = {"chain": 31337, "address": contract.address, "event": PING, **more}
        return await self.chains.watch(room, request, self.rooms.submit(room))

    async def reaches(self, chain: AnvilChain, timeout: float = 60.0) -> None:
        """Wait until the follower stands on the node's head and everything is delivered."""
        head = (await chain.head())["hash"]
        await until(lambda: self.follower.status()["hash"] == head, timeout, f"at {head}")
        await asyncio.sleep(0.02)
        async with asyncio.timeout(timeout):
            while (await self.store.backlog(31337))[0]:
                await asyncio.sleep(0.01)

    async def agrees(self, chain: AnvilChain, contract: Deployed, room: str = "r", after: int = 0) -> None:
        """What the room believes is what the node has: every canonical log, once."""
        await self.reaches(chain)
        query = {"fromBlock": hex(after + 1), "toBlock": "latest", "address": contract.address}
        logs = await chain.rpc("eth_getLogs", query)
        have = [(b["block"]["hash"], b["logIndex"]) for b in self.rooms.standing(room)]
        assert sorted(have) == sorted((log["blockHash"], int(log["logIndex"], 16)) for log in logs)


def ping(chain: AnvilChain, emitter: Deployed, value: int, sender: int = 0) -> dict[str, Any]:
    data = emitter.encode("ping", [value])
    return {"from": chain.accounts[sender], "to": emitter.address, "data": data, "gas": hex(100_000)}
