"""Requests that come again under their id: the room's own memory of them, wherever the first one is by then."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.errors import Conflict
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing.fakes import settle
from tests.runtime.kit import ALICE, BOB, OWNER, Process


def title(text: str) -> commands.Configure:
    return commands.Configure(author=OWNER, title=text)


def answers(*asked: list[Any]) -> list[Any]:
    return [type(one[0]).__name__ if isinstance(one[0], Exception) else one[0].get("duplicate", False) for one in asked]


@pytest.fixture
async def process() -> Process:
    process = Process(kinds={"tic-tac-toe": GameRoom.of(TicTacToe)})
    await process.create("hall")
    await process.create("table", "tic-tac-toe")
    return process


async def test_two_under_one_id_in_one_batch_are_told_apart(process: Process) -> None:
    for player in (ALICE, BOB):
        await process.ask(commands.Join(author=player), "table")
    reasons = ("tired", "tired", "bored")
    leaves = [commands.Leave(author=ALICE, reason=reason) for reason in reasons]
    asked = [process.submit(leave, "table", request_id="x") for leave in leaves]
    await settle()
    assert answers(*asked) == [False, True, "Conflict"]


async def test_one_that_is_long_past_is_told_apart_too(process: Process) -> None:
    await process.ask(title("One"), request_id="x")
    for number in range(30):
        await process.post(ALICE, f"line {number}")
    assert (await process.ask(title("One"), request_id="x"))["duplicate"]
    assert isinstance(await process.refused(title("Two"), request_id="x"), Conflict)


async def test_after_a_restart_it_is_still_known(process: Process) -> None:
    await process.ask(title("One"), request_id="x")
    await process.close()
    again = Process(process.store, process.clock)
    assert (await again.ask(title("One"), request_id="x"))["duplicate"]
    assert isinstance(await again.refused(title("Two"), request_id="x"), Conflict)
    assert not (await again.ask(commands.Configure(author=OWNER, title="Two"), request_id="y")).get("duplicate")
    await again.close()
