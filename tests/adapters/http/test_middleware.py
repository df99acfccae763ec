"""Errors of handlers whose connections end: the client's own, and others."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from parlour.adapters.http.middleware import json_errors


async def test_client_that_leaves_during_an_answer_is_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[BaseException] = []
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except ConnectionError as error:
            ended.append(error)
            raise
        finally:
            left.set()

    app = web.Application(middlewares=[json_errors])
    app.add_routes([web.get("/endless", endless)])
    runner = web.AppRunner(app)  # a TestServer would cancel the handler, which the product does not
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with ClientSession() as http:
        with capture_logs() as said:
            answer = await http.get(f"http://127.0.0.1:{runner.addresses[0][1]}/endless")
            await answer.content.readexactly(100_000)
            answer.close()
            await asyncio.wait_for(left.wait(), 60)
            await runner.cleanup()
    assert len(ended) == 1
    assert said == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_connection_that_a_handler_lost_elsewhere_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    async def lost(request: web.Request) -> web.Response:
        raise ConnectionResetError("of something else")

    app = web.Application(middlewares=[json_errors])
    app.add_routes([web.get("/lost", lost)])
    async with TestClient(TestServer(app)) as client:
        with capture_logs() as said:
            answer = await client.get("/lost")
            assert (answer.status, (await answer.json())["error"]["code"]) == (500, "internal")
    assert [line["event"] for line in said] == ["http.failed"]
