"""What is no HTTP request is refused as every other request is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from parlour.adapters.http.runner import Runner


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=await request.text())

    app = web.Application()
    app.router.add_route("*", "/", hello)
    runner = Runner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"secret" * 2_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"secret" * 2_000 + b"\r\n\r\n",
        b"\x00\x01secret\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01secret\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["long path", "long header", "no method", "tls", "bad length", "bad chunk"],
)
async def test_bytes_that_are_no_request_are_refused_in_json(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.0 400 ")
    assert json.loads(body)["error"]["code"] == "invalid"
    assert b"secret" not in body
    assert b"Server: parlour" in head
    assert b"aiohttp" not in head


async def test_request_is_answered_by_the_application(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
    answer = await reader.read()
    writer.close()
    assert answer.endswith(b"hello")
