"""A thousand clients join under load on each way to embed: every join is answered, and none misses an entry."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, said
from tests.e2e.stock import PythonClient, heard, until
from tests.embedding.kit import NAMESPACE, host_process

CLIENTS, AT_ONCE = 1_000, 50
PLENTY = {"PARLOUR_JOINS_PER_SECOND": "1000", "PARLOUR_JOINS_BURST": "1000"}


@pytest.mark.long
@pytest.mark.parametrize("host", ["aiohttp", "fastapi", "socketio"])
async def test_thousand_clients_join_a_room_that_is_talking(host: str) -> None:
    namespace = NAMESPACE if host == "socketio" else "/"
    few, clients = asyncio.Semaphore(AT_ONCE), list[PythonClient]()
    async with host_process(host, **PLENTY) as server, aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        speaker = PythonClient(["websocket"], namespace)
        await speaker.connect(server.url, token)
        room = await made(speaker)

        async def speak() -> None:
            while True:
                await said(speaker, room)
                await asyncio.sleep(1)

        async def come() -> None:
            async with few:
                client = PythonClient(["websocket"], namespace)
                await client.connect(server.url, token)
                head = (await done(client, "room:join", room=room, limit=0))["head"]
                client.events.append(("joined", {"head": head}))
                clients.append(client)

        speaking = asyncio.ensure_future(speak())
        await asyncio.gather(*(come() for _ in range(CLIENTS)))
        speaking.cancel()
        last = (await said(speaker, room))["seq"]
        for client in clients:
            await until(lambda client=client: any(entry["seq"] == last for entry in heard(client, "entry", room)))
            [joined] = heard(client, "joined")
            assert [entry["seq"] for entry in heard(client, "entry", room)] == list(range(joined["head"] + 1, last + 1))
        await asyncio.gather(*(client.socket.shutdown() for client in [speaker, *clients]))
