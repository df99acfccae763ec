"""Rooms of several nodes, as their people meet them: one log, one order, the same answers everywhere."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.core import room as commands
from parlour.errors import NotOwner, ParlourError
from parlour.runtime.cluster.envelope import VERSION
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.runtime.statuses import Status
from parlour.testing.fakes import FakeConnection
from tests.runtime.cluster.kit import Node, World, texts
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def pair(world: World) -> tuple[Node, Node]:
    one, two = await world.start("one", "two")
    await world.create(one)
    return one, two


async def test_people_on_two_nodes_hear_each_other_in_one_order(pair: tuple[Node, Node]) -> None:
    one, two = pair
    alice, bob = await one.join(ALICE), await two.join(BOB)
    sent = []
    for number in range(6):
        node, account = ((one, ALICE), (two, BOB))[number % 2]
        assert (await node.post(account, f"m{number}"))["ok"]
        sent.append(f"m{number}")
    assert texts(alice) == texts(bob) == sent
    assert one.process.registry.find("hall") is not None
    assert two.process.registry.find("hall") is None, "a second owner"


async def test_owner_knows_who_of_another_node_takes_steps(pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    for steps in (True, False):
        await two.join(BOB if steps else CAROL, steps=steps)
    host = one.process.registry.find("hall")
    assert host is not None
    assert {each.account: each.steps for each in host.audience.presence.connections.values()} == {
        ALICE: False,
        BOB: True,
        CAROL: False,
    }


async def test_posts_of_one_client_on_another_node_keep_their_order(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    alice, _ = await one.join(ALICE), await two.join(BOB)
    two.cluster.rooms._owners.forget("hall")  # the first posts wait until the store has said who owns the room
    answers: list[object] = []
    for number in range(50):
        command = commands.Post(author=BOB, id=f"m{number}", type="chat.message", body={"text": f"m{number}"})
        two.rooms.submit("hall", RoomRequest(command, answers.append))
    await world.pass_time(1.0)
    assert len(answers) == 50
    assert texts(alice) == [f"m{number}" for number in range(50)]


@pytest.mark.parametrize("fault", ["lost", "doubled", "swapped"])
async def test_what_the_bus_does_to_messages_nobody_notices(world: World, pair: tuple[Node, Node], fault: str) -> None:
    one, two = pair
    alice, bob = await one.join(ALICE), await two.join(BOB)
    world.broker.fault = Faulty(fault)
    sent = [f"m{number}" for number in range(12)]
    for number, text in enumerate(sent):
        node, account = ((one, ALICE), (two, BOB))[number % 2]
        answer = await node.post(account, text)
        assert answer["ok"], answer
        await world.pass_time(0.5)
    assert texts(alice) == texts(bob) == sent


class Faulty:
    """Loses, doubles or delays every third message of a link."""

    def __init__(self, fault: str) -> None:
        self._fault, self._count, self._kept = fault, 0, list[bytes]()

    def __call__(self, channel: str, raw: bytes) -> list[bytes]:
        if channel.endswith(":all"):
            return [raw]
        self._count += 1
        if self._count % 3:
            kept, self._kept = self._kept, []
            return [raw, *kept]
        if self._fault == "swapped":
            self._kept = [raw]
        return [raw, raw] if self._fault == "doubled" else []


async def test_private_room_of_another_node_does_not_exist_for_strangers(pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    await one.process.create("den", owner=OWNER, visibility="private")
    await one.join(OWNER, "den")
    nowhere, private = [await two.call("describe", room, two.caller(BOB)) for room in ("nowhere", "den")]
    assert nowhere == private
    assert private["error"]["code"] == "not_found"


async def test_presence_counts_people_of_all_nodes(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    bob = await two.join(BOB)
    await world.pass_time(2.0)
    for node in pair:
        assert (await node.call("presence", "hall", node.caller(ALICE)))["count"] == 2
    two.rooms.forget_connection(bob, ["hall"])
    await world.pass_time(2.0)
    for node in pair:
        assert (await node.call("presence", "hall", node.caller(ALICE)))["count"] == 1


async def test_people_of_a_node_that_died_are_gone_for_the_others(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    alice = await one.join(ALICE)
    await two.join(BOB)
    await two.kill()
    await world.pass_time(12.0)
    assert (await one.call("presence", "hall", one.caller(ALICE)))["count"] == 1
    assert any(BOB in event["left"] for event in alice.events("presence"))


async def test_signals_reach_people_of_the_other_node_and_nobody_else(pair: tuple[Node, Node]) -> None:
    one, two = pair
    alice, bob = await one.join(ALICE), await two.join(BOB)
    sent = two.rooms.signal("hall", bob, "wave", {"hand": "left"})
    assert not isinstance(sent, bool)
    assert await two._answer(asyncio.ensure_future(sent)) is True
    assert [event["body"] for event in alice.events("signal")] == [{"hand": "left"}]
    assert bob.events("signal") == []
    assert two.rooms.signal("hall", FakeConnection(CAROL), "wave", {}) is False


async def test_member_put_out_on_another_node_hears_of_it(pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(OWNER)
    bob = await two.join(BOB)
    command = commands.Moderate(author=OWNER, account=BOB, action="kick")
    assert (await one.ask(command))["ok"]
    assert bob.events("room:removed") == [{"room": "hall", "reason": "kicked"}]


async def test_notice_reaches_its_account_on_any_node(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    bob = FakeConnection(BOB)
    two.connections.enter(bob, None)
    await world.pass_time(0.1)
    assert one.connections.is_here(BOB)
    one.process.context.notify(BOB, "notice", {"id": "n"})
    one.process.context.notify(CAROL, "notice", {"id": "o"})
    await world.pass_time(0.1)
    assert bob.events("notice") == [{"id": "n"}]
    two.connections.exit(bob, None)
    await world.pass_time(0.1)
    assert not one.connections.is_here(BOB)


async def test_what_an_account_says_of_itself_is_shown_by_all_nodes(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    two.process.context.statuses.say(BOB, Status("busy", "in a call"))
    await world.pass_time(0.1)
    assert one.process.context.statuses.shown(BOB) == {"status": "busy", "text": "in a call"}
    [three] = await world.start("three")
    assert three.process.context.statuses.shown(BOB) == {"status": "busy", "text": "in a call"}


async def test_room_is_refused_at_once_while_the_bus_is_away_and_read_all_the_same(
    world: World, pair: tuple[Node, Node]
) -> None:
    one, two = pair
    await one.join(ALICE)
    bob = await two.join(BOB)
    assert (await one.post(ALICE, "before"))["ok"]
    world.broker.stop()
    refused = await two.post(BOB, "lost")
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)
    history = await two.call("history", "hall", two.caller(BOB), Bounds(limit=1))
    assert [entry["body"]["text"] for entry in history["entries"]] == ["before"]
    assert (await one.post(ALICE, "meanwhile"))["ok"]
    assert two.cluster.peers.problem
    await world.pass_time(30.0)
    world.broker.go_on()
    await world.pass_time(1.0)
    assert texts(bob) == ["before", "meanwhile"]
    assert bob.closed is None
    assert (await two.post(BOB, "after"))["ok"]
    assert two.cluster.peers.problem == ""


async def test_foreign_join_while_the_bus_is_away_is_refused_and_right_after(
    world: World, pair: tuple[Node, Node]
) -> None:
    one, two = pair
    await one.join(ALICE)
    assert (await one.post(ALICE, "before"))["ok"]
    world.broker.stop()
    bob = FakeConnection(BOB)
    refused = await two.ask(commands.Join(author=BOB), connection=bob)
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)
    assert refused["error"]["retryAfter"] > 0
    assert (await one.post(ALICE, "meanwhile"))["ok"]
    world.broker.go_on()
    await world.pass_time(1.0)
    joined = await two.ask(commands.Join(author=BOB), connection=bob)
    assert (await one.post(ALICE, "after"))["ok"]
    assert [entry["body"]["text"] for entry in joined["entries"][-2:]] == ["before", "meanwhile"]
    assert texts(bob) == ["after"]


async def test_own_heartbeat_said_again_does_not_show_that_the_bus_works(world: World, pair: tuple[Node, Node]) -> None:
    peers = pair[0].cluster.peers
    said: list[bytes] = []

    def overhear(channel: str, raw: bytes) -> list[bytes]:
        message = pair[1].seals.open(raw)
        if message is not None and message.sender == peers.boot and channel == peers._all:
            said.append(raw)
        return [raw]

    world.broker.fault = overhear
    await world.pass_time(1.0)
    own = said[0]
    world.broker.fault = lambda channel, raw: (own,)
    await world.pass_time(2.0)
    assert not peers.bus_works
    assert pair[0].seals.refused["counter"] > 1


async def test_join_whose_answer_is_late_leaves_no_ghost(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    to_two = two.cluster.peers._channel(two.cluster.peers.boot)
    world.broker.fault = lambda channel, raw: () if channel in (to_two, two.cluster.peers._all) else (raw,)
    bob = FakeConnection(BOB)
    refused = await two.ask(commands.Join(author=BOB), connection=bob)
    assert refused["error"]["code"] == "unavailable"
    assert (await one.call("presence", "hall", one.caller(ALICE)))["count"] == 2, "the owner let him in"
    world.broker.fault = lambda channel, raw: (raw,)
    await world.pass_time(2.0)
    assert (await one.call("presence", "hall", one.caller(ALICE)))["count"] == 1
    assert (await one.post(ALICE, "unheard"))["ok"]
    joined = await two.ask(commands.Join(author=BOB), connection=bob)
    assert joined["entries"][-1]["body"] == {"text": "unheard"}
    assert (await one.post(ALICE, "heard"))["ok"]
    assert texts(bob) == ["heard"]


async def test_client_whose_join_was_given_up_hears_nothing_until_it_asks_again(
    world: World, pair: tuple[Node, Node]
) -> None:
    one, two = pair
    await one.join(ALICE)
    to_two = two.cluster.peers._channel(two.cluster.peers.boot)
    world.broker.fault = lambda channel, raw: () if channel in (to_two, two.cluster.peers._all) else (raw,)
    bob = FakeConnection(BOB)
    refused = await two.ask(commands.Join(author=BOB), connection=bob)
    assert refused["error"]["code"] == "unavailable"
    assert (await one.post(ALICE, "on its way when he was refused"))["ok"]
    world.broker.fault = lambda channel, raw: (raw,)
    await world.pass_time(2.0)
    assert texts(bob) == []
    assert (await two.ask(commands.Join(author=BOB), connection=bob))["ok"]
    assert (await one.post(ALICE, "heard"))["ok"]
    assert texts(bob) == ["heard"]
    assert (await two.call("presence", "hall", two.caller(BOB)))["count"] == 2


async def test_request_under_way_is_refused_within_a_second_of_silence(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    await two.join(BOB)
    world.broker.fault = lambda channel, raw: ()
    answers: list[object] = []
    command = commands.Post(author=BOB, id="m", type="chat.message", body={"text": "m"})
    two.rooms.submit("hall", RoomRequest(command, answers.append))
    await world.pass_time(1.4)
    assert [answer.code for answer in answers if isinstance(answer, ParlourError)] == ["unavailable"]


async def test_room_of_a_node_that_died_is_taken_over(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    await one.join(ALICE)
    bob = await two.join(BOB)
    assert (await one.post(ALICE, "kept"))["ok"]
    await one.kill()
    await world.pass_time(11.0)
    assert bob.closed == ("replaced", True)
    again = await two.join(BOB)
    assert (await two.post(BOB, "new"))["ok"]
    assert texts(again) == ["new"]
    history = await two.call("history", "hall", two.caller(BOB), Bounds(limit=2))
    assert [entry["body"]["text"] for entry in history["entries"] if "text" in entry["body"]][-1] == "new"


async def test_two_nodes_of_one_name_say_so(world: World) -> None:
    one, twin = await world.start("one", "one")
    assert "Another live process is called one" in one.cluster.peers.problem
    assert "Another live process is called one" in twin.cluster.peers.problem


async def test_nodes_of_two_bus_versions_leave_each_other_alone(world: World) -> None:
    old, other = await world.start("one", "two")
    await world.create(old)
    await old.join(ALICE)
    await other.join(BOB)
    assert (await other.post(BOB, "of the old"))["ok"]
    await other.leave()
    [new] = await world.start("two", version=VERSION + 1)
    refused = await new.ask(commands.Join(author=BOB), connection=FakeConnection(BOB))
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)
    assert (await old.post(ALICE, "still here"))["ok"]
    assert [set(node.seals.refused) for node in (old, new)] == [{"version"}, {"version"}]
    assert list(old.cluster.peers) == list(new.cluster.peers) == []
    await old.leave()
    [last] = await world.start("one", version=VERSION + 1)
    alice, bob = await last.join(ALICE), await new.join(BOB)
    assert (await last.post(ALICE, "of the new"))["ok"]
    assert texts(alice) == texts(bob) == ["of the new"]
    history = await new.call("history", "hall", new.caller(BOB), Bounds(limit=3))
    assert [entry["body"]["text"] for entry in history["entries"]] == ["of the old", "still here", "of the new"]


async def test_room_created_on_one_node_is_found_on_another_that_looked_before(pair: tuple[Node, Node]) -> None:
    one, two = pair
    assert (await two.call("describe", "new", two.caller(BOB)))["error"]["code"] == "not_found"
    await one.process.create("new", owner=OWNER)
    await two.join(BOB, "new")


class Watching:
    """Takes the place of a node's watches: it follows the chain, or another one does."""

    def __init__(self, follows: bool) -> None:
        self.follows = follows

    async def fill_gap(self, room: str, caller: Caller, seq: int) -> dict[str, Any]:
        if not self.follows:
            raise NotOwner("Another process follows chain 1.")
        return {"watch": {"id": room}, "filled": seq}


async def test_gap_is_filled_by_the_node_that_follows_the_chain(pair: tuple[Node, Node]) -> None:
    one, two = pair
    for node, follows in ((one, False), (two, True)):
        node.cluster._ground.local._watching = Watching(follows)  # type: ignore[attr-defined]
    for node in pair:
        assert (await node.call("fill_gap", "hall", node.caller(OWNER), 3))["filled"] == 3
    two.cluster._ground.local._watching = Watching(False)  # type: ignore[attr-defined]
    refused = await one.call("fill_gap", "hall", one.caller(OWNER), 3)
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)


async def test_full_node_leaves_rooms_to_another(world: World) -> None:
    one, two = await world.start("one", "two")
    two.process.registry._max_live = 0
    await world.create(two)
    bob = await two.join(BOB)
    assert (await two.post(BOB, "hello"))["ok"]
    assert texts(bob) == ["hello"]
    assert one.process.registry.find("hall") is not None


async def test_what_one_node_does_for_all_hears_of_entries_of_every_node(world: World, pair: tuple[Node, Node]) -> None:
    one, two = pair
    heard: dict[str, list[str]] = {"one": [], "two": []}
    for node in pair:
        told = node.process.context.on_entry_anywhere.setdefault("chat.message", [])
        told.append(lambda record, entry, name=node.name: heard[name].append(f"{record.id} {entry.body['text']}"))
    await one.post(OWNER, "from the owner")
    await two.post(OWNER, "from elsewhere")
    await world.pass_time(0.1)
    assert heard["one"] == heard["two"] == ["hall from the owner", "hall from elsewhere"]


async def test_what_one_node_does_for_all_looks_again_once_a_node_is_gone(
    world: World, pair: tuple[Node, Node]
) -> None:
    one, two = pair
    looked = list[str]()
    one.process.context.on_nodes_changed.append(lambda: looked.append("again"))
    await two.kill()
    await world.pass_time(15)
    assert looked == ["again"]
