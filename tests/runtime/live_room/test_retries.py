"""Requests that come again under their id: the room's own memory of them, wherever the first one is by then."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.errors import Conflict
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing.fakes import settle
from tests.runtime.kit import ALICE, BOB, OWNER, Process, message, moderate


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


async def test_post_when_sent_again_gets_its_first_place(process: Process) -> None:
    first = await process.post(ALICE, "gm", id_="1")
    assert await process.post(ALICE, "gm", id_="1") == {**first, "duplicate": True}
    assert len(await process.log()) == 2


async def test_post_when_sent_twice_in_one_batch_is_stored_once(process: Process) -> None:
    first, again = process.submit(message(ALICE, "gm", "1")), process.submit(message(ALICE, "gm", "1"))
    await settle()
    assert again == [{**first[0], "duplicate": True}]


async def test_same_id_with_another_body_or_type_is_a_conflict(process: Process) -> None:
    await process.post(ALICE, "gm", id_="1")
    assert isinstance(await process.refused(message(ALICE, "gn", "1")), Conflict)
    assert isinstance(await process.refused(message(ALICE, "gm", "1", "app.note")), Conflict)


async def test_ids_belong_to_their_author(process: Process) -> None:
    await process.post(ALICE, "gm", id_="1")
    assert (await process.post(BOB, "hello", id_="1"))["seq"] == 3


async def test_refused_post_does_not_use_up_its_id(process: Process) -> None:
    await process.refused(message(ALICE, "", "1"))
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == 2


async def test_known_id_is_answered_before_rights_and_rules(process: Process) -> None:
    first = await process.post(ALICE, "gm", id_="1")
    await process.ask(moderate(OWNER, "ban", ALICE))
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == first["seq"]
    await process.ask(commands.Close(author=OWNER))
    assert (await process.post(ALICE, "gm", id_="1"))["duplicate"] is True


async def test_ids_are_remembered_beyond_memory_and_restarts(process: Process) -> None:
    first = await process.post(ALICE, "gm", id_="1")
    for number in range(30):
        await process.post(BOB, f"{number}")
    assert (await process.post(ALICE, "gm", id_="1"))["seq"] == first["seq"]
    await process.close()
    again = Process(process.store, process.clock)
    assert (await again.post(ALICE, "gm", id_="1"))["seq"] == first["seq"]
    assert isinstance(await again.refused(message(ALICE, "gn", "1")), Conflict)


async def test_deleted_message_sent_again_is_a_duplicate_also_after_a_restart(process: Process) -> None:
    await process.post(ALICE, "regretted", id_="1")
    await process.ask(commands.Post(author=ALICE, id="2", type="chat.delete", body={"of": 2}))
    assert (await process.post(ALICE, "regretted", id_="1"))["duplicate"] is True
    await process.close()
    assert (await Process(process.store, process.clock).post(ALICE, "regretted", id_="1"))["duplicate"] is True


@pytest.mark.parametrize("command", [moderate(OWNER, "mute", ALICE), commands.Configure(author=OWNER, title="Salon")])
async def test_request_with_an_id_happens_once(process: Process, command: commands.Command) -> None:
    first = process.submit(command, request_id="r1")
    again = process.submit(command, request_id="r1")
    await settle()
    assert first[0]["ok"]
    assert again[0]["duplicate"]
    assert len(await process.log()) == 2


async def test_requests_with_one_id_in_one_batch_are_told_apart(process: Process) -> None:
    for player in (ALICE, BOB):
        await process.ask(commands.Join(author=player), "table")
    reasons = ("tired", "tired", "bored")
    leaves = [commands.Leave(author=ALICE, reason=reason) for reason in reasons]
    asked = [process.submit(leave, "table", request_id="x") for leave in leaves]
    await settle()
    assert answers(*asked) == [False, True, "Conflict"]


async def test_request_id_when_long_past_is_told_apart(process: Process) -> None:
    await process.ask(title("One"), request_id="x")
    for number in range(30):
        await process.post(ALICE, f"line {number}")
    assert (await process.ask(title("One"), request_id="x"))["duplicate"]
    assert isinstance(await process.refused(title("Two"), request_id="x"), Conflict)


async def test_request_id_after_a_restart_is_known(process: Process) -> None:
    await process.ask(title("One"), request_id="x")
    await process.close()
    again = Process(process.store, process.clock)
    assert (await again.ask(title("One"), request_id="x"))["duplicate"]
    assert isinstance(await again.refused(title("Two"), request_id="x"), Conflict)
    assert not (await again.ask(commands.Configure(author=OWNER, title="Two"), request_id="y")).get("duplicate")
    await again.close()
