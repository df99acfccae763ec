"""Blocks read whole: their transactions as a signal, and coins that are asked for only when somebody moved them."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.identity.accounts import checksum
from parlour.runtime.blocks.balance_watches import COIN_S
from parlour.testing.simpool import SimPool
from tests.runtime.blocks.test_block_watches import standing
from tests.runtime.chain.chain_kit import World

ANN, BEN = checksum("0x" + "aa" * 20), checksum("0x" + "bb" * 20)


async def whole(**config: Any) -> tuple[World, SimPool]:
    world = World(full_blocks=True, **config)
    pool = SimPool(world.sim)
    world.sim.mine_many(10)
    await world.catch_up()
    world.signals.clear()
    return world, pool


async def test_transactions_of_a_new_block_are_a_signal() -> None:
    world, pool = await whole()
    tx = pool.send(ANN, to=BEN, value=5, data="0xa9059cbb" + "00" * 32)
    block = world.sim.mine([tx])
    await world.catch_up()
    told = {"hash": tx.hash, "from": ANN, "to": BEN, "value": "5", "selector": "0xa9059cbb"}
    assert world.signals == [
        ("chain.transactions", {"chain": 1337, "block": {"number": 11, "hash": block.hash}, "of": [told]})
    ]


async def test_block_that_no_endpoint_shows_whole_is_passed_over() -> None:
    world, _ = await whole()
    world.sim.answers["eth_getBlockByHash"] = lambda block, full=False: None
    world.sim.mine()
    await world.catch_up()
    assert world.signals == []
    assert world.at_tip()


async def test_block_with_a_transaction_of_an_unknown_kind_does_not_stop_the_chain() -> None:
    world, _ = await whole()
    odd = {"hash": "0x" + "1" * 64, "type": "0x7f"}
    world.sim.answers["eth_getBlockByHash"] = lambda block, full=False: {"hash": block, "transactions": [odd]}
    world.sim.mine()
    await world.catch_up()
    assert world.signals == []
    assert world.at_tip()


@pytest.mark.parametrize(("touches", "asked"), [(True, 1), (False, 0)])
async def test_coins_are_asked_for_at_blocks_that_touch_the_account(touches: bool, asked: int) -> None:
    world, pool = await whole()
    request = {"chain": 1337, "balance": {"account": ANN}}
    await world.chains.watch("r", request, world.rooms.submit("r"))
    world.sim.mine()
    await world.catch_up()
    calls: list[str] = []
    answer = world.sim._balance
    world.sim.answers["eth_getBalance"] = lambda who, at: calls.append(who) or answer(who, at)
    world.sim.mine([pool.send(ANN if touches else BEN)])
    await world.catch_up()
    assert len(calls) == asked
    assert [body["balance"] for body in standing(world, "chain.balance")] == ["0"]


async def test_coins_that_a_contract_moved_are_found_after_a_while() -> None:
    world, _ = await whole()
    await world.chains.watch("r", {"chain": 1337, "balance": {"account": ANN}}, world.rooms.submit("r"))
    world.sim.mine()
    await world.catch_up()
    world.sim.coins[ANN.lower()] = 9
    world.sim.mine()
    await world.catch_up()
    assert [body["balance"] for body in standing(world, "chain.balance")] == ["0"]
    world.clock.spend(COIN_S)
    world.sim.mine()
    await world.catch_up()
    assert [body["balance"] for body in standing(world, "chain.balance")] == ["0", "9"]
