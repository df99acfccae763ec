"""Rooms whose owner hands them over, as clients of other nodes meet it: not at all."""

from __future__ import annotations

import asyncio

import pytest

from parlour.core import room as commands
from parlour.runtime.cluster.rooms import PAUSE_SECONDS
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.recovery import Handover
from tests.runtime.cluster.kit import Node, World, texts
from tests.runtime.kit import ALICE, BOB, CAROL


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def pair(world: World) -> tuple[Node, Node]:
    one, two = await world.start("one", "two")
    await world.create(one)
    await one.join(ALICE)
    return one, two


async def test_room_moves_when_its_owner_hands_it_over_and_nobody_notices(world: World) -> None:
    one, two, three = await world.start("one", "two", "three")
    await world.create(one)
    await one.join(ALICE)
    bob, carol = await two.join(BOB), await three.join(CAROL)
    assert (await two.post(BOB, "before"))["ok"]
    await world.pass_time(2.0)
    told = [len(each.events("presence")) for each in (bob, carol)]
    answers: list[object] = []
    for number in range(20):
        command = commands.Post(author=BOB, id=f"m{number}", type="chat.message", body={"text": f"m{number}"})
        two.rooms.submit("hall", RoomRequest(command, answers.append))
        if number == 10:
            leaving = asyncio.ensure_future(one.leave())
            await asyncio.sleep(0)
    await world.pass_time(1.0)
    await leaving
    assert all(isinstance(answer, dict) and answer["ok"] for answer in answers), answers
    assert texts(bob) == texts(carol) == ["before", *(f"m{number}" for number in range(20))]
    sent = three.rooms.signal("hall", carol, "wave", {})
    assert isinstance(sent, bool) or await three._answer(asyncio.ensure_future(sent)) is True
    await world.pass_time(0.2)
    assert [each.closed for each in (bob, carol)] == [None, None]
    assert bob.events("signal") != []
    assert [len(each.events("presence")) for each in (bob, carol)] == told, "nobody has left yet"
    await world.pass_time(5.0)
    last = [each.events("presence")[-1] for each in (bob, carol)]
    assert last[0] == last[1]
    assert (last[0]["count"], last[0]["joined"], last[0]["left"]) == (2, [], [ALICE])
    assert len(bob.events("presence")) == told[0] + 1
    assert last[0]["v"] == bob.events("presence")[-2]["v"] + 1


async def test_connection_that_ends_while_its_room_moves_leaves_no_ghost(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    bob, other = await two.join(BOB), await two.join(CAROL)
    handing_over = asyncio.ensure_future(one.leave())
    while two.cluster.rooms._moves.of(bob, "hall") is None:
        await asyncio.sleep(0)
    two.rooms.forget_connection(bob, ["hall"])
    await world.pass_time(5.0)
    await handing_over
    assert (await two.call("presence", "hall", two.caller(CAROL)))["count"] == 1
    assert other.closed is None


async def test_client_whose_room_cannot_go_on_for_it_connects_again(world: World, pair: tuple[Node, Node]) -> None:
    two = pair[1]
    bob = await two.join(BOB)
    two.cluster.rooms.go_on(bob, "hall", Handover("of another log", 1, 1, 1))
    await world.pass_time(0.5)
    assert bob.closed == ("replaced", True)


async def test_signal_of_a_client_waits_for_its_move(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    bob, carol = await two.join(BOB), await two.join(CAROL)
    leaving = asyncio.ensure_future(one.leave())
    while two.cluster.rooms._moves.of(bob, "hall") is None:
        await asyncio.sleep(0)
    sent = two.rooms.signal("hall", bob, "wave", {})
    assert not isinstance(sent, bool)
    assert await two._answer(asyncio.ensure_future(sent)) is True
    await leaving
    assert [event["type"] for event in carol.events("signal")] == ["wave"]


async def test_node_that_loses_the_race_for_a_room_asks_its_owner_at_once(world: World) -> None:
    one, two = await world.start("one", "two")
    await world.create(one)
    began = world.clock.monotonic()
    answers = await asyncio.gather(one.post(ALICE, "a"), two.post(BOB, "b"))
    assert all(answer["ok"] for answer in answers), answers
    assert world.clock.monotonic() - began < PAUSE_SECONDS
