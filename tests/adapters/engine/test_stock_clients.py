"""The stock JavaScript and Python clients, unchanged: events, binary data, every end."""

import asyncio
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
import socketio

from tests.adapters.engine.lab import Lab, node_modules, running, tool
from tests.bounds import engine_limits

CALM = engine_limits(close_timeout=0.5)
TRANSPORTS = ["websocket", "polling", "polling,websocket"]


async def javascript(lab: Lab, transports: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        tool("node"),
        str(Path(__file__).with_name("stock_client.cjs")),
        lab.url,
        transports,
        env={**os.environ, "NODE_PATH": str(node_modules())},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return dict(json.loads(output))


@pytest.mark.parametrize("front", [True, False])
@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_stock_javascript_client_works_unchanged(transports: str, front: bool) -> None:
    async with running(limits=CALM, front=front) as lab:
        seen = await javascript(lab, transports)
    assert "timeout" not in seen, seen
    assert seen["auth"] == {"token": "good"}
    assert seen["unicode"] == "héé €😀"
    assert seen["halfAnEmoji"] == "invalid", "and the client is still there"
    assert seen["binary"] == [0, 1, 255]
    assert (seen["long"], seen["document"], seen["tooLarge"]) == (60_000, 250_000, "too_large")
    assert seen["numbers"] == list(range(201))
    assert seen["attachment"] == [134]
    assert seen["custom"] == "in a namespace"
    assert seen["transport"] == transports.split(",")[-1]
    assert seen["closing"] == [
        {"reason": "draining", "reconnect": True, "retryAfter": 100},
        {"reason": "revoked", "reconnect": False},
    ]
    assert seen["connects"] == 2, "it comes back after reconnect: true, and only then"
    assert seen["disconnects"][0] in ("transport close", "transport error")
    assert seen["disconnects"][1:] == ["io server disconnect"]
    assert seen["active"] is False
    assert seen["refused"] == ["Sign in first.", {"code": "unauthorized", "message": "Sign in first."}]
    assert seen["namespace"] == "Invalid namespace"


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_stock_python_client_works_unchanged(transports: str) -> None:
    async with running(limits=CALM) as lab:
        client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.1, randomization_factor=0)
        numbers: list[int] = []
        closing: list[dict[str, Any]] = []
        connects = asyncio.Queue[None]()
        ends = asyncio.Queue[str]()
        client.on("msg", lambda message: numbers.append(message["n"]))
        client.on("closing", closing.append)
        client.on("connect", lambda: connects.put_nowait(None))
        client.on("disconnect", ends.put_nowait)

        async with asyncio.timeout(60):
            await client.connect(lab.url, transports=transports.split(","), auth={"token": "good"})
            await connects.get()
            await client.call("join", "room")
            assert await client.call("other", "héé €😀") == "héé €😀"
            assert await client.call("other", {"a": [b"\x00\xff"]}) == {"a": [b"\x00\xff"]}
            assert len(await client.call("other", "x" * 60_000)) == 60_000
            for number in range(201):
                await client.emit("msg", {"r": "room", "n": number, **({"b": b"x"} if number % 50 == 0 else {})})
            await client.call("other")
            assert numbers == list(range(201))
            await client.emit("drop")
            assert await ends.get() == client.reason.TRANSPORT_ERROR
            await connects.get()
            await client.emit("out")
            assert await ends.get() == client.reason.SERVER_DISCONNECT
        assert closing == [
            {"reason": "draining", "reconnect": True, "retryAfter": 100},
            {"reason": "revoked", "reconnect": False},
        ]
        assert not client.connected
        await client.disconnect()
        assert await lab.handlers.until_gone(2) == ["draining", "revoked"]


async def test_stock_clients_answer_pings() -> None:
    async with running(limits=dataclasses.replace(CALM, ping_interval=0.1, ping_timeout=0.3)) as lab:
        for transport in ("websocket", "polling"):
            client = socketio.AsyncClient(reconnection=False)
            await client.connect(lab.url, transports=[transport])
            await asyncio.sleep(1.0)
            assert client.connected
            assert await client.call("other", 1) == 1
            await client.disconnect()
        assert "ping timeout" not in await lab.handlers.until_gone(2)


async def test_stock_client_that_got_503_comes_back_by_itself() -> None:
    async with running(limits=CALM) as lab:
        lab.engine.refuse(retry_after=100)
        client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.1, randomization_factor=0)
        connecting = asyncio.ensure_future(client.connect(lab.url, transports=["websocket"], retry=True))
        await asyncio.sleep(0.3)
        assert not client.connected
        lab.engine.admit()
        await asyncio.wait_for(connecting, 60)
        assert await client.call("other", 1) == 1
        await client.disconnect()
