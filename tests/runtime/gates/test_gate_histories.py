"""Rights after seeded histories of a chain: those of a server that only ever saw the chain as it is in the end."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.runtime.gates.kit import GatedWorld, world
from tests.runtime.kit import ALICE, BOB, CAROL

PEOPLE = (ALICE, BOB, CAROL)


def step(made: GatedWorld, rng: random.Random) -> None:
    """Let something happen on the chain: transfers, a reorganisation with or without them, a flip, a rollback."""
    sim, token = made.sim, made.token

    def txs() -> list[Any]:
        source, to = rng.sample(PEOPLE, 2)
        most = min(2, token.balance(source))
        return [token.transfer(source, to, rng.randint(1, most))] if most > 0 and rng.random() < 0.7 else []

    match rng.choice(["mine", "mine", "mine", "reorg", "reorg", "flip"]):
        case "mine":
            sim.mine(txs())
        case "reorg":
            depth, empty = rng.randint(1, 3), rng.random() < 0.5
            sim.reorg(depth, [[] if empty else txs() for _ in range(depth + rng.randint(0, 2))])
        case "flip":
            tips = [block for block in sim.blocks.values() if sim.height - 3 <= block.number]
            tip = rng.choice(tips)
            sim.show(tip)
            sim.mine(txs(), on=tip)
            while sim.height <= (made.chains.chain(1337).follower.status()["processed"] or 0):
                sim.mine()


@pytest.mark.parametrize("seed", range(24))
async def test_rights_are_those_of_the_chain_as_it_is(seed: int) -> None:
    rng = random.Random(seed)
    made = await world()
    await made.mine(*(made.token.mint(each, 3) for each in PEOPLE))
    await made.room(made.leaf(min="2"))
    for each in PEOPLE:
        await made.join(each)
    for _ in range(25):
        step(made, rng)
        if rng.random() < 0.8:
            await made.catch_up()
        if seed >= 8 and rng.random() < 0.1:
            await made.process.close()
            made.start(f"process-{rng.random()}")
            await made.catch_up()
    made.sim.mine()
    await made.catch_up()
    await made._done(made.process.registry.reach("club"))
    await made.catch_up()
    host = made.process.registry.find("club")
    assert host is not None
    grants = host.live.room.access.grants
    for each in PEOPLE:
        holds = made.token.balance(each) >= 2
        assert each not in grants.held or holds, f"{each} is in without holding"
        if holds and each not in grants.held:
            block = grants.lost[each]["block"]
            canonical = made.sim.at(block["number"])
            assert canonical is not None
            assert canonical.hash == block["hash"], f"{each} was put out by a block that is undone"
