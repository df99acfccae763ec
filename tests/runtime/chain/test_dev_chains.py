"""Dev chains: nodes that call every block final and take it back, start anew, or mine blocks only when asked."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.runtime.chain.config import ChainConfig
from parlour.testing.faults import Ask, Fault
from parlour.testing.simchain import SimChain
from tests.runtime.chain.chain_kit import World, following, types


def hardhat(**more: Any) -> SimChain:
    return SimChain(**{"chain_id": 31337, "safe": 0, "final": 0, "client": "HardhatNetwork/2.29.1/edr", **more})


async def dev_world(sim: SimChain, **config: Any) -> World:
    return await following(chain=sim, **{"on_reset": None, **config})


async def ping_and_follow(world: World, *values: int) -> None:
    world.sim.mine([world.sim.ping(value) for value in values])
    await world.catch_up()


@pytest.mark.parametrize(
    ("sim", "status"),
    [
        (hardhat(), "included"),
        (hardhat(chain_id=10), "included"),
        (hardhat(client="Ganache/v7.9.2/EthereumJS TestRPC"), "included"),
        (hardhat(client="somebody else's dev chain"), "included"),
        (hardhat(chain_id=10, client="an instant chain"), "finalized"),
    ],
)
async def test_chain_that_calls_every_block_final_is_believed_only_if_real(sim: SimChain, status: str) -> None:
    world = await dev_world(sim)
    await ping_and_follow(world, 1)
    assert [body["status"] for body in world.rooms.of("r", "chain.event")] == [status]


async def test_tags_count_on_a_dev_chain_that_means_them() -> None:
    world = await dev_world(SimChain(31337, safe=1, final=2, client="anvil/v1.7.1"))
    await ping_and_follow(world, 1)
    world.sim.mine_many(2)
    await world.catch_up()
    assert world.follower.status()["finalized"] == 11


async def test_block_taken_back_on_a_dev_chain_is_a_reorg() -> None:
    world = await dev_world(hardhat())
    before = world.sim.head
    await ping_and_follow(world, 1)
    world.sim.mine_many(5)
    await world.catch_up()
    world.sim.revert_to(before)
    await world.catch_up(patience=3)
    await ping_and_follow(world, 2)
    assert world.rooms.values("r") == [2]
    assert len(world.rooms.of("r", "chain.reverted")) == 1
    assert world.follower.state == "following"


@pytest.mark.parametrize("finality", ["auto", "tag"])
async def test_block_taken_back_from_below_finality_is_followed_too(finality: str) -> None:
    world = await dev_world(hardhat(), finality=finality, depth=4, max_reorg=8)
    before = world.sim.head
    await ping_and_follow(world, 1)
    world.sim.mine_many(40)
    await world.catch_up()
    world.sim.revert_to(before)
    await ping_and_follow(world, 2)
    assert world.rooms.values("r") == [2]
    assert world.follower.state == "following"


async def test_dev_node_that_starts_anew_is_a_rewind_to_its_genesis() -> None:
    world = await dev_world(hardhat())
    await ping_and_follow(world, 1, 2)
    world.sim.restart()
    await world.catch_up()
    assert world.rooms.values("r") == []
    assert world.rooms.of("r", "chain.reverted")[-1]["block"]["number"] == 0
    await ping_and_follow(world, 3)
    assert world.rooms.values("r") == [3], "the watch goes on from the new genesis"
    world.open()
    await ping_and_follow(world, 4)
    assert world.rooms.values("r") == [3, 4]


async def test_node_that_starts_anew_halts_where_an_operator_must_decide() -> None:
    world = await dev_world(hardhat(chain_id=10))
    await ping_and_follow(world, 1)
    world.sim.restart()
    world.sim.mine_many(2)
    await world.catch_up()
    assert world.follower.state == "halted"
    assert world.rooms.values("r") == [1]


async def test_other_chain_id_is_no_reset() -> None:
    world = await dev_world(hardhat())
    await ping_and_follow(world, 1)
    world.sim.chain_id = 5
    world.sim.restart()
    await world.catch_up()
    assert world.follower.state == "halted"
    assert "serves chain 5" in world.follower.reason


async def test_reset_is_followed_only_when_every_endpoint_shows_it() -> None:
    world = await dev_world(SimChain(), nodes=2)
    await ping_and_follow(world, 1)
    other = world.sim.copy()
    world.nodes[1].chain = other
    world.sim.restart()
    for _ in range(10):
        await world.follower.step()
        world.clock.spend(1.0)
    other.mine([other.ping(2)])
    for _ in range(5):
        await world.follower.step()
        world.clock.spend(1.0)
    await world.deliver_all()
    assert world.rooms.values("r") == [1, 2]


@pytest.mark.parametrize("count", [3, 30, 300])
async def test_blocks_mined_lazily_are_linked_by_number(count: int) -> None:
    world = await dev_world(hardhat())
    world.sim.mine_lazily(count)
    await ping_and_follow(world, 1)
    world.sim.mine_lazily(count)
    await ping_and_follow(world, 2)
    assert world.rooms.values("r") == [1, 2]
    assert world.follower.state == "following"
    assert "chain.reverted" not in types(world)


async def test_follower_may_begin_among_blocks_mined_lazily() -> None:
    sim = hardhat()
    sim.mine_lazily(100)
    world = await dev_world(sim)
    await ping_and_follow(world, 1)
    assert world.rooms.values("r") == [1]


def test_reset_is_followed_by_default_on_dev_chain_ids_only() -> None:
    def rewinds(chain: int, **more: Any) -> bool:
        item = {"chainId": chain, "urls": ["http://a"], **more}
        return ChainConfig.read(item, events_per_second=1.0).rewinds

    assert [rewinds(31337), rewinds(1337), rewinds(1)] == [True, True, False]
    assert [rewinds(31337, onReset="halt"), rewinds(1, onReset="rewind")] == [False, True]


@pytest.mark.parametrize("blocks", [2, 4, 9])
async def test_block_that_is_null_by_hash_is_read_by_number(blocks: int) -> None:
    world = await dev_world(hardhat())

    async def never(ask: Ask, method: str, params: list[Any]) -> None:
        return None

    world.faults.rule("eth_getBlockByHash", never, 1e9)
    world.sim.mine_many(blocks - 1)
    await ping_and_follow(world, 1)
    assert world.rooms.values("r") == [1]
    world.sim.reorg(2, [[], [], []])
    await world.catch_up()
    assert world.rooms.values("r") == []


async def test_receipts_are_read_one_by_one_where_there_are_none_by_block() -> None:
    world = await dev_world(hardhat(), verify="receipts")

    async def unknown(ask: Ask, method: str, params: list[Any]) -> None:
        raise Fault(-32004, "Method eth_getBlockReceipts is not supported")

    world.faults.rule("eth_getBlockReceipts", unknown, 1e9)
    world.sim.mine([world.sim.ping(1), world.sim.ping(2, 3)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2, 3]
    await world.watch("late", fromBlock=11)
    await world.catch_up()
    assert world.rooms.values("late") == [1, 2, 3]


async def test_reset_reverts_also_what_was_read_in_ranges_and_as_history() -> None:
    sim = hardhat()
    sim.mine([sim.ping(1)])
    sim.mine_many(40)
    world = World(sim, on_reset=None, catch_up=6, range_size=5, max_reorg=8, depth=8)
    await world.catch_up()
    await world.watch(fromBlock=0)
    await world.deliver_all()
    for value in range(2, 40):
        sim.mine([sim.ping(value)])
    await world.catch_up()
    assert world.rooms.values("r") == list(range(1, 40))
    sim.restart()
    await world.catch_up()
    assert world.rooms.values("r") == []
    for value in range(100, 160):
        sim.mine([sim.ping(value)])
    await world.catch_up()
    assert world.rooms.values("r") == list(range(100, 160))
    assert world.follower.state == "following"
