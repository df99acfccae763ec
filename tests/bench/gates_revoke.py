"""Measures gates and tracked transactions: how soon a right ends, what many gated rooms and many tracks cost.

A whole server in this process on SQLite. Revocations run over an anvil that mines at once and pushes its heads; the
counts of calls and the cost of tracks over a simulated chain.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Any

from parlour.app import Server
from parlour.core.room import Join
from parlour.runtime.chain.store import Sub
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.runtime.rooms.registry import answer_of
from parlour.runtime.tracking.transaction_set import Tracked
from parlour.testing.anvil import AnvilChain
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import SimChain
from parlour.testing.simpool import SimPool
from parlour.testing.simtoken import SimMulticall, SimToken
from tests.bench.rooms_hear import OWNER, _serving
from tests.gate_contracts import CONTRACTS, place_multicall


class Ear:
    """A connection that notes when it is put out of a room."""

    def __init__(self, account: str) -> None:
        self.id, self.account, self.rank = f"ear-{account}", account, 0
        self.removed_at = 0.0

    def write(self, frame: Any, *, volatile: bool = False) -> None:
        if not self.removed_at and b"room:removed" in frame.text:
            self.removed_at = time.perf_counter()

    def close(self, reason: str, *, reconnect: bool = False) -> None:
        pass


def person(number: int) -> str:
    """The address of a member; digits alone are spelled alike everywhere."""
    return "0x" + f"{number + 10**9:040d}"


async def _join(server: Server, room: str, account: str) -> Ear:
    ear = Ear(account)
    request = RoomRequest(Join(author=account), connection=ear)  # type: ignore[arg-type]
    await answer_of(request, lambda asked: server.parts.sockets.rooms.submit(room, asked))
    return ear


async def _following(server: Server, chain: int, height: int) -> None:
    while (server.parts.chain.chains.chain(chain).follower.status()["processed"] or -1) < height:
        await asyncio.sleep(0.01)


async def revocations(members: int = 1000, samples: int = 200) -> tuple[float, float, float]:
    """Measure from a mined transfer to `room:removed` at its sender: p50 and p99 in ms; then of many at once, in s."""
    async with AnvilChain(extra=["--gas-limit", "1000000000"]) as node:
        coin = await node.deploy(CONTRACTS["Coin"])
        await place_multicall(node)
        await node.rpc("evm_setAutomine", False)
        for n in range(members):
            await node.transact(coin, "mint", person(n), 1, wait=False)
        await node.mine()
        await node.rpc("evm_setAutomine", True)
        async with _serving([{"chainId": node.chain_id, "urls": [node.ws_url]}]) as server:
            await _following(server, node.chain_id, await node.height())
            gate = {"chain": node.chain_id, "token": coin.address, "standard": "erc20"}
            await server.parts.sockets.rooms.create(Caller(OWNER), NewRoom("chat", "gated", gate=gate))
            ears = await asyncio.gather(*(_join(server, "gated", person(n)) for n in range(members)))

            async def sell(number: int) -> float:
                await node.transact(coin, "burn", person(number), 1, wait=False)
                return time.perf_counter()

            took = []
            for n in range(samples):
                await asyncio.sleep(0.05)
                sold = await sell(n)
                while not ears[n].removed_at:
                    await asyncio.sleep(0.0005)
                took.append(max(0.0, ears[n].removed_at - sold))
            await node.rpc("evm_setAutomine", False)
            half = range(samples, samples + (members - samples) // 2)
            for n in half:
                await sell(n)
            start = time.perf_counter()
            await node.mine()
            while not all(ears[n].removed_at for n in half):
                await asyncio.sleep(0.001)
            cuts = statistics.quantiles(took, n=100)
            return cuts[49] * 1000, cuts[98] * 1000, max(ears[n].removed_at for n in half) - start


async def calls_per_block(rooms: int = 10_000, blocks: int = 20, sales: int = 50) -> tuple[float, float]:
    """Count `eth_call`s a block, with one member in each of many rooms gated on one token; and CPU ms a block."""
    chain = SimChain(7)
    token, _ = SimToken(chain), SimMulticall(chain)
    node = FakeNode(chain, timeout=60.0)
    for start in range(0, rooms, 500):
        chain.mine([token.mint(person(n), 1) for n in range(start, min(rooms, start + 500))])
    one = {"chainId": 7, "urls": ["http://sim.invalid"], "pollInterval": 3600}
    async with _serving([one], lambda url: node) as server:
        follower = server.parts.chain.chains.chain(7).follower
        await _following(server, 7, chain.height)
        gate = {"chain": 7, "token": token.address, "standard": "erc20"}
        for n in range(rooms):
            await server.parts.rooms.registry.create(OWNER, NewRoom("chat", f"g{n}", gate=gate), limited=False)
            await _join(server, f"g{n}", person(n))
        chain.mine()
        follower.wake()
        await _following(server, 7, chain.height)
        await asyncio.sleep(1.0)
        before, cpu = _calls(node), time.process_time()
        for block in range(blocks):
            chain.mine([token.transfer(person(n), OWNER, 1) for n in range(block * sales, block * sales + sales)])
            follower.wake()
            await _following(server, 7, chain.height)
            await asyncio.sleep(0.2)
        return (_calls(node) - before) / blocks, (time.process_time() - cpu) / blocks * 1000


def _calls(node: FakeNode) -> int:
    return sum(method == "eth_call" for method, _ in node.faults.calls)


async def tracking_share(tracks: int = 10_000, blocks: int = 50, transactions: int = 200) -> tuple[float, float]:
    """Measure the share of a core that open tracks take at blocks of one second: of the steps, and of the polls."""
    chain = SimChain(7)
    pool, node = SimPool(chain), FakeNode(chain, timeout=60.0)
    chain.mine()
    one = {"chainId": 7, "urls": ["http://sim.invalid"], "pollInterval": 3600}
    async with _serving([one], lambda url: node) as server:
        parts = server.parts.chain
        await _following(server, 7, chain.height)
        tracker, follower = parts.tracking.trackers[7], parts.chains.chain(7).follower
        base = await _cpu_of_blocks(server, chain, blocks, transactions)
        for n in range(tracks):
            tx = pool.send(person(n))
            record = {"id": f"t{n}", "of": 1, "chain": 7, "hash": tx.hash}
            tracked = Tracked.of_sub(Sub(f"t{n}", "nowhere", 7, record, "active", kind="track"))
            tracked.status = "pending"
            tracker.all.add(tracked)
        with_tracks = await _cpu_of_blocks(server, chain, blocks, transactions)
        cpu = time.process_time()
        await parts.tracking.polls[7].poll()
        poll = (time.process_time() - cpu) / 15
        assert follower.state == "following"
        return max(0.0, with_tracks - base) * 100, poll * 100


async def _cpu_of_blocks(server: Server, chain: SimChain, blocks: int, transactions: int) -> float:
    """Return the CPU seconds of following one block."""
    cpu = time.process_time()
    for _ in range(blocks):
        chain.mine([chain.tx() for _ in range(transactions)])
        server.parts.chain.chains.chain(7).follower.wake()
        await _following(server, 7, chain.height)
    return (time.process_time() - cpu) / blocks


def lines() -> Sequence[str]:
    """Measure everything and write a line on each figure."""
    p50, p99, half = asyncio.run(revocations())
    calls, cpu = asyncio.run(calls_per_block())
    steps, polls = asyncio.run(tracking_share())
    return [
        f"gate: mined transfer → room:removed, 1,000 members: p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
        f"400 in one block {half:.2f} s",
        f"gate: 10,000 rooms on one token, 50 sales a block: {calls:.2f} calls and {cpu:.0f} ms of CPU a block",
        f"10,000 tracked transactions, blocks of 200 at 1 s: {steps:.2f} % of a core for blocks, "
        f"{polls:.2f} % for polls",
    ]


if __name__ == "__main__":
    print("\n".join(lines()))
