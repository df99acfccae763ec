"""Pacing: events of watches wait in order for the room's rate, prompt rows wait for nobody, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.chain.lanes import Lane
from parlour.core.chain.room_news import News
from parlour.errors import Illegal
from parlour.runtime.chain.outbox_queue import OutboxQueue
from parlour.runtime.chain.room_pace import RoomPace
from parlour.runtime.chain.store import Step
from tests.runtime.chain.chain_kit import World, following, types


async def paced(**config: Any) -> World:
    """A followed chain whose rooms take one event a second, ten at once."""
    return await following(events_per_second=1.0, **config)


async def told(world: World, *, after: float = 0.0) -> list[int]:
    """Let time pass, deliver what may be delivered, and return the values that the room has."""
    world.clock.spend(after)
    await world.chain.outbox.drain()
    return [int(body["args"]["value"]) for body in world.rooms.of("r", "chain.event")]


async def mined(world: World, *values: int) -> None:
    world.sim.mine([world.sim.ping(value) for value in values])
    await world.follower.step()


async def gate_row(world: World, room: str = "r", name: str = "g1") -> None:
    """Commit a row that waits for nobody, as a gate would."""
    follower = world.follower
    ledger = follower.ready()
    c = ledger.cursor
    row = News(room, "", "gate", "member.removed", name, {"account": "0x"}, Lane.PROMPT)
    await follower.commit(ledger, Step(c, ledger.fence, (c.number, c.hash), news=[row]))


async def test_flood_waits_for_the_rate_in_order_and_nothing_is_lost() -> None:
    world = await paced()
    await mined(world, *range(30))
    assert await told(world) == list(range(10))
    assert await told(world, after=5) == list(range(15))
    assert await told(world, after=5) == list(range(20))
    assert await told(world, after=50) == list(range(30))
    assert "chain.gap" not in types(world)


async def test_room_that_is_flooded_does_not_slow_another_one() -> None:
    world = await paced()
    await world.watch("quiet", where={"who": ["0x" + "00" * 19 + "02"]})
    await mined(world, *range(3000))
    world.sim.mine([world.sim.ping(7, who=2)])
    await world.follower.step()
    assert len(await told(world)) == 10
    assert world.rooms.values("quiet") == [7]


async def test_rows_behind_many_of_a_busy_room_are_found_in_one_read() -> None:
    world = await paced()
    await world.watch("quiet", where={"who": ["0x" + "00" * 19 + "02"]})
    await mined(world, *range(5000))
    world.sim.mine([world.sim.ping(7, who=2)])
    await world.follower.step()
    rows = OutboxQueue(1337, world.store, world.clock, RoomPace(1.0, world.clock))
    assert list(await rows.pending(2000, {"r"})) == ["quiet"]
    assert rows.waiting("r") == 5001


async def test_prompt_row_overtakes_events_that_wait() -> None:
    world = await paced()
    await mined(world, *range(30))
    await told(world)
    await gate_row(world)
    assert await told(world) == list(range(10))
    assert types(world)[-1] == "member.removed"


async def test_event_undone_before_it_was_told_is_never_told() -> None:
    world = await paced()
    await mined(world, *range(10))
    await told(world)
    await mined(world, 77)
    world.sim.reorg(1, [[], []])
    await world.follower.step()
    assert await told(world, after=100) == list(range(10))
    assert "chain.reverted" not in types(world)


async def test_revert_names_only_the_events_that_were_told() -> None:
    world = await paced()
    await mined(world, *range(30))
    await told(world)
    world.sim.reorg(1, [[world.sim.ping(500)], []])
    await world.follower.step()
    assert await told(world, after=100) == [*range(10), 500]
    assert [len(body["of"]) for body in world.rooms.of("r", "chain.reverted")] == [10]
    assert world.rooms.values("r") == [500]


async def test_event_that_moved_while_it_waited_is_told_where_it_is_now() -> None:
    world = await paced()
    pings = [world.sim.ping(value) for value in range(12)]
    world.sim.mine(pings)
    await world.follower.step()
    await told(world)
    block = world.sim.reorg(1, [[], pings])
    await world.follower.step()
    await told(world, after=100)
    assert {body["block"]["hash"] for body in world.rooms.standing("r")} == {block.hash}
    assert [len(body["of"]) for body in world.rooms.of("r", "chain.moved")] == [10]
    assert world.rooms.values("r") == list(range(12))


async def test_level_is_not_told_above_an_event_that_waits() -> None:
    world = await paced()
    await mined(world, *range(30))
    await told(world)
    world.sim.mine_many(12)
    await world.catch_up(patience=3)
    entries = types(world)
    assert entries.count("chain.event") == 30
    assert "chain.confirmed" not in entries[: entries.index("chain.event") + 30]
    assert entries[-1] == "chain.confirmed"


async def test_level_that_waits_is_lowered_when_its_block_is_undone() -> None:
    world = World(events_per_second=1.0)
    world.sim.mine_many(10)
    await world.catch_up()
    await world.watch(confirm=[2])
    await mined(world, *range(30))
    await told(world)
    await mined(world, 100)
    await mined(world, 101)
    world.sim.reorg(2, [[], [], []])
    await world.follower.step()
    for _ in range(5):
        await told(world, after=100)
    confirmed = [body["upTo"] for body in world.rooms.of("r", "chain.confirmed")]
    assert confirmed[0]["number"] == 11
    assert all(world.sim.at(upto["number"]).hash == upto["hash"] for upto in confirmed)  # type: ignore[union-attr]
    assert world.rooms.values("r") == list(range(30))


async def test_more_than_may_wait_becomes_a_gap_that_names_its_ends() -> None:
    world = await paced(max_backlog=20)
    await mined(world, *range(30))
    await told(world, after=100)
    gap = world.rooms.of("r", "chain.gap")[0]
    assert (gap["dropped"], gap["reason"]) == (10, "rate")
    assert (gap["from"]["logIndex"], gap["to"]["logIndex"]) == (20, 29)
    await told(world, after=100)
    await mined(world, 77)
    assert await told(world, after=100) == [*range(20), 77]


async def filled(world: World, seq: int) -> int:
    gap = world.rooms.entries["r"][seq - 1].body
    return await world.chains.fill_gap("r", gap, seq)  # type: ignore[arg-type]


async def gapped(world: World) -> int:
    """Return the seq of the room's only gap."""
    return next(e.seq for e in world.rooms.entries["r"] if e.type == "chain.gap")


@pytest.mark.parametrize("more_blocks", [0, 20])
async def test_gap_is_filled_with_what_it_left_out_and_only_once(more_blocks: int) -> None:
    world = await paced(max_backlog=20)
    await mined(world, *range(30))
    for _ in range(3):
        await told(world, after=100)
    world.sim.mine_many(more_blocks)
    await world.catch_up()
    seq = await gapped(world)
    assert await filled(world, seq) == 10
    assert await told(world, after=100) == list(range(30))
    assert {body.get("fill") for body in world.rooms.of("r", "chain.event")[20:]} == {seq}
    again = await filled(world, seq)
    assert again == (0 if not more_blocks else again)
    assert await told(world, after=100) == list(range(30))


async def test_filled_event_is_reverted_with_its_block() -> None:
    world = await paced(max_backlog=20)
    await mined(world, *range(30))
    for _ in range(3):
        await told(world, after=100)
    await filled(world, await gapped(world))
    await told(world, after=100)
    world.sim.reorg(1, [[], []])
    await world.follower.step()
    await told(world, after=100)
    assert world.rooms.values("r") == []


async def test_gap_whose_block_is_gone_is_not_filled() -> None:
    world = await paced(max_backlog=20)
    await mined(world, *range(30))
    for _ in range(3):
        await told(world, after=100)
    world.sim.reorg(1, [[], []])
    await world.follower.step()
    await told(world, after=100)
    with pytest.raises(Illegal, match="no longer on the chain"):
        await filled(world, await gapped(world))


async def test_events_that_rules_rest_on_wait_for_no_rate_and_leave_no_gap() -> None:
    world = await paced(max_backlog=20)
    asked = {"chain": world.sim.chain_id, "address": "0x" + "c0" * 20, "event": "Ping(address indexed, uint256 value)"}
    await world.chains.watch("game", asked, world.rooms.submit("game"), hook=True)
    await mined(world, *range(50))
    assert [alarm for alarm in world.chains.alarms() if "1 rooms are behind" in alarm]
    await told(world)
    assert world.rooms.values("game") == list(range(50))
    assert types(world, "game").count("chain.stalled") == 1
    assert "chain.gap" not in types(world, "game")
    await mined(world, 50)
    assert not [alarm for alarm in world.chains.alarms() if "behind" in alarm]


async def test_rows_that_wait_survive_a_restart_in_their_order() -> None:
    world = await paced()
    await mined(world, *range(30))
    await told(world)
    world.open()
    await world.follower.step()
    assert await told(world, after=100) == list(range(20))
    assert await told(world, after=100) == list(range(30))


async def test_parked_event_that_is_undone_is_not_revived() -> None:
    world = await paced()
    await mined(world, 13)
    row = (await world.store.pending(1337, 10))[0]
    await world.store.failed([row.seq], "a bug", True)
    await world.chain.outbox.count_parked()
    world.sim.reorg(1, [[], []])
    await world.follower.step()
    assert await told(world) == []
    assert world.chain.outbox.parked == 0
    assert await world.chains.replay(1337) == 0


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("mine"), st.integers(0, 15)),
        st.tuples(st.just("reorg"), st.integers(1, 3)),
        st.tuples(st.just("flip"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 12)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("gate"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(_STEPS)
async def test_paced_room_ends_with_the_canonical_events_and_prompt_gates(steps: list[tuple[str, int]]) -> None:
    world, gates = await paced(), 0
    others = [world.sim.head]
    for number, (what, size) in enumerate(steps):
        if what == "mine":
            await mined(world, *range(number * 100, number * 100 + size))
        elif what == "reorg" and world.sim.height - size > max(10, world.sim.final):
            others.append(world.sim.head)
            old = [tx for depth in range(size) for tx in world.sim.ancestor(depth).txs]
            world.sim.reorg(size, [old[::2], [world.sim.ping(number)], *[[]] * size])
            await world.follower.step()
        elif what == "flip" and others[-1].number > world.sim.height:
            world.sim.show(others[-1])
            await world.follower.step()
        elif what == "restart":
            world.open()
            await world.follower.step()
        elif what == "gate":
            gates += 1
            await gate_row(world, name=f"g{gates}")
        await told(world, after=size if what == "wait" else 0)
        assert types(world).count("member.removed") == gates, "a gate waited"
    world.sim.mine_many(3)
    await world.catch_up()
    for _ in range(200):
        await told(world, after=10)
    assert world.rooms.values("r") == world.expected(10)
    for upto in (body["upTo"] for body in world.rooms.of("r", "chain.confirmed")[-1:]):
        assert world.sim.at(upto["number"]).hash == upto["hash"]  # type: ignore[union-attr]
