"""Watches of balances: what the chain answers, told when it changes, and anew after reorganisations."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.testing.simchain import SimChain
from parlour.testing.simtoken import SimToken
from tests.runtime.blocks.test_block_watches import standing
from tests.runtime.chain.chain_kit import World

WHO = "0x" + "ab" * 20


async def watching(world: World | None = None, **asked: Any) -> World:
    world = world or World()
    world.sim.mine_many(10)
    await world.catch_up()
    request = {"chain": world.sim.chain_id, "balance": {"account": WHO}, **asked}
    await world.chains.watch("r", request, world.rooms.submit("r"))
    return world


def told(world: World) -> list[str]:
    return [body["balance"] for body in standing(world, "chain.balance")]


async def test_balance_is_told_when_it_changes() -> None:
    world = await watching()
    world.sim.mine([world.sim.pay(WHO, 5)])
    await world.catch_up()
    world.sim.mine()
    await world.catch_up()
    world.sim.mine([world.sim.pay(WHO, 7)])
    await world.catch_up()
    assert told(world) == ["5", "12"]
    body = standing(world, "chain.balance")[0]
    assert (body["token"], body["account"].lower(), body["block"]["number"]) == ("native", WHO, 11)


async def test_undone_payment_is_reverted_and_the_balance_told_anew() -> None:
    world = await watching()
    world.sim.mine([world.sim.pay(WHO, 5)])
    await world.catch_up()
    world.sim.mine([world.sim.pay(WHO, 7)])
    await world.catch_up()
    world.sim.reorg(1, [[], []])
    await world.catch_up()
    assert told(world)[-1] == "5"
    assert "12" not in told(world)


async def test_final_balance_waits_for_its_block() -> None:
    world = await watching(finality="finalized")
    world.sim.mine([world.sim.pay(WHO, 5)])
    await world.catch_up()
    assert told(world) in ([], ["0"])
    world.sim.mine_many(8)
    await world.catch_up()
    assert told(world)[-1] == "5"
    assert standing(world, "chain.balance")[-1]["status"] == "finalized"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(1, 3)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
async def test_last_balance_is_the_canonical_chains(steps: list[tuple[int, int, int]]) -> None:
    world = await watching()
    for undo, paid, mined in steps:
        depth = min(undo, world.sim.height - 10)
        blocks = [[world.sim.pay(WHO, paid)] for _ in range(mined + depth)]
        if depth:
            world.sim.reorg(depth, blocks)
        else:
            for txs in blocks:
                world.sim.mine(txs)
        await world.catch_up()
    assert told(world)[-1] == str(world.sim.balance(WHO))
    heads = {block.hash for block in world.sim.canonical()}
    assert {body["block"]["hash"] for body in standing(world, "chain.balance")} <= heads


async def test_balance_is_asked_again_after_a_rewind_to_the_block_before_the_watch() -> None:
    world = World(SimChain(31337, safe=0, final=0, client="HardhatNetwork/2"), on_reset=None)
    token = SimToken(world.sim)
    world = await watching(world, balance={"account": WHO, "token": token.address})
    begin = world.sim.head
    world.sim.mine([token.mint(WHO, 5)])
    world.sim.mine_many(70)
    await world.catch_up()
    assert told(world)[-1] == "5"
    world.sim.revert_to(begin)
    await world.catch_up(patience=5)
    world.sim.mine()
    await world.catch_up()
    assert told(world)[-1] == "0"


async def test_transfer_that_the_node_left_out_is_told_once_it_is_found() -> None:
    token = SimToken(SimChain())
    world = World(token.chain, verify="none")
    await watching(world, balance={"account": WHO, "token": token.address})
    world.sim.mine([token.mint(WHO, 5)])
    await world.catch_up()
    world.faults.empty_logs(times=1)
    world.sim.mine([token.mint(WHO, 2)])
    await world.catch_up()
    assert told(world) == ["5"]
    world.sim.mine_many(20)
    world.clock.spend(60)
    await world.catch_up()
    world.sim.mine()
    await world.catch_up()
    assert told(world) == ["5", "7"]
    assert world.follower.counts.late == 1


async def test_transfer_before_the_watch_is_not_one_that_was_left_out() -> None:
    token = SimToken(SimChain())
    world = World(token.chain)
    world.sim.mine_many(10)
    await world.catch_up()
    world.sim.mine([token.mint(WHO, 5)])
    await world.catch_up()
    request = {"chain": world.sim.chain_id, "balance": {"account": WHO, "token": token.address}}
    await world.chains.watch("r", request, world.rooms.submit("r"))
    world.sim.mine_many(40)
    world.clock.spend(60)
    await world.catch_up()
    assert told(world) == ["5"]
    assert world.follower.counts.late == 0
