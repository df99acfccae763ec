"""Direct rooms that an administrator opened: read for a day, by an administrator, and nothing else."""

from __future__ import annotations

import pytest

from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Answer, OpenSealed
from parlour.core.rooms.access import OPENED_MS
from parlour.core.rooms.direct import direct_room
from parlour.errors import Forbidden, NoSuchRoom
from parlour.runtime.rooms.interface import Bounds, Caller, NewRoom
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, Process

ADMIN = SERVER_ROLES["admin"]
ROOM = direct_room([ALICE, BOB])


@pytest.fixture
async def process() -> Process:
    """A direct room of Alice and Bob that Carol has opened."""
    process = Process()
    wanted = NewRoom("chat", ROOM, visibility="private", options={"accounts": [ALICE, BOB]})
    await process.registry.create("", wanted, reserved=True)
    await process.ask(OpenSealed(CAROL, ADMIN, reason="a court order"), ROOM)
    return process


async def test_opened_room_when_the_day_is_over_is_heard_no_more(process: Process) -> None:
    carol = FakeConnection(CAROL, ADMIN)
    await process.join(carol, ROOM)
    await process.post(ALICE, "within the day", room=ROOM)
    process.clock.step(OPENED_MS)
    await process.post(ALICE, "a day later", room=ROOM)
    said = str(carol.heard)
    assert "within the day" in said
    assert "a day later" not in said
    assert [each.event for each in carol.heard][-1] == "room:removed"


async def test_opened_room_where_nobody_writes_is_left_when_the_day_is_over(process: Process) -> None:
    carol = FakeConnection(CAROL, ADMIN)
    await process.join(carol, ROOM)
    alice = FakeConnection(ALICE)
    await process.join(alice, ROOM)
    await process.clock.advance(OPENED_MS // 1000 - 1)
    assert not carol.events("room:removed")
    await process.clock.advance(1)
    assert [each.event for each in carol.heard][-1] == "room:removed"
    host = process.registry.find(ROOM)
    assert host is not None
    host.signal(alice, "typing", {})
    assert not carol.events("signal")


async def test_opened_room_when_opened_again_is_heard_for_another_day(process: Process) -> None:
    carol = FakeConnection(CAROL, ADMIN)
    await process.join(carol, ROOM)
    process.clock.step(OPENED_MS // 2)
    await process.ask(OpenSealed(CAROL, ADMIN, reason="the court asks again"), ROOM)
    await process.clock.advance(OPENED_MS // 2000)
    assert not carol.events("room:removed")
    await process.clock.advance(OPENED_MS // 2000)
    assert carol.events("room:removed")


async def test_opened_room_when_the_administrator_is_one_no_more_is_not_found(process: Process) -> None:
    assert await process.rooms.history(ROOM, Caller(CAROL, ADMIN), Bounds())
    with pytest.raises(NoSuchRoom):
        await process.rooms.history(ROOM, Caller(CAROL, SERVER_ROLES["operator"]), Bounds())


async def test_opened_room_is_accepted_by_its_people_alone(process: Process) -> None:
    refusal = await process.refused(Answer(CAROL, ADMIN), ROOM)
    assert (type(refusal), refusal.reason) == (Forbidden, "muted")
    assert [entry.type for entry in await process.log(ROOM)] == ["room.created", "room.opened"]
