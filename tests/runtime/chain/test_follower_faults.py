"""Nodes that lie and nodes that fail, on a simulated chain (the table of failures in docs/chain.md)."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.errors import Unavailable
from parlour.runtime.nodes.node import RangeTooLarge
from parlour.testing.fake_node import FakeNode
from parlour.testing.faults import Fault, Faults
from parlour.testing.simchain import SimChain, SimLog
from tests.runtime.chain.chain_kit import following


async def test_f04_ranges_are_read_again_from_a_node_that_has_them() -> None:
    world = await following(catch_up=5, nodes=2)
    for value in range(40):
        world.sim.mine([world.sim.ping(value)])

    async def behind(ask: Any, method: str, params: list[Any]) -> Any:
        ranged = world.follower.state == "catching-up" and params[0] == "finalized"
        return await ask(method, [hex(12), False] if ranged else params)

    world.faults.rule("eth_getBlockByNumber", behind, float("inf"))
    world.faults.short_ranges(12)
    await world.catch_up()
    assert world.follower.counts.rejected >= 1
    assert world.rooms.values("r") == world.expected(10)


async def test_f05_empty_answer_that_the_bloom_denies_is_read_again() -> None:
    world = await following()
    world.faults.empty_logs(times=2)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.follower.counts.rejected >= 1


async def test_f05_bloom_that_promises_a_missing_log_stops_nothing() -> None:
    world = await following()
    other = SimLog("0x" + "c0" * 20, ("0x" + "77" * 32,), "0x")
    elsewhere = SimLog("0x" + "d0" * 20, world.sim.ping(1).logs[0].topics, "0x" + "00" * 32)
    world.sim.mine([world.sim.tx(other, elsewhere)])
    world.sim.mine([world.sim.ping(2)])
    await world.catch_up()
    assert world.follower.counts.rejected == 0
    assert world.rooms.values("r") == [2]


async def test_f06_partial_logs_are_delivered_late_when_the_block_is_final() -> None:
    world = await following()
    world.faults.partial_logs(times=1)
    world.sim.mine([world.sim.ping(1, 2, 3)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2], "the bloom of three equal events does not show a missing one"
    world.sim.mine_many(10)
    world.clock.spend(60)
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2, 3]
    late = world.rooms.of("r", "chain.event")[-1]
    assert (late["late"], late["status"], late["args"]["value"]) == (True, "finalized", "3")
    assert world.follower.counts.late == 1


async def test_second_reading_that_fails_is_tried_again() -> None:
    world = await following()
    world.faults.partial_logs(times=1)
    world.sim.mine([world.sim.ping(1, 2)])
    await world.catch_up()
    world.faults.slow(1.0, method="eth_getLogs")
    world.sim.mine_many(10)
    world.clock.spend(60)
    await world.catch_up()
    assert world.follower.counts.rejected == 1
    assert world.chains.alarms() == []
    assert world.follower.status()["endpoints"][0]["healthy"]
    world.faults.clear()
    world.sim.mine([world.sim.ping(3)])
    world.clock.spend(60)
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2, 3]


async def test_f06_receipts_root_shows_partial_logs_at_once() -> None:
    world = await following(verify="receipts")

    async def without_one(ask: Any, method: str, params: list[Any]) -> Any:
        receipts = await ask(method, params)
        return [{**r, "logs": r["logs"][:-1]} for r in receipts]

    world.faults.rule("eth_getBlockReceipts", without_one, 2)
    world.sim.mine([world.sim.ping(1, 2, 3)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2, 3]
    assert world.follower.counts.rejected == 2
    assert not any("late" in e for e in world.rooms.of("r", "chain.event"))


@pytest.mark.parametrize("fault", ["foreign_logs", "removed_logs", "doubled_logs", "null_logs"])
async def test_f07_impossible_answer_is_rejected_and_read_again(fault: str) -> None:
    world = await following()
    getattr(world.faults, fault)(times=2)
    world.sim.mine([world.sim.ping(1, 2)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2]
    assert world.follower.counts.rejected >= 2


async def test_f08_all_zero_bloom_over_transactions_is_not_believed() -> None:
    world = await following()
    world.faults.zero_bloom()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_f08_chain_with_untrusted_blooms_is_read_whole() -> None:
    world = await following(trust_bloom=False)
    stale = "0x" + "00" * 255 + "01"
    world.faults.change_blocks(lambda block: {**block, "logsBloom": stale})
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_f09_announced_block_that_is_absent_is_read_again() -> None:
    world = await following()
    world.faults.null_block(times=3)
    world.sim.mine([world.sim.ping(1)])
    world.sim.mine([world.sim.ping(2)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2]


async def test_f09_absent_receipts_are_read_again() -> None:
    world = await following(verify="receipts")
    world.faults.null_receipts(times=3)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_f10_five_hundred_blocks_at_once_are_walked_to_the_last_one() -> None:
    world = await following()
    for value in range(500):
        world.sim.mine([world.sim.ping(value)] if value % 7 == 0 else [])
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)


async def test_chain_that_changes_while_it_is_read_drops_only_the_step() -> None:
    world = await following()
    world.sim.final_depth = 1000
    world.sim.mine_many(30)
    fork = world.sim.ancestor(5)

    async def reorg_now(ask: Any, method: str, params: list[Any]) -> Any:
        if params[0] != hex(fork.number + 2):
            return await ask(method, params)
        world.sim.reorg(5, [[world.sim.ping(n)] for n in range(7)])
        return await ask(method, params)

    world.faults.rule("eth_getBlockByNumber", reorg_now, float("inf"))
    await world.follower.step()
    world.faults.clear()
    await world.catch_up()
    assert world.at_tip()
    assert world.rooms.values("r") == world.expected(10)


async def test_f12_node_that_never_answers_is_left_for_another() -> None:
    world = await following(nodes=2)
    world.faults.blackhole()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_chain_with_all_nodes_down_is_disconnected_until_one_is_back() -> None:
    world = await following()
    world.nodes[0].down = True
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up(patience=5)
    assert world.follower.state == "disconnected"
    assert world.chains.alarms()[0].startswith("chain 1337 is disconnected")
    with pytest.raises(Unavailable):
        await world.watch("other")
    world.nodes[0].down = False
    world.clock.spend(30)
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.chains.alarms() == []


async def test_f15_another_chain_id_behind_the_url_halts() -> None:
    world = await following()
    world.faults.other_chain(1)
    world.faults.error(-32000, "gone", times=1)
    await world.catch_up(patience=5)
    assert world.follower.state == "halted"
    assert "serves chain 1, not 1337" in world.follower.reason


async def test_f15_wiped_chain_with_another_genesis_halts_and_can_be_accepted() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    wiped = SimChain(genesis=1_000_000)
    wiped.mine()
    world.nodes[0].chain = world.sim = wiped
    await world.catch_up(patience=5)
    assert world.follower.state == "halted"
    assert world.rooms.values("r") == [1]
    await world.chains.rewind(1337, 0)
    wiped.mine_many(12)
    wiped.mine([wiped.ping(2)])
    await world.catch_up()
    assert world.at_tip()
    assert world.rooms.values("r") == [2]


async def test_f15_one_endpoint_of_another_chain_is_put_aside_and_the_others_go_on() -> None:
    world = await following(nodes=2)
    world.nodes[0].chain = SimChain(genesis=1_000_000)
    world.nodes[0].chain.mine_many(3)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.follower.state == "following"
    assert [e["healthy"] for e in world.follower.status()["endpoints"]] == [False, True]


async def test_f17_rate_limits_are_waited_out() -> None:
    world = await following()
    world.faults.rate_limit(times=5, retry_after=2)
    world.sim.mine([world.sim.ping(1)])
    began = world.clock.monotonic()
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.clock.monotonic() - began >= 2


async def test_f17_rate_limited_endpoint_hands_over_to_another() -> None:
    world = await following(nodes=2)
    world.faults.rate_limit(times=100, retry_after=60)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up(patience=4)
    assert world.rooms.values("r") == [1]


async def test_f18_ranges_shrink_to_what_a_provider_serves() -> None:
    world = await following(catch_up=5, range_size=500)
    for value in range(60):
        world.sim.mine([world.sim.ping(value)])
    world.faults.range_limit(7, "query exceeds max block range {size}")
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)


async def test_f18_single_block_too_large_for_a_range_is_read_by_hash() -> None:
    world = await following(catch_up=5)
    for value in range(20):
        world.sim.mine([world.sim.ping(value)])
    world.faults.range_limit(0, "query returned more than 10000 results")
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)


async def test_f30_step_never_mixes_two_nodes() -> None:
    world = await following(nodes=2)
    other = world.sim.copy()
    world.nodes[1].chain = other
    other.mine([other.ping(100)])
    world.sim.mine([world.sim.ping(1)])
    world.sim.mine([world.sim.ping(2)])
    first = world.nodes[0].faults
    first.error(-32000, "oops", method="eth_getLogs", times=1)
    await world.follower.step()
    world.clock.spend(0.01)
    await world.follower.step()
    await world.deliver_all()
    blocks = {b["block"]["hash"] for b in world.rooms.standing("r")}
    branch_one = {b.hash for b in world.sim.canonical()}
    branch_two = {b.hash for b in other.canonical()}
    assert blocks
    assert blocks <= branch_one or blocks <= branch_two


async def test_provider_error_other_than_a_range_error_fails_the_endpoint() -> None:
    node = FakeNode(SimChain(), Faults())
    node.faults.error(-32005, "daily request count exceeded, request rate limited")
    with pytest.raises(Exception, match="too many requests") as caught:
        await node.call("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "0x1"}])
    assert not isinstance(caught.value, RangeTooLarge | Fault)


class Odd:
    """A listener to whom an answer does what nobody thought of."""

    def __init__(self) -> None:
        self.error: Exception | None = KeyError("nonce")

    def load(self, cursor: Any, subs: Any) -> None:
        """Begin."""

    async def plan(self, step: Any) -> list[Any]:
        """Fail once."""
        error, self.error = self.error, None
        if error is not None:
            raise error
        return []

    def committed(self, step: Any) -> None:
        """Go on."""


async def test_f32_step_that_fails_as_nobody_thought_is_read_again() -> None:
    world = await following()
    world.follower.listeners.add(Odd())
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.follower.counts.rejected == 1


async def test_f31_block_whose_time_no_entry_can_hold_is_not_followed() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    honest = world.sim.head.time
    world.sim.set_time(2**60)
    await world.follower.step()
    assert world.follower.state == "disconnected"
    world.sim.set_time(honest)
    world.clock.spend(60)
    await world.catch_up()
    assert world.rooms.values("r") == [1]
