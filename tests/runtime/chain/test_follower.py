"""The follower against a simulated chain: reorganisations of the table of failures in docs/chain.md."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address

from parlour.testing.simchain import CONTRACT, SimTx
from tests.runtime.chain.chain_kit import World, following, types


async def test_event_mined_becomes_an_entry() -> None:
    world = await following()
    block = world.sim.mine([world.sim.ping(7)])
    await world.catch_up()
    event = world.rooms.of("r", "chain.event")[0]
    assert event["event"] == "Ping"
    assert event["args"] == {"who": "0x0000000000000000000000000000000000000001", "value": "7"}
    assert event["block"] == {"number": 11, "hash": block.hash, "time": block.time}
    assert event["status"] == "included"
    assert event["address"] == to_checksum_address(CONTRACT)


async def test_events_come_strictly_after_the_anchor() -> None:
    world = World()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    record = await world.watch()
    world.sim.mine([world.sim.ping(2)])
    await world.catch_up()
    assert record["from"] == {"number": 1, "hash": world.sim.ancestor(1).hash}
    assert world.rooms.values("r") == [2]


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
async def test_f01_reorg_reverts_gone_events_and_delivers_new_ones(depth: int) -> None:
    world = await following(max_reorg=8)
    for value in range(8):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    world.sim.final_depth = 100
    world.sim.reorg(depth, [[world.sim.ping(100 + n)] for n in range(depth + 1)])
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)
    reverted = world.rooms.of("r", "chain.reverted")
    assert [len(r["of"]) for r in reverted] == [depth]
    assert reverted[0]["block"] == {"number": 18 - depth, "hash": world.sim.ancestor(depth + 1).hash}


async def test_f01_transaction_included_again_unchanged_is_only_moved() -> None:
    world = await following()
    stays, goes = world.sim.ping(1, 2), world.sim.ping(3)
    world.sim.mine([stays, goes])
    await world.catch_up()
    world.sim.reorg(1, [[], [stays]])
    await world.catch_up()
    assert types(world)[-2:] == ["chain.moved", "chain.reverted"]
    assert world.rooms.of("r", "chain.moved")[0]["of"] == [2, 3]
    assert world.rooms.of("r", "chain.moved")[0]["block"]["hash"] == world.sim.head.hash
    assert world.rooms.values("r") == [1, 2]


async def test_f01_transaction_with_another_outcome_is_reverted_and_delivered() -> None:
    world = await following()
    tx = world.sim.ping(1)
    world.sim.mine([tx])
    await world.catch_up()
    world.sim.reorg(1, [[SimTx(tx.id, world.sim.ping(2).logs)]])
    await world.catch_up()
    assert types(world)[-2:] == ["chain.reverted", "chain.event"]
    assert world.rooms.values("r") == [2]


async def test_moved_event_can_be_reverted_later() -> None:
    world = await following()
    tx = world.sim.ping(1)
    world.sim.mine([tx])
    await world.catch_up()
    world.sim.reorg(1, [[], [tx]])
    await world.catch_up()
    world.sim.reorg(2, [[], [], []])
    await world.catch_up()
    assert types(world)[-3:] == ["chain.event", "chain.moved", "chain.reverted"]
    assert world.rooms.of("r", "chain.reverted")[0]["of"] == [2]
    assert world.rooms.values("r") == []


async def test_f02_silent_rollback_and_a_shorter_branch_are_followed() -> None:
    world = await following()
    for value in range(3):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    world.sim.rollback(3)
    world.sim.mine([world.sim.ping(9)])
    await world.catch_up()
    assert world.follower.status()["processed"] == 11
    assert world.rooms.values("r") == [9]


async def test_f03_head_that_goes_back_to_an_ancestor_undoes_nothing() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    world.sim.rollback(1)
    await world.catch_up(patience=3)
    assert world.follower.state == "lagging"
    assert world.follower.counts.reorgs == 0
    assert world.rooms.values("r") == [1]


async def test_f03_node_that_lags_is_left_for_one_that_does_not() -> None:
    world = await following(nodes=2)
    world.sim.mine()
    await world.catch_up()
    world.nodes[0].faults.lag_to(9)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.follower.counts.reorgs == 0


async def test_f03_lag_that_lasts_is_an_alarm() -> None:
    world = await following(lag_alarm=30.0)
    world.faults.lag_to(8)
    await world.catch_up(patience=2)
    assert world.chains.alarms() == []
    world.clock.spend(60)
    assert [alarm[:27] for alarm in world.chains.alarms()] == ["chain 1337 has not moved for"[:27]]


async def test_f16_fork_below_finality_halts_until_a_rewind() -> None:
    world = await following(max_reorg=64)
    for value in range(12):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    world.sim.reorg(12, [[world.sim.ping(100 + n)] for n in range(13)])
    await world.catch_up()
    assert world.follower.state == "halted"
    assert "final" in world.follower.reason
    assert world.chains.alarms()[0].startswith("chain 1337 is halted")
    assert world.rooms.values("r") == list(range(12))
    world.open()
    await world.catch_up()
    assert world.follower.state == "halted", "a restart does not lift a halt"
    assert await world.chains.rewind(1337, 10) == 12
    await world.catch_up()
    assert world.follower.state == "following"
    assert world.rooms.values("r") == world.expected(10)


async def test_f16_branch_longer_back_than_max_reorg_halts() -> None:
    world = await following(max_reorg=3)
    world.sim.final_depth = 100
    world.sim.mine_many(5)
    await world.catch_up()
    world.sim.reorg(4, [[]] * 6)
    await world.catch_up()
    assert world.follower.state == "halted"


async def test_replay_lifts_a_halt_once_the_node_is_right_again() -> None:
    world = await following()
    right = world.sim.head
    world.sim.mine_many(12)
    await world.catch_up()
    tip = world.sim.head
    world.sim.final = 0
    world.sim.show(right)
    world.sim.reorg(1, [[]] * 14)
    await world.catch_up()
    assert world.follower.state == "halted"
    world.sim.show(tip)
    await world.chains.replay(1337)
    await world.catch_up()
    assert world.at_tip()


async def test_f21_flip_to_a_branch_and_back_delivers_the_event_again() -> None:
    world = await following()
    first = world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    second = world.sim.reorg(1, [[], []])
    await world.catch_up()
    world.sim.show(first)
    await world.catch_up()
    world.sim.show(second)
    await world.catch_up()
    world.sim.show(first)
    world.sim.mine()
    await world.catch_up()
    assert types(world)[1:] == [
        "chain.event", "chain.reverted", "chain.event", "chain.reverted", "chain.event",
    ]  # fmt: skip
    sources = [e.source for e in world.rooms.entries["r"] if e.type == "chain.event"]
    assert len(set(sources)) == 3
    assert world.rooms.values("r") == [1]
