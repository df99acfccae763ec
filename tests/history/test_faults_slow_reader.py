"""A client that joins a busy room and reads nothing more: cut at its limit, alone, and welcome back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.lab import RawSocket
from tests.history.crowd import assert_coded, crowd
from tests.history.load import read_log

ENV = {"PARLOUR_REPLAY_BYTES": str(64 << 20)}
"""The kernel holds megabytes beyond the queue of the server; the replay has to hold them too."""
CUT = re.compile(r"^parlour_engine_slow\S* (\d+)", re.MULTILINE)


async def test_slow_reader_is_cut_and_resumes_where_it_was() -> None:
    async with ServerProcess(env=ENV) as server, crowd(server.url, rooms=2, clients=3) as people:
        token = (await sign_in(people.http, server.url, wallet("sleeper")))["token"]
        async with raw(server.port, token) as sleeper:
            stood = {room: await join(sleeper, {"room": room}) for room in people.rooms}
            sleeper.writer.transport.pause_reading()  # type: ignore[attr-defined]
            for client in people.clients:
                client.padding = "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 1_300
            await until_cut(people.http, server.url)
            for client in people.clients:
                client.padding = ""
            served_s = await people.all_acked_again()
            assert [client.closings for client in people.clients] == [[], [], []], server.log()[-3000:]
            await people.calm()
            sleeper.writer.transport.resume_reading()  # type: ignore[attr-defined]
            await sleeper.closed()

        async with raw(server.port, token) as awake:
            for room, at in stood.items():
                log = (await read_log(people.http, server.url, room, people.token)).items
                since = {"epoch": at["epoch"], "seq": at["head"], "hash": at["hash"]}
                back = await join(awake, {"room": room, "since": since})
                assert back["recovered"] is True
                missed = [(entry["seq"], entry["hash"]) for entry in back["entries"]]
                assert missed == [(item.seq, item.hash) for item in log[at["head"] :]]
        print(f"slow reader: the others went on within {served_s:.2f} s of the cut")
        verdict = await people.verdict()
        assert not verdict.findings, str(verdict)
        assert_coded(people.refusals, ("unavailable", "rate_limited"))
        assert await cut(people.http, server.url) == 1, "somebody else was cut as well"


@asynccontextmanager
async def raw(port: int, token: str) -> AsyncIterator[RawSocket]:
    """A WebSocket that reads when it is told to, signed in."""
    socket = await RawSocket.connect(port, "/socket.io/?EIO=4&transport=websocket")
    try:
        assert (await socket.text())[0] == "0"
        socket.send("40" + json.dumps({"token": token}))
        assert (await socket.text()).startswith("40{")
        assert (await socket.text()).startswith('42["welcome"')
        yield socket
    finally:
        socket.writer.close()


async def join(socket: RawSocket, data: dict[str, Any]) -> dict[str, Any]:
    socket.send("420" + json.dumps(["room:join", data]))
    while not (text := await socket.text()).startswith("430["):
        pass
    [ack] = json.loads(text[3:])
    assert ack["ok"], ack
    joined: dict[str, Any] = ack
    return joined


async def cut(http: aiohttp.ClientSession, url: str) -> int:
    """How many clients the server has cut for reading too slowly."""
    async with http.get(f"{url}/metrics") as answer:
        found = CUT.search(await answer.text())
    return int(found[1]) if found else 0


async def until_cut(http: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(60):
        while not await cut(http, url):
            await asyncio.sleep(0.05)
