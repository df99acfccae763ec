"""Clients of a namespace of a python-socketio server that come and go, with a gateway that takes its time."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import socketio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from parlour.adapters.engine import encode
from parlour.adapters.namespace import NamespaceBridge
from parlour.adapters.namespace.bridge_connection import BridgeConnection
from tests.bounds import engine_limits

ENGINE = SimpleNamespace(policy=SimpleNamespace(check=lambda head: None, remote=lambda head: head.peer), limits=None)


class SlowGateway:
    """Admits a client once it is let; remembers who is here."""

    def __init__(self) -> None:
        self.here: set[Any] = set()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def connect(self, connection: Any, auth: object) -> None:
        self.asked.set()
        await self.go_on.wait()
        self.here.add(connection)

    def disconnect(self, connection: Any, reason: str) -> None:
        self.here.discard(connection)


async def test_client_that_goes_before_it_is_admitted_is_forgotten() -> None:
    gateway: Any = SlowGateway()
    sio, app, engine = socketio.AsyncServer(async_mode="aiohttp"), web.Application(), ENGINE
    sio.attach(app)
    NamespaceBridge(sio, "/parlour", lambda: (gateway, engine))  # type: ignore[arg-type, return-value]
    async with TestClient(TestServer(app)) as client:
        path = "/socket.io/?EIO=4&transport=polling"
        opened = await (await client.get(path)).text()
        path += "&sid=" + opened.split('"sid":"')[1].split('"')[0]
        connecting = asyncio.ensure_future(client.post(path, data="40/parlour,"))
        await gateway.asked.wait()
        await client.post(path, data="1")
        gateway.go_on.set()
        await connecting
        assert gateway.here == set()


async def test_frames_follow_answers_that_went_out_before_their_turn() -> None:
    sent: list[Any] = []

    class Outlet:
        def engine_sid(self, sid: str) -> str:
            return sid

        def packets_waiting(self, engine_sid: str) -> int:
            return 0

        def mark(self, connection: BridgeConnection) -> None:
            """Let the test send."""

        async def send(self, engine_sid: str, frame: Any) -> None:
            sent.append(frame)

    outlet: Any = Outlet()
    connection = BridgeConnection(outlet, "sid", "127.0.0.1", engine_limits())
    connection.accept()
    frames = [encode("entry", {"seq": seq}) for seq in range(3)]
    answers = [connection.take_ack([{}])[1] for _ in range(2)]
    connection.write(frames[0])
    answers[0]({"ok": True})
    connection.write(frames[1])
    answers[1]({"ok": True})
    connection.write(frames[2])
    for answer in answers:
        connection.went_out(answer, 10)
    await connection.send_out()
    assert sent == frames
