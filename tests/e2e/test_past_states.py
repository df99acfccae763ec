"""docs/protocol.md section 8, "Past states", over HTTP: a spectator's view for whoever may join, and its bounds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, made, post
from tests.e2e.stock import http_json
from tests.e2e.test_protocol_http import failure


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


async def test_past_states_are_read_as_a_spectator_saw_them(enter: Enter, server: ServerProcess) -> None:
    ann, bob = await enter("ann"), await enter("bob")
    room = await made(ann, kind="battleship")
    for client in (ann, bob):
        await done(client, "room:join", room=room)
    fleet = [{"cell": 20 * n, "length": length} for n, length in enumerate((2, 3, 3, 4, 5))]
    body = {"action": "place_fleet", "args": {"ships": fleet}}
    placed = [(await done(client, "room:post", **post(room, "game.action", body)))["seq"] for client in (ann, bob)]
    url = f"{server.url}/api/rooms/{room}/state"
    _, before = await http_json("GET", url, params={"at": placed[0]})
    status, now = await http_json("GET", url)
    assert (status, now["seq"], now["head"], now["first"], now["room"]) == (200, placed[1], placed[1], 1, room)
    assert [[sea["placed"] for sea in answer["state"]["seas"]] for answer in (before, now)] == [
        [True, False],
        [True, True],
    ]
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        _, answer = await http_json("GET", url, params={"at": placed[1]}, headers=headers)
        assert "length" not in json.dumps(answer)
    for at, code in (("99", (404, "not_found", "ahead")), ("0", (404, "not_found", "not_kept"))):
        answer = await http_json("GET", url, params={"at": at})
        assert failure(answer) == code
        assert answer[1]["error"]["details"] == {"first": 1, "head": placed[1]}
    await done(ann, "room:configure", room=room, visibility="private")
    assert failure(await http_json("GET", url))[:2] == (404, "not_found")
    assert (await http_json("GET", url, headers={"Authorization": f"Bearer {token}"}))[0] == 200
