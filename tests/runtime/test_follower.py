"""The follower against a simulated chain: the failure checklist F1 … F30 where no real node is needed.

Each test names its line of the checklist (docs/chain.md). Left open, because they belong to gates, projections and the
transaction tracker: F26 (transaction states) and F27 (token arithmetic).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from parlour.core.blocks import Malformed
from parlour.core.logs import Route, Routes
from parlour.core.room import ChainNews
from parlour.errors import Internal, Invalid, Unavailable
from parlour.runtime.chain_memory import MemoryChainStore
from parlour.runtime.chain_reader import RangeReader
from parlour.runtime.chain_store import Step, Sub
from parlour.runtime.node import RangeTooLarge
from parlour.runtime.outbox import draft
from parlour.runtime.store import StoreError
from parlour.testing.fake_node import FakeNode
from parlour.testing.faults import Fault, Faults
from parlour.testing.simchain import CONTRACT, PING, SimChain, SimLog, SimTx
from tests.runtime.chain_kit import World


async def following(**config: Any) -> World:
    """A chain of ten blocks, followed, with one watch."""
    world = World(**config)
    world.sim.mine_many(10)
    await world.catch_up()
    await world.watch()
    return world


def types(world: World, room: str = "r") -> list[str]:
    return [e.type for e in world.rooms.entries[room]]


async def test_an_event_mined_becomes_an_entry() -> None:
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


# ── reorgs ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
async def test_f01_a_reorg_reverts_what_is_gone_and_tells_what_is_new(depth: int) -> None:
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


async def test_f01_a_transaction_included_again_unchanged_is_only_moved() -> None:
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


async def test_f01_a_transaction_with_another_outcome_is_reverted_and_told_anew() -> None:
    world = await following()
    tx = world.sim.ping(1)
    world.sim.mine([tx])
    await world.catch_up()
    world.sim.reorg(1, [[SimTx(tx.id, world.sim.ping(2).logs)]])
    await world.catch_up()
    assert types(world)[-2:] == ["chain.reverted", "chain.event"]
    assert world.rooms.values("r") == [2]


async def test_a_moved_event_can_be_reverted_later() -> None:
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


async def test_f02_a_silent_rollback_and_a_shorter_branch_are_followed() -> None:
    world = await following()
    for value in range(3):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    world.sim.rollback(3)
    world.sim.mine([world.sim.ping(9)])
    await world.catch_up()
    assert world.follower.status()["processed"] == 11
    assert world.rooms.values("r") == [9]


async def test_f03_a_head_that_goes_back_to_an_ancestor_is_lag_and_nothing_is_undone() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    world.sim.rollback(1)
    await world.catch_up(patience=3)
    assert world.follower.state == "lagging"
    assert world.follower.counts.reorgs == 0
    assert world.rooms.values("r") == [1]


async def test_f03_a_node_that_lags_is_left_for_one_that_does_not() -> None:
    world = await following(nodes=2)
    world.sim.mine()
    await world.catch_up()
    world.nodes[0].faults.lag_to(9)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.follower.counts.reorgs == 0


async def test_f03_a_lag_that_lasts_is_an_alarm() -> None:
    world = await following(lag_alarm=30.0)
    world.faults.lag_to(8)
    await world.catch_up(patience=2)
    assert world.chains.alarms() == []
    world.clock.seconds += 60
    assert [alarm[:27] for alarm in world.chains.alarms()] == ["chain 1337 has not moved for"[:27]]


async def test_f16_a_fork_below_finality_halts_and_a_rewind_goes_on() -> None:
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


async def test_f16_a_branch_longer_back_than_max_reorg_halts() -> None:
    world = await following(max_reorg=3)
    world.sim.final_depth = 100
    world.sim.mine_many(5)
    await world.catch_up()
    world.sim.reorg(4, [[]] * 6)
    await world.catch_up()
    assert world.follower.state == "halted"


async def test_a_replay_lifts_a_halt_once_the_node_is_right_again() -> None:
    world = await following()
    right = world.sim.head
    world.sim.mine_many(12)
    await world.catch_up()
    tip = world.sim.head
    world.sim._final = 0
    world.sim.show(right)
    world.sim.reorg(1, [[]] * 14)
    await world.catch_up()
    assert world.follower.state == "halted"
    world.sim.show(tip)
    await world.chains.replay(1337)
    await world.catch_up()
    assert world.at_tip()


async def test_f21_a_flip_to_a_branch_and_back_tells_the_event_again() -> None:
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


# ── answers that lie ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_f04_a_range_is_believed_only_up_to_the_same_answers_finality() -> None:
    sim = SimChain()
    for value in range(40):
        sim.mine([sim.ping(value)])
    node = FakeNode(sim)
    node.faults.short_ranges(12)
    node.faults.rule("eth_getBlockByNumber", lambda ask, method, params: ask(method, [hex(12), False]), 1)
    record = {"id": "w", "chain": 1337, "event": PING, "finality": "included", "confirm": [], "from": {"number": 0}}
    reading = RangeReader(100).read(node, Routes([Route("r", record)]), 1, 30, tags=True, depth=64)
    with pytest.raises(Malformed, match="not final at block 30"):
        await anext(reading)


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


async def test_f05_an_empty_answer_that_the_bloom_denies_is_asked_again() -> None:
    world = await following()
    world.faults.empty_logs(times=2)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.follower.counts.rejected >= 1


async def test_f05_a_bloom_that_promises_what_is_not_there_does_not_stop_anything() -> None:
    world = await following()
    other = SimLog("0x" + "c0" * 20, ("0x" + "77" * 32,), "0x")
    elsewhere = SimLog("0x" + "d0" * 20, world.sim.ping(1).logs[0].topics, "0x" + "00" * 32)
    world.sim.mine([world.sim.tx(other, elsewhere)])
    world.sim.mine([world.sim.ping(2)])
    await world.catch_up()
    assert world.follower.counts.rejected == 0
    assert world.rooms.values("r") == [2]


async def test_f06_partial_logs_are_told_late_when_the_block_is_final() -> None:
    world = await following()
    world.faults.partial_logs(times=1)
    world.sim.mine([world.sim.ping(1, 2, 3)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2], "the bloom of three equal events does not show a missing one"
    world.sim.mine_many(10)
    world.clock.seconds += 60
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2, 3]
    late = world.rooms.of("r", "chain.event")[-1]
    assert (late["late"], late["status"], late["args"]["value"]) == (True, "finalized", "3")
    assert world.follower.counts.late == 1


async def test_f06_a_receipts_root_shows_partial_logs_at_once() -> None:
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
async def test_f07_an_answer_that_cannot_be_is_rejected_and_asked_again(fault: str) -> None:
    world = await following()
    getattr(world.faults, fault)(times=2)
    world.sim.mine([world.sim.ping(1, 2)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2]
    assert world.follower.counts.rejected >= 2


async def test_f08_an_all_zero_bloom_over_transactions_is_not_believed() -> None:
    world = await following()
    world.faults.zero_bloom()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_f08_a_chain_whose_bloom_is_not_to_be_trusted_is_read_whole() -> None:
    world = await following(trust_bloom=False)
    stale = "0x" + "00" * 255 + "01"
    world.faults._blocks(float("inf"), lambda block: {**block, "logsBloom": stale})
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_f09_a_block_that_is_announced_but_absent_is_asked_for_again() -> None:
    world = await following()
    world.faults.null_block(times=3)
    world.sim.mine([world.sim.ping(1)])
    world.sim.mine([world.sim.ping(2)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2]


async def test_f09_absent_receipts_are_asked_for_again() -> None:
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


async def test_a_chain_that_changes_while_it_is_read_costs_only_the_step() -> None:
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


# ── nodes that fail ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_f12_a_node_that_never_answers_is_left_for_another() -> None:
    world = await following(nodes=2)
    world.faults.blackhole()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_a_chain_whose_nodes_are_all_down_says_so_and_comes_back() -> None:
    world = await following()
    world.nodes[0].down = True
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up(patience=5)
    assert world.follower.state == "disconnected"
    assert world.chains.alarms()[0].startswith("chain 1337 is disconnected")
    with pytest.raises(Unavailable):
        await world.watch("other")
    world.nodes[0].down = False
    world.clock.seconds += 30
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


async def test_f15_a_wiped_chain_with_another_genesis_halts_and_can_be_accepted() -> None:
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
    began = world.clock.seconds
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    assert world.clock.seconds - began >= 2


async def test_f17_a_rate_limited_endpoint_hands_over_to_another() -> None:
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


async def test_f18_a_single_block_too_large_for_a_range_is_read_by_hash() -> None:
    world = await following(catch_up=5)
    for value in range(20):
        world.sim.mine([world.sim.ping(value)])
    world.faults.range_limit(0, "query returned more than 10000 results")
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)


async def test_f30_a_step_never_mixes_two_nodes() -> None:
    world = await following(nodes=2)
    other = SimChain()
    other.__dict__.update({**world.sim.__dict__, "listeners": [], "_canonical": dict(world.sim._canonical)})
    world.nodes[1].chain = other
    other.mine([other.ping(100)])
    other._next_tx += 10
    world.sim.mine([world.sim.ping(1)])
    world.sim.mine([world.sim.ping(2)])
    first = world.nodes[0].faults
    first.error(-32000, "oops", method="eth_getLogs", times=1)
    await world.follower.step()
    world.clock.seconds += 0.01
    await world.follower.step()
    await world.tell()
    told = {b["block"]["hash"] for b in world.rooms.standing("r")}
    branch_one = {b.hash for b in world.sim.canonical()}
    branch_two = {b.hash for b in other.canonical()}
    assert told
    assert told <= branch_one or told <= branch_two


# ── crashes, rivals, slow rooms ──────────────────────────────────────────────────────────────────────────────────


class FlakyStore(MemoryChainStore):
    """Fails commits on command: before they take effect, or after (the answer was lost)."""

    def __init__(self) -> None:
        super().__init__()
        self.before = 0
        self.after = 0

    async def commit(self, step: Step) -> None:
        if self.before:
            self.before -= 1
            raise StoreError("the disk is full")
        await super().commit(step)
        if self.after:
            self.after -= 1
            raise StoreError("the connection was lost after COMMIT")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_f20_a_crash_around_the_commit_loses_and_doubles_nothing(when: str) -> None:
    world = await following(store=FlakyStore())
    for value in range(6):
        world.sim.mine([world.sim.ping(value)])
        setattr(world.store, when, 1)
        await world.catch_up()
        world.open()
        await world.catch_up()
    assert world.rooms.values("r") == list(range(6))
    assert types(world).count("chain.event") == 6


async def test_f20_a_crash_between_delivery_and_its_note_is_told_once() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step()
    row = (await world.store.pending(1337, 10))[0]
    await world.rooms.deliver("r", ChainNews(drafts=[draft(row)]))
    world.open()
    await world.catch_up()
    assert types(world).count("chain.event") == 1


async def test_f24_a_room_that_is_down_holds_only_its_own_news() -> None:
    world = await following()
    await world.watch("other")
    deliver = world.rooms.deliver

    async def only_other(room: str, news: Any) -> None:
        if room == "r":
            raise Unavailable()
        await deliver(room, news)

    world.chain.outbox._deliver = only_other
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step()
    await world.chain.outbox.drain()
    assert world.rooms.values("other") == [1]
    assert world.rooms.values("r") == []
    world.chain.outbox._deliver = deliver
    await world.tell()
    assert world.rooms.values("r") == [1]


async def test_f24_a_poison_event_is_parked_after_five_tries_and_the_rest_goes_on() -> None:
    world = await following()
    deliver = world.rooms.deliver

    async def chokes(room: str, news: Any) -> None:
        if any(d.body.get("args", {}).get("value") == "13" for d in news.drafts):
            raise Internal("a bug in this room")
        await deliver(room, news)

    world.chain.outbox._deliver = chokes
    world.sim.mine([world.sim.ping(12), world.sim.ping(13), world.sim.ping(14)])
    await world.catch_up()
    assert world.rooms.values("r") == [12, 14]
    assert (await world.chains.status())[0]["outbox"]["parked"] == 1
    world.chain.outbox._deliver = deliver
    assert await world.chains.replay(1337) == 1
    await world.tell()
    assert world.rooms.values("r") == [12, 13, 14]


async def test_f24_a_slow_room_does_not_hold_the_follower() -> None:
    world = await following()

    async def never(room: str, news: Any) -> None:
        await asyncio.Event().wait()

    world.chain.outbox._deliver = never
    world.chain.outbox.start()
    for value in range(3):
        world.sim.mine([world.sim.ping(value)])
        await world.follower.step()
    assert world.follower.status()["processed"] == 13
    await world.chain.outbox.stop()


async def test_f25_of_two_followers_only_the_one_with_the_lease_writes() -> None:
    world = await following()
    first = world.follower
    world.open(owner="two")
    second = world.follower
    await second.step()
    assert second.state == "standby"
    world.sim.mine([world.sim.ping(1)])
    await first.step()
    world.clock.seconds += 60
    world.sim.mine([world.sim.ping(2)])
    await second.step()
    assert second.state == "following"
    world.sim.mine([world.sim.ping(3)])
    await first.step()
    assert first.state == "standby"
    await second.step()
    await world.tell()
    assert world.rooms.values("r") == [1, 2, 3]


async def test_f25_a_watch_taken_on_a_process_without_the_lease_is_picked_up_by_the_one_with_it() -> None:
    world = await following()
    first = world.follower
    world.open(owner="two")
    await world.follower.step()
    record = await world.watch("late")
    world.sim.mine([world.sim.ping(1)])
    await first.step()
    world.clock.seconds += 3
    await first.step()
    world.sim.mine([world.sim.ping(2)])
    await first.step()
    world.clock.seconds += 20
    await world.tell()
    assert record["from"]["number"] == 10
    assert world.rooms.values("late") == [1, 2]


# ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_f19_blocks_mined_during_a_backfill_are_neither_missed_nor_doubled() -> None:
    world = World(catch_up=1000, range_size=5)
    for value in range(40):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    mined = iter(range(40, 60))

    async def mine_meanwhile(ask: Any, method: str, params: list[Any]) -> Any:
        if (value := next(mined, None)) is not None:
            world.sim.mine([world.sim.ping(value)])
            await world.follower.step() if not world.follower._lock.locked() else None
        return await ask(method, params)

    world.faults.rule("eth_getLogs", mine_meanwhile, 4)
    await world.watch(fromBlock=0)
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(0)
    assert types(world).count("chain.event") == len(world.expected(0))


async def test_f23_a_late_watch_gets_its_history_and_then_what_is_new() -> None:
    world = World()
    for value in range(20):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    record = await world.watch(fromBlock=6)
    world.sim.mine([world.sim.ping(99)])
    await world.catch_up()
    assert record["from"] == {"number": 5, "hash": world.sim._canonical[5].hash}
    assert world.rooms.values("r") == [*range(5, 20), 99]
    statuses = [e["status"] for e in world.rooms.of("r", "chain.event")]
    assert statuses == ["finalized"] * 7 + ["safe"] * 4 + ["included"] * 5


async def test_f23_history_above_finality_can_still_be_reverted() -> None:
    world = World()
    for value in range(20):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    await world.watch(fromBlock=0)
    world.sim.reorg(3, [[], [], [], []])
    await world.catch_up()
    assert world.rooms.values("r") == list(range(17))


async def test_f23_a_block_that_changes_under_a_backfill_makes_it_fail_cleanly() -> None:
    world = World()
    world.sim.mine_many(12)
    await world.catch_up()
    world.sim.reorg(2, [[], [], []])
    with pytest.raises(Unavailable):
        await world.watch(fromBlock=12)
    await world.catch_up()
    await world.watch(fromBlock=12)
    assert len(await world.store.subs(1337)) == 1


async def test_a_watch_whose_room_refuses_it_leaves_nothing_behind() -> None:
    world = World()
    world.sim.mine()
    await world.catch_up()

    async def refuse(record: Any) -> None:
        raise Invalid("A room holds at most 16 watches.")

    request = {"chain": 1337, "address": CONTRACT, "event": PING}
    with pytest.raises(Invalid):
        await world.chains.watch("r", request, refuse)
    assert await world.store.subs(1337) == []
    assert world.follower.status()["watches"] == 0


async def test_a_request_sent_again_with_the_same_id_is_the_same_watch() -> None:
    world = await following()
    request = {"chain": 1337, "address": CONTRACT, "event": PING}
    first = await world.chains.watch("r", request, world.rooms.submit("r"), key="abc")
    world.sim.mine()
    await world.catch_up()
    again = await world.chains.watch("r", request, world.rooms.submit("r"), key="abc")
    assert again == first
    assert types(world).count("room.watched") == 2


async def test_news_wait_until_the_room_has_stored_its_watch() -> None:
    world = await following()
    gate = asyncio.Event()

    async def slow(record: Any) -> None:
        await gate.wait()
        await world.rooms.submit("late")(record)

    request = {"chain": 1337, "address": CONTRACT, "event": PING}
    asked = asyncio.create_task(world.chains.watch("late", request, slow))
    while len(await world.store.subs(1337)) < 2:
        await asyncio.sleep(0)
    world.sim.mine([world.sim.ping(1)])
    await world.follower.step()
    await world.chain.outbox.drain()
    assert "late" not in world.rooms.entries
    gate.set()
    await asked
    await world.tell()
    assert types(world, "late") == ["room.watched", "chain.event"]


async def test_a_watch_whose_process_died_before_the_room_heard_of_it_is_forgotten() -> None:
    world = await following()

    known = (await world.store.subs(1337))[0]
    ghost = Sub("wghost", "ghost", 1337, {**known.record, "id": "wghost"}, "held", world.clock.now())
    await world.store.add_sub(ghost)
    world.open()
    world.sim.mine([world.sim.ping(1)])
    world.clock.seconds += 30
    await world.catch_up()
    assert [s.room for s in await world.store.subs(1337)] == ["r"]


async def test_unwatching_ends_the_events() -> None:
    world = await following()
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    await world.chains.unwatch(1337, (await world.store.subs(1337))[0].id)
    world.sim.mine([world.sim.ping(2)])
    await world.catch_up()
    assert world.rooms.values("r") == [1]


@pytest.mark.parametrize(("level", "blocks"), [("safe", 4), ("finalized", 8), (3, 2), (1, 0)])
async def test_events_come_when_their_block_has_the_finality_the_watch_asked_for(level: Any, blocks: int) -> None:
    world = World()
    world.sim.mine_many(10)
    await world.catch_up()
    await world.watch(finality=level)
    world.sim.mine([world.sim.ping(1)])
    for _ in range(blocks):
        await world.catch_up()
        assert world.rooms.values("r") == []
        world.sim.mine()
    await world.catch_up()
    assert world.rooms.values("r") == [1]
    status = world.rooms.of("r", "chain.event")[0]["status"]
    assert status == (level if isinstance(level, str) else "included")


async def test_an_event_reverted_before_its_finality_was_never_told() -> None:
    world = World()
    world.sim.mine_many(10)
    await world.catch_up()
    await world.watch(finality=3)
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    world.sim.reorg(1, [[], [], [], []])
    await world.catch_up()
    assert types(world) == ["room.watched"]


async def test_confirmations_are_announced_once_per_room_and_move() -> None:
    world = World()
    world.sim.mine_many(10)
    await world.catch_up()
    await world.watch(confirm=[2, "safe", "finalized"])
    await world.watch(confirm=["finalized"])
    world.sim.mine([world.sim.ping(1), world.sim.ping(2)])
    for _ in range(12):
        await world.catch_up()
        world.sim.mine()
    said = [(c["status"], c.get("confirmations"), c["upTo"]["number"]) for c in world.rooms.of("r", "chain.confirmed")]
    assert said == [("included", 2, 11), ("safe", None, 11), ("finalized", None, 11)]


async def test_a_flood_is_capped_and_said_to_be() -> None:
    world = await following(events_per_second=1.0)
    world.sim.mine([world.sim.ping(n) for n in range(30)])
    await world.catch_up()
    assert world.rooms.values("r") == list(range(10))
    gap = world.rooms.of("r", "chain.gap")[0]
    assert (gap["dropped"], gap["reason"], gap["from"]["number"]) == (20, "rate", 11)
    world.clock.seconds += 60
    world.sim.mine([world.sim.ping(77)])
    await world.catch_up()
    assert world.rooms.values("r")[-1] == 77


async def test_a_backfill_keeps_the_newest_events_and_says_what_it_left_out() -> None:
    world = World(max_backfill_events=5)
    world.sim.mine([world.sim.ping(*range(12))])
    world.sim.mine_many(3)
    await world.catch_up()
    await world.watch(fromBlock=0)
    await world.tell()
    assert types(world) == ["room.watched", "chain.gap"] + ["chain.event"] * 5
    assert world.rooms.values("r") == [7, 8, 9, 10, 11]
    assert world.rooms.of("r", "chain.gap")[0]["dropped"] == 7


async def test_f28_absurd_values_arrive_as_text_or_undecoded_and_nothing_stops() -> None:
    world = await following()
    topics = world.sim.ping(0).logs[0].topics
    odd = [
        SimLog(CONTRACT, topics, "0x" + "ff" * 32),
        SimLog(CONTRACT, topics, "0x"),
        SimLog(CONTRACT, topics[:1], "0x" + "00" * 64),
        SimLog(CONTRACT, (topics[0], "0x" + "ff" * 32), "0x" + "00" * 32),
        SimLog(CONTRACT, topics, "0x" + "ab" * 200_000),
    ]
    world.sim.mine([world.sim.tx(*odd)])
    world.sim.mine([world.sim.ping(1)])
    await world.catch_up()
    told = world.rooms.of("r", "chain.event")
    assert told[0]["args"]["value"] == str(2**256 - 1)
    assert [set(t) & {"args", "topics", "data"} for t in told[1:4]] == [{"topics", "data"}] * 3
    assert (told[4]["bytes"], len(told[4]["data"])) == (200_000, 2 + 2 * 2048)
    assert told[5]["args"]["value"] == "1"


async def test_f29_times_that_stand_still_or_jump_back_do_not_change_the_order() -> None:
    world = await following()
    for value, time in enumerate([5_000, 5_000, 4_000, 9_000_000_000]):
        world.sim.mine([world.sim.ping(value)])
        world.sim.head.time = time
        world.sim._headers.pop(world.sim.head.hash, None)
    await world.catch_up()
    told = world.rooms.of("r", "chain.event")
    assert [e["args"]["value"] for e in told] == ["0", "1", "2", "3"]
    assert [e["block"]["time"] for e in told] == [5_000, 5_000, 4_000, 9_000_000_000]


async def test_a_watch_may_filter_on_indexed_arguments() -> None:
    world = World()
    world.sim.mine()
    await world.catch_up()
    await world.watch(where={"who": ["0x" + "00" * 19 + "02", "0x" + "00" * 19 + "03"]})
    world.sim.mine([world.sim.ping(n, who=n) for n in (1, 2, 3)])
    await world.catch_up()
    assert world.rooms.values("r") == [2, 3]


async def test_an_operators_watch_without_an_address_takes_every_contract() -> None:
    world = World()
    world.sim.mine()
    await world.catch_up()
    request = {"chain": 1337, "event": PING}
    await world.chains.watch("r", request, world.rooms.submit("r"), operator=True)
    world.sim.mine([world.sim.ping(1, address="0x" + "aa" * 20), world.sim.ping(2, address="0x" + "bb" * 20)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2]


async def test_a_chain_without_finality_tags_counts_depth() -> None:
    sim = SimChain(safe=None, final=None)
    world = World(sim, depth=6)
    sim.mine_many(20)
    await world.catch_up()
    await world.watch(finality="finalized")
    sim.mine([sim.ping(1)])
    sim.mine_many(5)
    await world.catch_up()
    assert world.rooms.values("r") == []
    sim.mine()
    await world.catch_up()
    assert world.rooms.values("r") == [1]


async def test_after_a_long_absence_ranges_are_read_up_to_finality_and_blocks_from_there() -> None:
    world = await following(catch_up=20, range_size=10)
    world.open()
    for value in range(200):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)
    ranges = [p for m, p in world.faults.calls if m == "eth_getLogs" and "fromBlock" in p[0]]
    singles = [p for m, p in world.faults.calls if m == "eth_getLogs" and "blockHash" in p[0]]
    assert len(ranges) >= 5
    assert len(singles) < 30


async def test_a_reorg_during_a_long_absence_is_undone_first() -> None:
    world = await following(catch_up=20)
    tail = [world.sim.ping(n) for n in range(4)]
    for tx in tail:
        world.sim.mine([tx])
    await world.catch_up()
    world.sim.reorg(3, [[world.sim.ping(50)], [tail[2]], []])
    for value in range(100, 160):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(10)


async def test_pruning_never_forgets_what_may_still_change() -> None:
    world = await following()
    for value in range(400):
        world.sim.mine([world.sim.ping(value)])
        if value % 20 == 0:
            world.clock.seconds += 5
            await world.catch_up()
    world.sim.reorg(5, [[], [], [], [], [], []])
    await world.catch_up()
    kept = await world.store.load(1337)
    assert kept is not None
    assert len(kept.headers) < 350
    assert world.rooms.values("r") == world.expected(10)


# ── provider words ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_provider_error_that_is_no_range_error_is_a_failure_of_the_endpoint() -> None:
    node = FakeNode(SimChain(), Faults())
    node.faults.error(-32005, "daily request count exceeded, request rate limited")
    with pytest.raises(Exception, match="rate limited") as caught:
        await node.call("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "0x1"}])
    assert not isinstance(caught.value, RangeTooLarge | Fault)
