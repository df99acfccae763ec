"""A match begins with what the matches before it left, whichever room they were played in."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.games.room import GameRoom
from parlour.core.room import Join
from parlour.runtime.rooms.interface import RoomRequest
from parlour.testing.fakes import settle
from tests.core.games.test_remembering import Mine
from tests.runtime.kit import ALICE, BOB, Process
from tests.runtime.live_room.game_kit import act

KINDS = {"mine": GameRoom.of(Mine)}


async def begun(process: Process, room: str) -> list[Any]:
    """Make a table, seat two, and return what they have."""
    await process.create(room, "mine")
    for account in (ALICE, BOB):
        await process.ask(Join(author=account), room)
    state: dict[str, Any] = process.state(room)
    return list(state["world"]["state"]["gold"])


@pytest.fixture
async def process() -> Any:
    return Process(kinds=KINDS)


async def test_next_table_begins_with_what_the_last_one_left(process: Process) -> None:
    assert await begun(process, "one") == [0, 0, 0]
    await process.ask(act(ALICE, "dig", "1", gold=3), "one")
    assert await begun(process, "two") == [3, 0, 0]


async def test_rematch_asked_in_the_batch_of_the_last_move_knows_its_values(process: Process) -> None:
    await begun(process, "one")
    asked = [act(ALICE, "dig", "1", gold=3), act(ALICE, "rematch", "2"), act(BOB, "rematch", "3")]
    for post in asked:
        process.registry.submit("one", RoomRequest(post))
    await settle()
    log = await process.log("one")
    (start,) = [e for e in log if e.type == "game.started" and isinstance(e.body, dict) and e.body["round"] == 2]
    assert isinstance(start.body, dict)
    assert start.body["loaded"] == {ALICE: {"gold": 3}}
