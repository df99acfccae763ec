"""Watches: their start, their history, their finality, their caps (the table of failures in docs/chain.md)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.errors import Conflict, Invalid, Unavailable
from parlour.runtime.chain.store import Sub
from parlour.testing.simchain import CONTRACT, PING, SimChain, SimLog
from tests.runtime.chain.chain_kit import World, following, types


async def test_f19_blocks_mined_during_a_backfill_are_neither_missed_nor_doubled() -> None:
    world = World(catch_up=1000, range_size=5)
    for value in range(40):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    mined = iter(range(40, 60))

    async def mine_meanwhile(ask: Any, method: str, params: list[Any]) -> Any:
        if (value := next(mined, None)) is not None:
            world.sim.mine([world.sim.ping(value)])
            await world.follower.step() if not world.follower.between_steps.locked() else None
        return await ask(method, params)

    world.faults.rule("eth_getLogs", mine_meanwhile, 4)
    await world.watch(fromBlock=0)
    await world.catch_up()
    assert world.rooms.values("r") == world.expected(0)
    assert types(world).count("chain.event") == len(world.expected(0))


async def test_f23_late_watch_gets_its_history_and_then_what_is_new() -> None:
    world = World()
    for value in range(20):
        world.sim.mine([world.sim.ping(value)])
    await world.catch_up()
    record = await world.watch(fromBlock=6)
    world.sim.mine([world.sim.ping(99)])
    await world.catch_up()
    assert record["from"] == {"number": 5, "hash": world.sim.ancestor(world.sim.height - 5).hash}
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


async def test_f23_backfill_fails_cleanly_when_a_block_changes_under_it() -> None:
    world = World()
    world.sim.mine_many(12)
    await world.catch_up()
    world.sim.reorg(2, [[], [], []])
    with pytest.raises(Unavailable):
        await world.watch(fromBlock=12)
    await world.catch_up()
    await world.watch(fromBlock=12)
    assert len(await world.store.subs(1337)) == 1


async def test_watch_refused_by_its_room_leaves_nothing_behind() -> None:
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


async def test_request_sent_again_with_the_same_id_is_the_same_watch() -> None:
    world = await following()
    request = {"chain": 1337, "address": CONTRACT, "event": PING}
    first = await world.chains.watch("r", request, world.rooms.submit("r"), key="abc")
    world.sim.mine()
    await world.catch_up()
    again = await world.chains.watch("r", request, world.rooms.submit("r"), key="abc")
    assert again == first
    assert types(world).count("room.watched") == 2


@pytest.mark.parametrize("other", [{"event": "Other()"}, {"where": {}, "confirm": ["safe"]}, {"finality": "safe"}])
async def test_another_request_with_the_same_id_is_a_conflict(other: dict[str, Any]) -> None:
    world = await following()
    request = {"chain": 1337, "address": CONTRACT, "event": PING}
    await world.chains.watch("r", request, world.rooms.submit("r"), key="abc")
    with pytest.raises(Conflict):
        await world.chains.watch("r", {**request, **other}, world.rooms.submit("r"), key="abc")


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
    await world.deliver_all()
    assert types(world, "late") == ["room.watched", "chain.event"]


async def test_watch_is_dropped_when_its_process_died_before_the_room_stored_it() -> None:
    world = await following()

    known = (await world.store.subs(1337))[0]
    ghost = Sub("wghost", "ghost", 1337, {**known.record, "id": "wghost"}, "held", world.clock.now())
    await world.store.add_sub(ghost)
    world.open()
    world.sim.mine([world.sim.ping(1)])
    world.clock.spend(30)
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
async def test_event_arrives_when_its_block_has_the_finality_of_the_watch(level: Any, blocks: int) -> None:
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


async def test_event_reverted_before_its_finality_is_never_delivered() -> None:
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
    confirmed = [
        (c["status"], c.get("confirmations"), c["upTo"]["number"]) for c in world.rooms.of("r", "chain.confirmed")
    ]
    assert confirmed == [("included", 2, 11), ("safe", None, 11), ("finalized", None, 11)]


async def test_backfill_over_its_cap_keeps_the_newest_events_and_names_a_gap() -> None:
    world = World(max_backfill_events=5)
    world.sim.mine([world.sim.ping(*range(12))])
    world.sim.mine_many(3)
    await world.catch_up()
    await world.watch(fromBlock=0)
    await world.deliver_all()
    assert types(world) == ["room.watched", "chain.gap"] + ["chain.event"] * 5
    assert world.rooms.values("r") == [7, 8, 9, 10, 11]
    assert world.rooms.of("r", "chain.gap")[0]["dropped"] == 7


async def test_f28_absurd_values_arrive_as_text_or_undecoded() -> None:
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
    events = world.rooms.of("r", "chain.event")
    assert events[0]["args"]["value"] == str(2**256 - 1)
    assert [set(t) & {"args", "topics", "data"} for t in events[1:4]] == [{"topics", "data"}] * 3
    assert (events[4]["bytes"], len(events[4]["data"])) == (200_000, 2 + 2 * 2048)
    assert events[5]["args"]["value"] == "1"


async def test_f29_block_times_that_stand_still_or_jump_keep_the_order() -> None:
    world = await following()
    for value, time in enumerate([5_000, 5_000, 4_000, 9_000_000_000]):
        world.sim.mine([world.sim.ping(value)])
        world.sim.set_time(time)
    await world.catch_up()
    events = world.rooms.of("r", "chain.event")
    assert [e["args"]["value"] for e in events] == ["0", "1", "2", "3"]
    assert [e["block"]["time"] for e in events] == [5_000, 5_000, 4_000, 9_000_000_000]


async def test_watch_may_filter_on_indexed_arguments() -> None:
    world = World()
    world.sim.mine()
    await world.catch_up()
    await world.watch(where={"who": ["0x" + "00" * 19 + "02", "0x" + "00" * 19 + "03"]})
    world.sim.mine([world.sim.ping(n, who=n) for n in (1, 2, 3)])
    await world.catch_up()
    assert world.rooms.values("r") == [2, 3]


async def test_operators_watch_without_an_address_matches_every_contract() -> None:
    world = World()
    world.sim.mine()
    await world.catch_up()
    request = {"chain": 1337, "event": PING}
    await world.chains.watch("r", request, world.rooms.submit("r"), operator=True)
    world.sim.mine([world.sim.ping(1, address="0x" + "aa" * 20), world.sim.ping(2, address="0x" + "bb" * 20)])
    await world.catch_up()
    assert world.rooms.values("r") == [1, 2]


async def test_chain_without_finality_tags_counts_depth() -> None:
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


async def test_long_absence_is_read_in_ranges_to_finality_then_by_block() -> None:
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


async def test_reorg_during_a_long_absence_is_undone_first() -> None:
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
            world.clock.spend(5)
            await world.catch_up()
    world.sim.reorg(5, [[], [], [], [], [], []])
    await world.catch_up()
    kept = await world.store.load(1337)
    assert kept is not None
    assert len(kept.headers) < 350
    assert world.rooms.values("r") == world.expected(10)
