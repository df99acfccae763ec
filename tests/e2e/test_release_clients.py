"""Clients of an older release on today's server: they sign in, talk, play, and come back to what they missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, said
from tests.e2e.old_clients import OldClient, old_client
from tests.e2e.stock import PythonClient, heard, of_type, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

RELEASE = "0.1.0"
BOARD = [(0, 0), (1, 3), (0, 1), (1, 4), (0, 2)]
"""Who places where, until the first row is full."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def today(server: ServerProcess) -> AsyncIterator[PythonClient]:
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as client:
        await client.connect(server.url, (await sign_in(http, server.url, wallet("today")))["token"])
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def old(
    server: ServerProcess, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[OldClient, OldClient]]:
    folder = tmp_path_factory.mktemp("old")
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(old_client(language, RELEASE, server.url, wallet(language), folder))
            for language in ("python", "javascript")
        ]
        yield clients[0], clients[1]


async def test_old_clients_play_a_game_by_todays_rules(today: PythonClient, old: tuple[OldClient, OldClient]) -> None:
    room = await made(today, "tic-tac-toe")
    for client in old:
        assert (await client.order("join", room, **{"as": "player"}))["seat"] is not None
    await done(today, "room:join", room=room, **{"as": "spectator"})
    refused = await old[1].order("act", room, action="place", args={"cell": 0})
    assert refused == {"refused": "not_your_turn"}
    for seat, cell in BOARD:
        assert "seq" in await old[seat].order("act", room, action="place", args={"cell": cell})
    for client in old:
        await client.until(lambda client=client: client.view(room).get("winner") == 0)
    assert of_type(today, room, "game.ended")


async def test_old_clients_talk_with_todays_and_resume_after_a_kill(
    server: ServerProcess, today: PythonClient, old: tuple[OldClient, OldClient]
) -> None:
    room = await made(today)
    await done(today, "room:join", room=room)
    for client in old:
        assert RELEASE in client.source
        await client.order("join", room)
    first = [await client.order("say", room, text=f"from {client.account}") for client in old]
    assert [answer["seq"] for answer in first] == [2, 3], "a log begins with its making"
    await server.kill9()
    waiting = [client.give("say", room, text="said while away") for client in old]
    await server.start()
    for client, number in zip(old, waiting, strict=True):
        await client.answer(number)
    await until(lambda: len(heard(today, "connect")) == 2)
    await done(today, "room:join", room=room)
    last = (await said(today, room, "good night"))["seq"]
    for client in old:
        await client.until(lambda client=client: client.entries(room)[-1]["seq"] == last)
        seqs = [entry["seq"] for entry in client.entries(room)]
        assert seqs == list(range(seqs[0], last + 1)), "a gap, or an entry twice"
    log = (await done(today, "room:history", room=room))["entries"]
    texts = [entry["body"]["text"] for entry in log if entry["type"] == "chat.message"]
    assert texts == [*(f"from {client.account}" for client in old), *["said while away"] * 2, "good night"]
