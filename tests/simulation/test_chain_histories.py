"""Seeded histories of a chain that forks, flips, lags and lies: in the end every room knows exactly what is canonical.

In every third history a room takes one event in three seconds, so that most events wait while the chain changes.

One seed replays one history: `World` has no tasks and no time of its own.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from parlour.errors import Invalid, Unavailable
from parlour.runtime.store import StoreError
from parlour.testing.simchain import SimTx
from tests.runtime.chain.chain_kit import World

LEVELS: list[Any] = ["included", "included", "safe", "finalized", 1, 2, 5]


class History:
    """A random history of one chain."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(
            nodes=self.random.choice([1, 1, 2]),
            verify=self.random.choice(["bloom", "receipts"]),
            catch_up=self.random.choice([6, 500]),
            range_size=3,
            events_per_second=self.random.choice([2000.0, 2000.0, 0.3]),
        )
        self.value = 0
        self.left: list[Any] = []
        self.pool: list[Any] = []
        self.starts: dict[str, tuple[int, Any]] = {}

    def txs(self) -> list[Any]:
        """Some new transactions, and perhaps some that another branch had."""
        made = []
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            count = self.random.choice([1, 1, 2])
            made.append(self.world.sim.ping(*range(self.value, self.value + count)))
            self.value += count
        self.pool += made
        return made

    def again(self, depth: int) -> list[Any]:
        """Transactions of the last blocks that the new branch takes over, some with another outcome."""
        world = self.world.sim
        old = [tx for d in range(depth) for tx in world.ancestor(d).txs]
        return [self.altered(tx) for tx in old if self.random.random() < 0.6]

    def altered(self, tx: SimTx) -> SimTx:
        if self.random.random() < 0.8:
            return tx
        self.value += 1
        return SimTx(tx.id, self.world.sim.ping(self.value).logs)

    def depth(self) -> int:
        room = min(self.world.sim.height - self.world.sim.final, 6, self.world.sim.height - 1)
        return self.random.randint(1, room) if room >= 1 else 0

    def reorg(self) -> None:
        depth = self.depth()
        if not depth:
            return
        self.left.append(self.world.sim.head)
        kept = self.again(depth)
        branch: list[list[Any]] = [self.txs() for _ in range(self.random.randint(max(1, depth - 1), depth + 2))]
        for tx in kept:
            self.random.choice(branch).append(tx)
        self.world.sim.reorg(depth, branch)

    def flip(self) -> None:
        """Back to a branch that was left, if finality still allows it (chain.md F21)."""
        sim = self.world.sim
        able = [b for b in self.left if self._fork_of(b) >= sim.final and b.number >= sim.final]
        if able:
            self.left.append(sim.head)
            sim.show(self.random.choice(able))

    def _fork_of(self, block: Any) -> int:
        while self.world.sim.at(block.number) is not block:
            block = block.parent
        return int(block.number)

    def mine(self) -> None:
        for _ in range(self.random.choice([1, 1, 1, 2, 9])):
            self.world.sim.mine(self.txs())

    def rollback(self) -> None:
        if depth := self.depth():
            self.world.sim.rollback(min(depth, 2))

    def fault(self) -> None:
        faults = self.random.choice(self.world.nodes).faults
        self.random.choice(
            [
                lambda: faults.empty_logs(1), lambda: faults.foreign_logs(1), lambda: faults.removed_logs(1),
                lambda: faults.doubled_logs(1), lambda: faults.null_logs(1), lambda: faults.null_block(2),
                lambda: faults.rate_limit(2), lambda: faults.null_receipts(1),
                lambda: faults.error(-32000, "header not found", times=2),
                lambda: faults.range_limit(1, "block range is too wide", times=2),
            ]
        )()  # fmt: skip

    async def watch(self) -> None:
        room = f"room{len(self.starts) % 4}"
        if len(self.starts) >= 6:
            return
        first = self.random.choice([None, None, 0, max(0, self.world.sim.height - 5)])
        more = {} if first is None else {"fromBlock": first}
        level = self.random.choice(LEVELS)
        confirm = self.random.choice([["finalized"], ["safe", 2], [3]])
        try:
            record = await self.world.watch(room, finality=level, confirm=confirm, **more)
        except (Unavailable, Invalid):
            return
        self.starts[record["id"]] = (record["from"]["number"], level)

    async def crash(self) -> None:
        """A new process over the same store; sometimes in the middle of a delivery (chain.md F20)."""
        if self.random.random() < 0.5:
            self.world.rooms.failures.append(StoreError("down"))
            await self.world.chain.outbox.drain()
        self.world.open()

    async def step(self) -> None:
        await self.world.follower.step()
        self.world.clock.spend(0.3)
        if self.random.random() < 0.5:
            await self.world.chain.outbox.drain()

    async def play(self, moves: int) -> None:
        world = self.world
        await world.catch_up()
        for _ in range(3):
            await self.watch()
        steps = [
            (6, self.mine), (5, self.step), (3, self.reorg), (1, self.flip), (1, self.rollback), (2, self.fault),
            (1, self.watch), (1, self.crash),
        ]  # fmt: skip
        weights, doings = zip(*steps, strict=True)
        for _ in range(moves):
            done = self.random.choices(doings, weights)[0]()
            if done is not None:
                await done
        for node in world.nodes:
            node.faults.clear()
        world.sim.mine()
        world.clock.spend(60)
        await world.catch_up(200)
        for _ in range(500):
            world.clock.spend(10)
            await world.chain.outbox.drain()

    def check(self) -> None:
        world = self.world
        assert world.at_tip(), world.follower.status()
        heights = world.follower.ready().levels()
        heights |= {str(n): world.sim.height - n + 1 for n in (1, 2, 5)}
        for watch, (start, level) in self.starts.items():
            events = [b for room in world.rooms.entries for b in world.rooms.standing(room) if b["watch"] == watch]
            know = sorted((b["block"]["number"], b["block"]["hash"], int(b["args"]["value"])) for b in events)
            logs = world.sim.canonical_logs(start)
            must = [(int(log["blockNumber"], 16), log["blockHash"], int(log["data"], 16)) for log in logs]
            assert know == sorted(m for m in must if m[0] <= self._height(heights, level, know)), (watch, level)
        for room in world.rooms.entries:
            self.check_confirmed(room, heights)

    def check_confirmed(self, room: str, heights: dict[str, int]) -> None:
        """Check that rooms know what is final: by the event's own status, or by a later `chain.confirmed`."""
        final = [e for e in self.world.rooms.entries[room] if e.type == "chain.confirmed"]
        final = [e for e in final if e.body["status"] == "finalized"]
        canonical = {b.number: b.hash for b in self.world.sim.canonical()}
        for entry in final:
            assert canonical[entry.body["upTo"]["number"]] == entry.body["upTo"]["hash"]
        highest = max((e.body["upTo"]["number"] for e in final), default=-1)
        wanted = {w for w, r in self.world.rooms.watches[room].records.items() if "finalized" in r["confirm"]}
        for body in self.world.rooms.standing(room):
            if body["watch"] in wanted and body["block"]["number"] <= heights["finalized"]:
                assert body["status"] == "finalized" or body["block"]["number"] <= highest

    def _height(self, heights: dict[str, int], level: Any, know: list[Any]) -> int:
        """Return the height up to which a room has events.

        A rollback may leave an event delivered at a depth that the shorter chain does not reach again.
        """
        highest = max((k[0] for k in know), default=-1)
        return max(heights[str(level)], highest) if isinstance(level, int) or level == "safe" else heights[str(level)]


async def run_history(seed: int, moves: int) -> None:
    history = History(seed)
    await history.play(moves)
    history.check()


@pytest.mark.parametrize("batch", range(4))
async def test_rooms_know_exactly_the_canonical_logs_after_200_histories(batch: int) -> None:
    for seed in range(batch * 50, batch * 50 + 50):
        try:
            await run_history(seed, 40)
        except BaseException:
            print(f"seed {seed}")
            raise


@pytest.mark.long
async def test_rooms_know_exactly_the_canonical_logs_after_1000_histories() -> None:
    for seed in range(10_000, 11_000):
        try:
            await run_history(seed, 120)
        except BaseException:
            print(f"seed {seed}")
            raise
