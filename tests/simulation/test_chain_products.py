"""Seeded histories of a chain: a server that saw all of it agrees with one that saw the canonical chain alone.

Compared are rights at a gate, balances of a wallet, a market's candles and the states of tracked transactions. The
other server is begun when the history is over, and reads the market's trades as history.
"""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from parlour.errors import Unavailable
from parlour.testing.simchain import SimTx
from tests.runtime.kit import ALICE, BOB
from tests.runtime.product_kit import CLUB, ProductWorld, products, swap

LONGEST_BRANCH = 4
"""Blocks that a reorganisation of these histories replaces at most: the chain is final eight blocks deep."""


class History:
    """A random history of one chain, seen by a server that is sometimes restarted."""

    def __init__(self, seed: int, made: ProductWorld) -> None:
        self.random, self.made = random.Random(seed), made
        self.tracked: list[SimTx] = []

    def txs(self) -> list[SimTx]:
        """Some transfers, swaps, and tracked transactions that a branch may lose."""
        made, rng = self.made, self.random
        found: list[SimTx] = []
        if rng.random() < 0.5:
            source, to = rng.sample((ALICE, BOB), 2)
            held = made.token.balance(source)
            found.append(made.token.transfer(source, to, rng.randint(1, held)) if held else made.token.mint(source, 3))
        found += [swap(made.sim, rng.randint(1, 99), rng.randint(1, 99)) for _ in range(rng.choice((0, 0, 1, 2)))]
        waiting = [tx for tx in self.tracked if tx.hash in made.pool.pending and rng.random() < 0.5]
        mined = {tx.hash for block in made.sim.canonical() for tx in block.txs}
        return found + [tx for tx in waiting if tx.hash not in mined]

    async def track(self) -> None:
        if len(self.tracked) < 5:
            tx = self.made.pool.send(f"0x{len(self.tracked) + 1:040x}")
            with suppress(Unavailable):  # the room is still the process's before
                await self.made.track(tx)
                self.tracked.append(tx)

    async def step(self) -> None:
        made, rng = self.made, self.random
        match rng.choice(("mine", "mine", "mine", "reorg", "reorg", "track", "restart")):
            case "mine":
                made.sim.mine(self.txs())
            case "reorg":
                depth = rng.randint(1, min(LONGEST_BRANCH, made.sim.height - made.sim.final))
                made.sim.reorg(depth, [[] for _ in range(depth)])
                made.sim.mine(self.txs())
            case "track":
                await self.track()
            case "restart" if rng.random() < 0.3:
                await made.process.close()
                made.start(f"process-{rng.random()}")
        if rng.random() < 0.8:
            await made.catch_up()

    async def end(self) -> None:
        """Let everything be told."""
        self.made.sim.mine()
        for _ in range(3):
            self.made.clock.spend(60)
            await self.made.catch_up()
            await self.made.poll()


async def afresh(made: ProductWorld, tracked: list[SimTx], since: int) -> ProductWorld:
    """Begin another server on the chain as it is: its rooms know nothing of what was undone."""
    other = ProductWorld()
    other.sims, other.nodes = made.sims, made.nodes
    other.sim, other.token, other.pool = made.sim, made.token, made.pool
    other.start("afresh")
    await other.catch_up()
    await other.furnish(history=made.sim.height - since)
    if other.token.balance(ALICE) >= 2:
        await other.join(ALICE, CLUB)
    for tx in tracked:
        await other.track(tx)
    for _ in range(3):
        other.clock.spend(60)
        made.sim.mine()
        await made.catch_up()
        await other.catch_up()
        await other.poll()
    await made.poll()
    return other


async def run_history(seed: int, steps: int) -> None:
    made = await products()
    since = made.sim.height
    history = History(seed, made)
    for _ in range(steps):
        await history.step()
    await history.end()
    for room in (CLUB, f"wallet:{ALICE}", "pair", "desk"):
        await made._done(made.process.registry.reach(room))
    await made.catch_up()
    other = await afresh(made, history.tracked, since)
    assert made.balance() == other.balance() == str(made.token.balance(ALICE))
    assert made.candles() == other.candles()
    assert simple(await made.statuses()) == simple(await other.statuses())
    if made.holds():
        assert other.holds()


def simple(statuses: dict[str, str]) -> dict[str, Any]:
    """Return which transactions are in a block, in the pool, or nowhere."""
    places = {"safe": "included", "finalized": "included", "orphaned": "pending", "submitted": "pending"}
    return {hash_: places.get(status, status) for hash_, status in statuses.items()}


@pytest.mark.parametrize("seed", range(12))
async def test_server_agrees_with_one_that_saw_the_canonical_chain_alone(seed: int) -> None:
    await run_history(seed, 25)


@pytest.mark.long
async def test_servers_agree_after_300_longer_histories() -> None:
    for seed in range(1_000, 1_300):
        try:
            await run_history(seed, 60)
        except BaseException:
            print(f"seed {seed}")
            raise
