"""Measures how soon and at which cost many rooms hear one event of a contract that they all watch.

A whole server in this process, on SQLite with its usual durability, over a simulated chain: no node and no network.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parlour.app import Server
from parlour.runtime.chain.chains import Connect
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.settings import Settings
from parlour.testing.anvil import AnvilChain
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import CONTRACT, PING, SimChain

DATA = Path(__file__).parent.parent / "data"
OWNER = "0x" + "ab" * 20


@dataclass(frozen=True, slots=True)
class Hearing:
    """Of one event in many rooms.

    Attributes:
        first_s, last_s: seconds from the mined block to the first and to the last room's stored entry, medians.
        cpu_ms: milliseconds of CPU of the whole process for each room.
        stall_ms: the longest that the event loop computed without serving others, in CPU time of its thread (which
            another process on a shared machine does not lengthen), worst of all runs.
    """

    first_s: float
    last_s: float
    cpu_ms: float
    stall_ms: float


@asynccontextmanager
async def _serving(chains: list[dict[str, Any]], connect: Connect | None = None) -> AsyncIterator[Server]:
    """A server in this process over these chains."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{folder}/bench.db", port=0, host="127.0.0.1", chains=chains,
            rooms_owned=100_000, log_level="error",
        )  # fmt: skip
        server = await Server.build(settings, None, connect)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


async def hear_one_event(rooms: int = 1000, runs: int = 7) -> Hearing:
    """Let rooms watch one contract, then mine one event a few times."""
    chain = SimChain(7)
    one = {"chainId": 7, "urls": ["http://sim.invalid"], "pollInterval": 3600}
    async with _serving([one], lambda url: FakeNode(chain, timeout=60.0)) as server:
        return await _measured(server, chain, rooms, runs)


async def large_block(logs: int = 20_000) -> tuple[float, float]:
    """Measure a block of many watched logs, read from anvil: seconds until it is stored, and the longest stall in ms.

    The room takes them at its usual rate; what is measured is what the block does to everybody else.
    """
    async with AnvilChain(extra=["--gas-limit", "4000000000"]) as node:
        contract = await node.deploy(json.loads((DATA / "contracts" / "Emitter.json").read_text()))
        async with _serving([{"chainId": node.chain_id, "urls": [node.url], "pollInterval": 3600}]) as server:
            parts = server.parts
            follower = parts.chain.chains.chain(node.chain_id).follower
            await _watching(server, node.chain_id, contract.address, 1)
            await node.rpc("evm_setAutomine", False)
            for n in range(0, logs, 250):
                await node.transact(contract, "burst", n, 250, wait=False)
            await node.mine()
            head, stall = await node.height(), Stall()
            stall.begin()
            start = time.perf_counter()
            follower.wake()
            while follower.status()["processed"] != head:
                await asyncio.sleep(0.01)
            took = time.perf_counter() - start
            await asyncio.sleep(1.0)
            return took, await stall.end()


class Stall:
    """The longest that the event loop computes without serving others, in CPU milliseconds of its thread."""

    def __init__(self) -> None:
        self._longest, self._ended = 0.0, False

    def begin(self) -> None:
        """Measure until `end`."""
        self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while not self._ended:
            at = time.thread_time()
            await asyncio.sleep(0)
            self._longest = max(self._longest, time.thread_time() - at)
            await asyncio.sleep(0.001)

    async def end(self) -> float:
        """Stop, and return the longest stall."""
        self._ended = True
        await self._beating
        return self._longest * 1000


async def _watching(server: Server, chain: int, address: str, rooms: int) -> None:
    parts = server.parts
    while parts.chain.chains.chain(chain).follower.state != "following":
        await asyncio.sleep(0.01)
    for n in range(rooms):
        await parts.rooms.registry.create(OWNER, NewRoom("chat", f"bench-{n}"), limited=False)
        watch = {"chain": chain, "address": address, "event": PING}
        await parts.chain.watching.watch(f"bench-{n}", Caller(OWNER), watch, None)


async def _measured(server: Server, chain: SimChain, rooms: int, runs: int) -> Hearing:
    await _watching(server, 7, CONTRACT, rooms)
    took: list[tuple[float, float, float, float]] = []
    for run in range(runs):
        await asyncio.sleep(0.3)
        gc.collect()
        took.append(await _one_event(server, chain, rooms, run))
    median = [statistics.median(column) for column in zip(*took, strict=True)]
    return Hearing(median[0], median[1], median[2], max(t[3] for t in took))


async def _one_event(server: Server, chain: SimChain, rooms: int, run: int) -> tuple[float, float, float, float]:
    followed = server.parts.chain.chains.chain(7)
    before, first, stall = followed.outbox.counts.delivered, None, Stall()
    stall.begin()
    start, cpu = time.perf_counter(), time.process_time()
    chain.mine([chain.ping(run)])
    followed.follower.wake()
    while (delivered := followed.outbox.counts.delivered - before) < rooms:
        await asyncio.sleep(0.002)
        if first is None and delivered:
            first = time.perf_counter() - start
    last, spent = time.perf_counter() - start, time.process_time() - cpu
    return first or last, last, spent * 1000 / rooms, await stall.end()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both and print a line on each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rooms", type=int, default=1000)
    rooms = options.parse_args(arguments).rooms
    print("\n".join(lines(rooms)))


def lines(rooms: int = 1000) -> list[str]:
    """Measure both and return a line on each."""
    heard = asyncio.run(hear_one_event(rooms))
    took, stall = asyncio.run(large_block())
    return [
        f"one event in {rooms} rooms: first {heard.first_s:.2f} s, last {heard.last_s:.2f} s, "
        f"{heard.cpu_ms:.2f} ms of CPU a room, longest stall {heard.stall_ms:.1f} ms",
        f"a block of 20,000 watched logs: stored after {took:.2f} s, longest stall {stall:.1f} ms",
    ]


if __name__ == "__main__":
    main()
