"""SIGTERM of a host with clients connected: it ends by itself, they come back, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import fresh, made, post
from tests.e2e.stock import PythonClient, heard, until
from tests.embedding.kit import NAMESPACE, host_process

ENDS_IN_SECONDS = 60.0
"""A guard; how long it takes is measured in the long form."""


@pytest.mark.parametrize("host", ["aiohttp", "fastapi", "socketio"])
async def test_host_with_clients_ends_and_keeps_what_it_acknowledged(host: str) -> None:
    await ends(host, ENDS_IN_SECONDS)


@pytest.mark.long
@pytest.mark.parametrize("host", ["aiohttp", "fastapi", "socketio"])
async def test_host_with_clients_ends_within_five_seconds(host: str) -> None:
    await ends(host, 5.0)


async def ends(host: str, seconds: float) -> None:
    """Post until the host is told to end; start it again, and find the client and every acknowledged post."""
    acknowledged: list[str] = []
    async with host_process(host) as server, aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        async with PythonClient(["websocket"], NAMESPACE if host == "socketio" else "/") as client:
            await client.connect(server.url, token)
            room = await made(client)

            async def write_on() -> None:
                while (await client.ask("room:post", one := post(room, "app.n", {}, fresh("post"))))["ok"]:
                    acknowledged.append(one["id"])

            writing = asyncio.ensure_future(write_on())
            await until(lambda: len(acknowledged) > 20)
            assert await server.stop(timeout=seconds) == 0
            writing.cancel()
            await server.start()
            await until(lambda: len(heard(client, "welcome")) == 2)  # it came back by itself
        kept: set[str] = set()
        after, headers = 0, {"Authorization": f"Bearer {token}"}
        while True:
            async with http.get(f"{server.url}/api/rooms/{room}/entries?after={after}", headers=headers) as answer:
                page = (await answer.json())["entries"]
            if not page:
                break
            kept |= {entry["id"] for entry in page}
            after = page[-1]["seq"]
        assert set(acknowledged) <= kept
