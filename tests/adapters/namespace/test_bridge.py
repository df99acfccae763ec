"""Clients of a namespace of a python-socketio server that come and go, with a gateway that takes its time."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import socketio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from parlour.adapters.namespace import NamespaceBridge

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
