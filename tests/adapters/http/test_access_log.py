"""What the engine is given by the settings, and what is logged of a request where the operator asks for it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.app import Server
from parlour.settings import load
from tests.adapters.engine.lab import RawSocket
from tests.bounds import engine_limits

OF_THE_ENGINE = {"volatile_bytes": 77, "handshake_timeout": 3.5, "close_timeout": 1.5, "connect_timeout": 4.5}


@asynccontextmanager
async def running(folder: Path, **settings: Any) -> AsyncIterator[Server]:
    server = await Server.build(load(port=0, database_url=f"sqlite+aiosqlite:///{folder}/parlour.db", **settings))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def visited(server: Server) -> None:
    """A page, a poll and a WebSocket, each with a secret in its query."""
    async with aiohttp.ClientSession() as http:
        for path in ("/healthz?token=secret", "/nothing?token=secret", "/socket.io/?EIO=4&transport=polling&t=secret"):
            async with http.get(server.url + path) as answer:
                await answer.read()
    port = int(server.url.rpartition(":")[2])
    socket = await RawSocket.connect(port, "/socket.io/?EIO=4&transport=websocket&t=secret")
    socket.writer.close()


async def test_access_log_is_one_line_a_request_without_its_query(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(tmp_path, access_log=True) as server:
        await visited(server)
    assert [record.getMessage() for record in caplog.records if record.name == "parlour.access"] == [
        '127.0.0.1 "GET /healthz" 200',
        '127.0.0.1 "GET /nothing" 404',
        '127.0.0.1 "GET /socket.io/" 200',
        '127.0.0.1 "GET /socket.io/" 101',
    ]
    assert "secret" not in caplog.text


async def test_nothing_is_logged_of_requests_unless_asked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(tmp_path) as server:
        await visited(server)
    assert not [record for record in caplog.records if record.name in ("parlour.access", "aiohttp.access")]


async def test_what_one_client_may_cost_is_set_by_the_operator(tmp_path: Path) -> None:
    async with running(tmp_path, **OF_THE_ENGINE) as server:
        given = server.parts.sockets.engine.limits
        assert {name: getattr(given, name) for name in OF_THE_ENGINE} == OF_THE_ENGINE


async def test_server_without_settings_has_the_limits_that_tests_have(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        assert server.parts.sockets.engine.limits == engine_limits()
