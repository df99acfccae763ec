"""A taken id is told to whoever wants it for a new room, and no more: not whose it is, and not many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from parlour.app import Server
from parlour.settings import load
from tests.adapters.socket.town import Town

GUESSES = 10


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    url = f"sqlite+aiosqlite:///{tmp_path}/taken.db"
    server = await Server.build(load(port=0, database_url=url, rooms_burst=1000, unknown_rooms_burst=GUESSES))
    await server.start()
    async with aiohttp.ClientSession() as http:
        town = Town(server, http)
        for name in ("owner", "stranger"):
            town.people[name] = await town.enter(name)
        yield town
        for person in town.people.values():
            await person.socket.disconnect()
    await server.stop()


async def test_taken_id_is_refused_alike_whatever_room_has_it(town: Town) -> None:
    for visibility in ("public", "private"):
        await town.owner.ask("room:create", kind="chat", id=visibility, visibility=visibility)
    await town.owner.ask("room:create", kind="chat", id="closed")
    await town.owner.ask("room:close", "closed")
    answers = [await town.stranger.ask("room:create", kind="chat", id=room) for room in ("public", "private", "closed")]
    assert answers[0]["error"] == {
        "code": "conflict", "reason": "taken", "message": "That room id is taken.", "retryable": False
    }  # fmt: skip
    assert answers[0] == answers[1] == answers[2]


async def test_guesses_of_ids_by_creating_rooms_are_limited_as_unknown_rooms(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="secret", visibility="private")
    told = [await town.stranger.ask("room:create", kind="chat", id="secret") for _ in range(2 * GUESSES)]
    codes = [(answer["error"]["code"], answer["error"]["reason"]) for answer in told]
    assert codes.count(("conflict", "taken")) <= GUESSES + 1
    assert codes[-1] == ("rate_limited", "unknown_rooms")
    assert told[-1]["error"]["retryAfter"] > 0
