"""Watches of blocks: a room has exactly the canonical blocks up to its level, whatever the chain takes back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.chain.watches import normalise
from parlour.errors import Invalid
from parlour.runtime.blocks.block_watches import MOST_AT_ONCE
from tests.runtime.chain.chain_kit import World, types


async def watching(world: World | None = None, **asked: Any) -> World:
    world = world or World()
    if world.sim.height < 10:
        world.sim.mine_many(10)
    await world.catch_up()
    request = {"chain": world.sim.chain_id, "blocks": True, **asked}
    await world.chains.watch("r", request, world.rooms.submit("r"))
    return world


def standing(world: World, kind: str = "chain.block") -> list[dict[str, Any]]:
    """Bodies of the entries that count, in order."""
    live: dict[int, Any] = {}
    for entry in world.rooms.entries.get("r", []):
        body: Any = entry.body
        if entry.type == kind:
            live[entry.seq] = body
        elif entry.type == "chain.reverted":
            for seq in body["of"]:
                assert live.pop(seq, None) is not None, "reverted what does not stand"
    return list(live.values())


def numbers(world: World) -> list[int]:
    return [body["number"] for body in standing(world)]


async def test_each_new_block_is_an_entry() -> None:
    world = await watching()
    block = world.sim.mine([world.sim.ping(1)])
    world.sim.mine()
    await world.catch_up()
    first, second = standing(world)
    assert (first["number"], first["hash"], first["transactions"]) == (11, block.hash, 1)
    assert first["status"] == "included"
    assert second["parent"] == block.hash


async def test_undone_blocks_are_reverted_together() -> None:
    world = await watching()
    world.sim.mine_many(3)
    await world.catch_up()
    world.sim.reorg(2, [[], [], []])
    await world.catch_up()
    assert types(world).count("chain.reverted") == 1
    assert numbers(world) == [11, 12, 13, 14]
    hashes = [world.sim.at(n).hash for n in (11, 12, 13, 14)]  # type: ignore[union-attr]
    assert [body["hash"] for body in standing(world)] == hashes


async def test_confirmations_name_the_block_a_level_reached() -> None:
    world = await watching(confirm=["finalized", 3])
    world.sim.mine_many(12)
    await world.catch_up()
    told = {(b["status"], b.get("confirmations")): b["upTo"] for b in world.rooms.of("r", "chain.confirmed")}
    assert told["finalized", None] == {"number": 14, "hash": world.sim.at(14).hash}  # type: ignore[union-attr]
    assert told["included", 3]["number"] == 20


@pytest.mark.parametrize(("level", "upto"), [("safe", 16), ("finalized", 12), (5, 16)])
async def test_later_level_tells_blocks_once_they_have_reached_it(level: Any, upto: int) -> None:
    world = await watching(finality=level)
    for _ in range(5):
        world.sim.mine_many(2)
        await world.catch_up()
    assert numbers(world) == list(range(11, upto + 1))


async def test_restarted_process_tells_on_without_a_hole() -> None:
    world = await watching(finality=6)
    world.sim.mine_many(4)
    await world.catch_up()
    world.open("two")
    world.clock.spend(60)
    world.sim.mine_many(6)
    await world.catch_up()
    assert numbers(world) == list(range(11, 16))


async def test_long_absence_becomes_a_gap_and_the_newest_blocks() -> None:
    world = await watching(World(catch_up=20))
    world.sim.mine_many(300)
    await world.catch_up()
    gaps = world.rooms.of("r", "chain.gap")
    told = numbers(world)
    missing = sum(gap["dropped"] for gap in gaps)
    assert gaps
    assert all(gap["reason"] == "catch_up" for gap in gaps)
    assert missing + len(told) == 300
    assert told[-1] == 310
    assert len(told) >= MOST_AT_ONCE


async def test_ended_watch_hears_nothing_more() -> None:
    world = await watching()
    (watch,) = world.rooms.watches["r"].records
    await world.chains.unwatch(world.sim.chain_id, watch)
    world.sim.mine()
    await world.catch_up()
    assert numbers(world) == []


async def test_watch_that_another_process_stored_is_taken_up() -> None:
    world = await watching()
    other = World(world.sim, store=world.store, rooms=world.rooms)
    other.open("two")
    await other.follower.step()
    assert other.follower.state == "standby"
    other.rooms.watches["s"] = type(other.rooms.watches["r"])()
    asked = {"chain": world.sim.chain_id, "blocks": True}
    await other.chains.watch("s", asked, other.rooms.submit("s"))
    world.clock.spend(5)
    world.sim.mine()
    await world.catch_up()
    assert [body["number"] for body in world.rooms.of("s", "chain.block")] == [11]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
async def test_any_reorganisations_leave_the_canonical_blocks(steps: list[tuple[int, int]]) -> None:
    world = await watching()
    for undo, mined in steps:
        depth = min(undo, world.sim.height - 10, 4)
        world.sim.reorg(depth, [[] for _ in range(mined + depth)]) if depth else world.sim.mine_many(mined)
        await world.catch_up()
    canonical = [block.hash for block in world.sim.canonical() if block.number > 10]
    assert [body["hash"] for body in standing(world)] == canonical


@pytest.mark.parametrize(
    "bad",
    [
        {"blocks": False}, {"blocks": "yes"}, {"blocks": True, "event": "E()"}, {"balance": {}}, {"balance": "0x"},
        {"balance": {"account": "0x12"}}, {"balance": {"account": "0x" + "12" * 20, "token": 5}},
        {"balance": {"account": "0x" + "12" * 20, "tokens": []}}, {"blocks": True, "finality": "soon"},
    ],
)  # fmt: skip
def test_bad_request_is_refused_by_its_field(bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        normalise({"chain": 1, **bad})
    assert refused.value.details["path"].startswith("watch.")  # type: ignore[index]
