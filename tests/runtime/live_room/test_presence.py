"""Who is here, who belongs here, and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core import room as commands
from parlour.errors import Forbidden, Illegal
from parlour.runtime.live_room.commit import member_changes
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.live_room.presence import Presence
from parlour.runtime.statuses import Status
from parlour.runtime.store import RoomFilter
from parlour.testing.fakes import FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, limits, message, moderate


@pytest.fixture
async def process() -> Process:
    process = Process()
    await process.create()
    return process


def leave(process: Process, connection: FakeConnection) -> None:
    host = process.registry.find("hall")
    assert host is not None
    host.leave(connection)


# ── presence ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_presence_when_people_come_and_go_is_sent_in_numbered_steps(process: Process) -> None:
    alice = await process.connected(ALICE)
    bob = await process.connected(BOB)
    leave(process, bob)
    await settle()
    assert alice.events("presence") == [
        {"room": "hall", "v": 1, "count": 1, "joined": [ALICE], "left": []},
        {"room": "hall", "v": 2, "count": 2, "joined": [BOB], "left": []},
        {"room": "hall", "v": 3, "count": 1, "joined": [], "left": [BOB]},
    ]


async def test_presence_picture_and_later_steps_give_who_is_here(process: Process) -> None:
    alice, bob = FakeConnection(ALICE), FakeConnection(BOB)
    pictures = [process.submit(commands.Join(author=c.account), connection=c) for c in (alice, bob)]
    await settle()
    leave(process, alice)
    await process.connected(CAROL)
    for answers, connection in zip(pictures, (alice, bob), strict=True):
        picture = answers[0]["presence"]
        assert connection.account in picture["members"]
    assert follow(pictures[1][0]["presence"], bob.events("presence")) == {BOB, CAROL}


def follow(picture: dict[str, Any], events: list[dict[str, Any]]) -> set[str]:
    """What a client makes of it: a step it has not seen must be the very next."""
    members, v = set(picture["members"]), picture["v"]
    for event in events:
        if event["v"] <= v:
            continue
        assert event["v"] == v + 1
        members, v = (members - set(event["left"])) | set(event["joined"]), event["v"]
    return members


async def test_account_with_two_devices_is_one_person(process: Process) -> None:
    phone, laptop = await process.connected(ALICE), await process.connected(ALICE)
    leave(process, phone)
    await settle()
    assert laptop.events("presence") == [] or all(e["count"] == 1 for e in laptop.events("presence"))
    host = process.registry.find("hall")
    assert host is not None
    assert host.presence.picture() == {"v": 1, "count": 1, "members": [ALICE]}


async def test_guests_are_counted_and_not_named(process: Process) -> None:
    alice = await process.connected(ALICE)
    await process.connected("")
    assert alice.events("presence")[-1] == {"room": "hall", "v": 2, "count": 2, "joined": [], "left": []}


async def test_large_room_gets_a_count_once_a_second() -> None:
    process = Process(limits=limits(presence_named=2))
    await process.create()
    first = await process.connected(f"0x{0:040x}")
    for number in range(1, 20):
        await process.connected(f"0x{number:040x}")
    await process.clock.advance(2)
    told = first.events("presence")
    assert told[-1]["count"] == 20
    assert "joined" not in told[-1]
    assert len(told) <= 5
    assert "members" not in (await process.join(FakeConnection(ALICE)))["presence"]


@settings(max_examples=500)
@given(st.lists(st.tuples(st.sampled_from(["come", "go", "tell", "look"]), st.integers(0, 2)), max_size=30))
def test_every_presence_picture_and_later_steps_give_who_is_here(script: list[tuple[str, int]]) -> None:
    presence, devices = Presence(10), [FakeConnection(f"0x{number}") for number in range(3)]
    pictures: list[tuple[dict[str, Any], int, int | None]] = []
    steps: list[dict[str, Any]] = []
    for what, who in [*script, ("tell", 0)]:
        if what == "come":
            presence.enter(devices[who])
            pictures.append((presence.picture(devices[who].account), len(steps), who))
        elif what == "go":
            presence.exit(devices[who])
            pictures = [picture for picture in pictures if picture[2] != who]
        elif what == "look":
            pictures.append((presence.picture(), len(steps), None))
        elif (news := presence.next_event()) is not None:
            steps.append(news)
    here = {connection.account for connection in presence.connections.values()}
    for picture, told, _ in pictures:
        assert follow(picture, steps[told:]) == here
        assert ([picture, *steps[told:]])[-1]["count"] == len(here)


def test_account_that_returns_between_two_steps_never_left() -> None:
    presence, connection = Presence(10), FakeConnection(ALICE)
    presence.enter(connection)
    presence.next_event()
    presence.exit(connection)
    presence.enter(connection)
    assert presence.next_event() is None


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def members(process: Process) -> int:
    saved = await process.store.load("hall")
    host = process.registry.find("hall")
    assert saved is not None
    assert host is None or host.record.members == saved.record.members
    return saved.record.members


async def test_account_when_it_leaves_and_joins_in_one_turn_is_a_member(process: Process) -> None:
    await process.connected(ALICE)
    host = process.registry.find("hall")
    assert host is not None
    left, joined = (Decision(RoomRequest(command(author=ALICE)), {}) for command in (commands.Leave, commands.Join))
    assert member_changes(host.live, [left]) == {ALICE: False}
    assert member_changes(host.live, [left, joined]) == {ALICE: True}
    assert member_changes(host.live, [joined]) == {}


async def test_members_are_the_owner_those_who_joined_and_those_with_a_role(process: Process) -> None:
    assert await members(process) == 1
    await process.connected(ALICE)
    await process.connected(ALICE)
    assert await members(process) == 2
    await process.ask(moderate(OWNER, "role", BOB, role="moderator"))
    assert await members(process) == 3
    await process.ask(commands.Leave(author=ALICE))
    assert await members(process) == 2
    await process.ask(commands.Leave(author=BOB))
    assert await members(process) == 2
    await process.ask(moderate(OWNER, "ban", BOB))
    assert await members(process) == 1


async def test_join_that_was_refused_makes_no_member() -> None:
    process = Process()
    await process.create(visibility="private")
    await process.refused(commands.Join(author=ALICE), connection=FakeConnection(ALICE))
    assert await members(process) == 1
    assert (await process.store.rooms(RoomFilter(viewer=ALICE, mine=True)))[0] == []


async def test_guest_is_no_member(process: Process) -> None:
    await process.connected("")
    assert await members(process) == 1


async def test_leaving_a_private_room_one_may_not_know_of_is_not_found() -> None:
    process = Process()
    await process.create(visibility="private")
    assert (await process.refused(commands.Leave(author=ALICE))).code == "not_found"


# ── who is told, and who no longer is ────────────────────────────────────────────────────────────────────────────


async def test_account_when_banned_gets_nothing_more_of_the_room(process: Process) -> None:
    phone, laptop, bob = await process.connected(ALICE), await process.connected(ALICE), await process.connected(BOB)
    await process.post(BOB, "all here")
    await process.ask(moderate(OWNER, "ban", ALICE))
    await process.post(BOB, "good riddance", mentions=[ALICE])
    for connection in (phone, laptop):
        assert connection.entries == [2]
        assert connection.heard[-1] == ("room:removed", {"room": "hall", "reason": "banned"})
    assert bob.entries == [2, 3, 4]
    assert process.notices == []


async def test_kick_ends_the_visit_and_not_the_right(process: Process) -> None:
    alice = await process.connected(ALICE)
    await process.ask(moderate(OWNER, "kick", ALICE))
    assert alice.events("room:removed") == [{"room": "hall", "reason": "kicked"}]
    assert (await process.join(alice))["role"] == "member"


async def test_room_that_turns_private_removes_those_without_a_role(process: Process) -> None:
    alice, bob, guest = await process.connected(ALICE), await process.connected(BOB), await process.connected("")
    moderator = FakeConnection(CAROL, rank=3)
    await process.join(moderator)
    await process.ask(moderate(OWNER, "role", BOB, role="member"))
    await process.ask(commands.Configure(author=OWNER, visibility="private"))
    await process.post(BOB, "among ourselves")
    assert alice.events("room:removed") == guest.events("room:removed") == [{"room": "hall", "reason": "private"}]
    assert alice.entries == guest.entries == [2]
    assert bob.entries == moderator.entries == [2, 3, 4]


async def test_entry_stays_private_when_the_room_was_private_for_one_batch(process: Process) -> None:
    alice = await process.connected(ALICE)
    for command in (
        message(BOB, "to all"),
        commands.Configure(author=OWNER, visibility="private"),
        message(OWNER, "among ourselves"),
        commands.Configure(author=OWNER, visibility="public"),
        message(BOB, "to all again"),
    ):
        process.submit(command)
    await settle()
    assert alice.entries == [2]
    assert alice.heard[-1].event == "room:removed"


async def test_closed_room_says_so_and_can_still_be_read(process: Process) -> None:
    alice = await process.connected(ALICE)
    await process.ask(commands.Close(author=OWNER, reason="late"))
    assert [heard.event for heard in alice.heard[-2:]] == ["entry", "room:closed"]
    assert alice.heard[-1].data == {"room": "hall", "reason": "late"}
    assert (await process.refused(message(ALICE, "hello?"))).code == "closed"
    assert len(alice.events("room:closed")) == 1


async def test_mention_is_a_notice_also_in_another_spelling(process: Process) -> None:
    wallet = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    await process.post(ALICE, "hey", mentions=[wallet.lower(), wallet, ALICE])
    [(told, notice)] = process.notices
    assert notice.pop("id")
    assert (told, notice) == (wallet, {"room": "hall", "seq": 2, "type": "mention", "from": ALICE})


async def test_signal_reaches_the_others_and_is_not_stored(process: Process) -> None:
    alice, bob = await process.connected(ALICE), await process.connected(BOB)
    host = process.registry.find("hall")
    assert host is not None
    host.signal(alice, "typing", {"on": True})
    told = {"room": "hall", "from": {"account": ALICE, "connection": alice.id}, "type": "typing", "body": {"on": True}}
    assert (alice.events("signal"), bob.events("signal")) == ([], [told])
    with pytest.raises(Forbidden):
        host.signal(FakeConnection(CAROL), "typing", {})
    await process.ask(moderate(OWNER, "mute", ALICE))
    with pytest.raises(Forbidden) as muted:
        host.signal(alice, "typing", {})
    assert muted.value.reason == "muted"
    assert len(await process.log()) == 2


async def test_read_position_is_sent_in_a_small_room() -> None:
    process = Process(limits=limits(presence_named=1))
    await process.create()
    alice = await process.connected(ALICE)
    host = process.registry.find("hall")
    assert host is not None
    host.audience.send_read_position(ALICE, 1)
    await process.connected(BOB)
    host.audience.send_read_position(ALICE, 2)
    assert alice.events("read") == [{"room": "hall", "account": ALICE, "seq": 1}]


# ── status and data ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_status_is_in_pictures_and_events_until_it_ends(process: Process) -> None:
    statuses = process.registry.context.statuses
    alice = await process.connected(ALICE)
    statuses.say(BOB, Status("busy", "in a match", process.clock.now() + 60_000))
    bob = FakeConnection(BOB)
    joined = process.submit(commands.Join(author=BOB), connection=bob)
    await settle()
    said = {"status": "busy", "text": "in a match", "until": process.clock.now() + 60_000}
    assert joined[0]["presence"]["status"] == {BOB: said}
    assert alice.events("presence")[-1]["status"] == {BOB: said}
    await process.clock.advance(61)
    statuses.sweep()
    await settle()
    assert alice.events("presence")[-1]["status"] == {BOB: {"status": "active"}}


async def test_account_without_requests_is_idle_until_it_asks_again(process: Process) -> None:
    statuses = process.registry.context.statuses
    alice, _ = await process.connected(ALICE), await process.connected(BOB)
    for account in (ALICE, BOB):
        statuses.asked(account)
    await process.clock.advance(200)
    statuses.asked(ALICE)
    await process.clock.advance(150)
    statuses.sweep()
    await settle()
    assert alice.events("presence")[-1]["status"] == {BOB: {"status": "idle"}}
    statuses.asked(BOB)
    await settle()
    assert alice.events("presence")[-1]["status"] == {BOB: {"status": "active"}}


async def test_time_an_account_left_is_kept_until_it_could_be_stored(process: Process) -> None:
    statuses = process.registry.context.statuses
    for account in (ALICE, BOB):
        statuses.left(account)
    first = process.clock.now()
    gone = statuses.take_gone()
    await process.clock.advance(5)
    statuses.left(BOB)
    statuses.give_back(gone)
    assert statuses.take_gone() == {ALICE: first, BOB: first + 5_000}
    assert statuses.take_gone() == {}


async def test_what_a_connection_shows_is_told_to_newcomers_until_it_is_gone(process: Process) -> None:
    alice, bob = await process.connected(ALICE), await process.connected(BOB)
    host = process.registry.find("hall")
    assert host is not None
    for body in ({"x": 1}, {"x": 2}):
        host.signal(alice, "presence", body)
    assert [event["body"] for event in bob.events("signal")] == [{"x": 1}, {"x": 2}]
    shown = {alice.id: {"account": ALICE, "body": {"x": 2}}}
    carol = FakeConnection(CAROL)
    joined = process.submit(commands.Join(author=CAROL), connection=carol)
    await settle()
    assert joined[0]["presence"]["data"] == shown
    leave(process, alice)
    await settle()
    assert carol.events("presence")[-1]["data"] == {alice.id: None}
    assert "data" not in host.presence.picture()


def test_data_of_a_few_accounts_leaves_every_other_its_share() -> None:
    presence = Presence(named_up_to=10, data_bytes=16_000)
    loud, others = [FakeConnection(f"0x{n:040x}") for n in range(2)], [FakeConnection(f"0x1{n:039x}") for n in range(8)]
    second = FakeConnection(loud[0].account)
    for each in (*loud, second, *others):
        presence.enter(each)
    presence.show(loud[0], b"\x00" * 900)
    with pytest.raises(Illegal) as refused:
        presence.show(second, b"\x00" * 101)
    assert refused.value.reason == "presence_data"
    presence.show(second, b"\x00" * 100)
    for each in (loud[1], *others):
        presence.show(each, b"\x00" * 800)
    assert len(presence.picture()["data"]) == 11
    presence.exit(second)
    presence.show(loud[1], b"\x00" * 1_000)


def test_data_beyond_the_common_half_is_refused_and_crowds_show_nothing() -> None:
    presence, few = Presence(named_up_to=40, data_bytes=16_000), Presence(named_up_to=1)
    people = [FakeConnection(f"0x{n:040x}") for n in range(12)]
    for each in people:
        presence.enter(each)
    for each in people[:10]:
        presence.show(each, b"\x00" * 1_000)
    with pytest.raises(Illegal) as refused:
        presence.show(people[10], b"\x00" * 201 + b"\x00" * 200)
    assert refused.value.reason == "presence_data"
    for each in people[10:]:
        presence.show(each, b"\x00" * 200)
    assert list(presence.picture()["data"]) == [each.id for each in reversed(people)]
    presence.show(people[0], b"")
    presence.exit(people[1])
    presence.show(people[10], b"\x00" * 1_000)
    assert presence.picture()["data"][people[10].id]["body"].keys() == {"b64"}
    few.enter(people[0])
    few.enter(people[1])
    few.show(people[0], {"x": 1})
    assert "data" not in few.picture()
