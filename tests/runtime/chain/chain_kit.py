"""What the chain tests share: a simulated chain that is followed step by step, and rooms that keep what arrives."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from parlour.core.chain.watches import Watches
from parlour.core.room import ChainUpdate, Draft, Entry, Watch
from parlour.errors import NotFound
from parlour.runtime.blocks.attach import listen_to_blocks
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.testing.fake_node import FakeNode
from parlour.testing.fakes import FakeClock
from parlour.testing.faults import Faults
from parlour.testing.simchain import CONTRACT, PING, SimChain

DATA = Path(__file__).parents[2] / "data"


def artifact(name: str = "Emitter") -> dict[str, Any]:
    return json.loads((DATA / "contracts" / f"{name}.json").read_text())


class Rooms:
    """Takes the place of hosts: unique sources, corrections mapped from sources to seqs, real `Watches` inside.

    Attributes:
        entries, watches: by room.
        failures: raised by the next deliveries, one each.
        deliveries: how many deliveries arrived.
        arrived_at: seconds of the performance counter, for each entry.
    """

    def __init__(self) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.watches: dict[str, Watches] = {}
        self.failures: list[Exception] = []
        self.deliveries = 0
        self.arrived_at: list[float] = []

    def submit(self, room: str) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def submit(record: dict[str, Any]) -> None:
            self._do(room, Watch(watch=record))

        return submit

    def _do(self, room: str, command: Any) -> None:
        watches = self.watches.setdefault(room, Watches())
        for draft in watches.handle(command).entries:
            entry = self._entry(room, draft)
            watches.apply(entry)

    def _entry(self, room: str, draft: Draft) -> Entry:
        log = self.entries.setdefault(room, [])
        entry = Entry(room, "e", len(log) + 1, "", draft.type, "", 0, draft.body, b"", b"", b"", source=draft.source)
        log.append(entry)
        self.arrived_at.append(time.perf_counter())
        return entry

    async def deliver(self, room: str, news: ChainUpdate) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if room not in self.watches:
            raise NotFound()
        self.deliveries += 1
        sources = {e.source: e.seq for e in self.entries.get(room, []) if e.source}
        drafts = [self._mapped(d, sources) for d in news.drafts if d.source not in sources]
        self._do(room, ChainUpdate(drafts=drafts))

    def _mapped(self, draft: Draft, sources: dict[str | None, int]) -> Draft:
        if "of" not in draft.body:
            return draft
        body = {**draft.body, "of": [sources[s] for s in draft.body["of"] if s in sources]}
        if draft.type == "chain.reverted":
            body["void"] = []
        return Draft(draft.type, body, source=draft.source)

    def of(self, room: str, *types: str) -> list[dict[str, Any]]:
        return [e.body for e in self.entries.get(room, []) if e.type in types]  # type: ignore[misc]

    def standing(self, room: str) -> list[dict[str, Any]]:
        """Bodies of the events that count: not reverted, moved ones in their new block."""
        live: dict[int, dict[str, Any]] = {}
        for entry in self.entries.get(room, []):
            body: Any = entry.body
            if entry.type == "chain.event":
                live[entry.seq] = dict(body)
            elif entry.type == "chain.moved":
                for seq in body["of"]:
                    assert seq in live, "moved an event that does not stand"
                    live[seq]["block"] = body["block"]
            elif entry.type == "chain.reverted":
                for seq in body["of"]:
                    assert live.pop(seq, None) is not None, "reverted an event that does not stand"
        return list(live.values())

    def values(self, room: str) -> list[int]:
        return sorted(int(b["args"]["value"]) for b in self.standing(room))


async def until(condition: Callable[[], Any], timeout: float = 60.0, what: str = "") -> None:
    """Wait until `condition()` holds."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {timeout} s: {what or condition}")
        await asyncio.sleep(0.005)


class ImpatientClock(FakeClock):
    """Time that a test moves, and every sleep at once."""

    async def sleep(self, seconds: float) -> None:
        self.spend(seconds)
        await asyncio.sleep(0)


USUAL: dict[str, Any] = {"max_reorg": 32, "on_reset": "halt", "events_per_second": 2000.0}
"""Settings of a simulated chain, unless a test says otherwise."""


class World:
    """One simulated chain, followed step by step: it has no tasks, and no time but what the test lets pass."""

    def __init__(
        self, chain: SimChain | None = None, *, nodes: int = 1, store: Any = None, rooms: Any = None, **config: Any
    ) -> None:
        self.sim = chain or SimChain()
        self.nodes = [FakeNode(self.sim, name=f"node{n}") for n in range(nodes)]
        self.rooms = rooms or Rooms()
        self.deliver = self.rooms.deliver
        self.signals: list[tuple[str, Any]] = []
        self.clock = ImpatientClock()
        self.store = store or MemoryChainStore()
        urls = tuple(f"http://node{n}" for n in range(nodes))
        self.config = ChainConfig(self.sim.chain_id, urls, **{**USUAL, **config})
        self.open()

    def open(self, owner: str = "one") -> None:
        """Start as a new process would: nothing in memory."""
        nodes = {f"http://{node.name}": node for node in self.nodes}
        self.context = ChainContext(self.store, self.clock, owner)
        self.chains = Chains([self.config], self.context, self._deliver, nodes.__getitem__)
        listen_to_blocks(self.chains, self.context, self._tell)
        self.chain = self.chains.chain(self.sim.chain_id)
        self.follower = self.chain.follower

    def _tell(self, chain: int, type_: str, body: dict[str, Any]) -> None:
        self.signals.append((type_, body))

    async def _deliver(self, room: str, news: ChainUpdate) -> None:
        await self.deliver(room, news)

    @property
    def faults(self) -> Faults:
        return self.nodes[0].faults

    async def watch(self, room: str = "r", **request: Any) -> dict[str, Any]:
        asked = {"chain": self.sim.chain_id, "address": CONTRACT, "event": PING, **request}
        return await self.chains.watch(room, asked, self.rooms.submit(room))

    async def catch_up(self, patience: int = 60) -> None:
        """Let time pass until the follower stands where the node stands, and every room has its news."""
        for _ in range(patience):
            pause = await self.follower.step()
            self.clock.spend(min(pause, 1.0) or 0.01)
            if self.at_tip() or self.follower.state == "halted":
                break
        await self.deliver_all()

    async def deliver_all(self) -> None:
        """Deliver the outbox until nothing waits in it."""
        for _ in range(20):
            await self.chain.outbox.drain()
            if (await self.store.backlog(self.sim.chain_id))[0] == 0:
                return
            self.clock.spend(1.0)

    def at_tip(self) -> bool:
        status = self.follower.status()
        return status["hash"] == self.sim.head.hash and status["state"] == "following"

    def expected(self, after: int) -> list[int]:
        return sorted(int(log["data"], 16) for log in self.sim.canonical_logs(after))


async def following(**config: Any) -> World:
    """A chain of ten blocks, followed, with one watch."""
    world = World(**config)
    world.sim.mine_many(10)
    await world.catch_up()
    await world.watch()
    return world


def types(world: World, room: str = "r") -> list[str]:
    return [e.type for e in world.rooms.entries[room]]
