"""The last known reason reaches whoever waits for a connection: one sentence, with its cause, in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from parlour_client import (
    ConnectionLost,
    Forbidden,
    Invalid,
    ParlourError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from parlour_client.net.reasons import checked_url
from tests.adapters.engine.test_tls import Certificate
from tests.clients.fake_server import FakeServer
from tests.clients.kit import KEY, connect, until

LONG = 60
"""Seconds: a reason that lasts is told long before."""
ORIGIN = {"code": "forbidden", "message": "This origin may not connect.", "retryable": False}
FULL = {"code": "unavailable", "message": "The server is full; come back.", "retryable": True, "retryAfter": 100}


@asynccontextmanager
async def answering(certificate: Certificate | None = None, **answered: Any) -> AsyncIterator[str]:
    """A program that answers everything alike; yields its address."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(**answered)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate.server if certificate else None)
    await site.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def reason(url: str, key: str | None, timeout: float) -> ParlourError:
    with pytest.raises(ParlourError) as refused:
        await asyncio.wait_for(connect(url, key, timeout=timeout).__aenter__(), 30)
    assert refused.value.__cause__ is not None
    return refused.value


async def reason_at_the_timeout(url: str, key: str | None) -> ParlourError:
    """What a timeout says that was long enough for one answer: 0.5 s, unless the machine is busy."""
    for timeout in (0.5, 4):
        refused = await reason(url, key, timeout)
        if "could not be reached in" not in refused.message:
            return refused
    return await reason(url, key, 25)


def as_json(**body: Any) -> dict[str, Any]:
    return {"text": json.dumps(body), "content_type": "application/json"}


HTML = {"text": "<!doctype html><html><body>Hello</body></html>", "content_type": "text/html"}
LASTING: list[tuple[str, dict[str, Any], type[ParlourError], str]] = [
    ("an HTML page", HTML, Unreachable, "no Parlour server at .*: it answered an HTML page"),
    ("another API", as_json(hello="world"), Unreachable, "no Parlour server"),
    ("an empty answer", {"text": ""}, Unreachable, "no Parlour server"),
    ("404", HTML | {"status": 404}, Unreachable, "no Parlour server at .*404 Not Found"),
    (
        "403 for the origin",
        as_json(code=4, message="x", error=ORIGIN) | {"status": 403},
        Forbidden,
        "This origin may not",
    ),
    ("403 of a firewall", HTML | {"status": 403}, Forbidden, "refuses this client: 403 Forbidden"),
    ("a password", HTML | {"status": 401}, Unauthorized, "asks for a password"),
]


@pytest.mark.parametrize("key", [None, KEY], ids=["guest", "wallet"])
@pytest.mark.parametrize(("answer", "kind", "said"), [case[1:] for case in LASTING], ids=[case[0] for case in LASTING])
async def test_reason_that_lasts_is_told_before_the_timeout(
    answer: dict[str, Any], kind: type[ParlourError], said: str, key: str | None
) -> None:
    async with answering(**answer) as url:
        refused = await reason(url, key, LONG)
    assert isinstance(refused, kind)
    assert not refused.retryable
    with pytest.raises(kind, match=said):
        raise refused


PASSING: list[tuple[str, dict[str, Any], str]] = [
    ("502", HTML | {"status": 502}, "502 Bad Gateway: the server is away"),
    ("503", HTML | {"status": 503, "headers": {"Retry-After": "7"}}, "503 Service Unavailable"),
    ("a broken answer", {"text": "{", "status": 502, "content_type": "application/json"}, "502 Bad Gateway"),
]


@pytest.mark.parametrize("key", [None, KEY], ids=["guest", "wallet"])
@pytest.mark.parametrize(("answer", "said"), [case[1:] for case in PASSING], ids=[case[0] for case in PASSING])
async def test_reason_that_passes_is_told_at_the_timeout(answer: dict[str, Any], said: str, key: str | None) -> None:
    async with answering(**answer) as url:
        refused = await reason_at_the_timeout(url, key)
    assert isinstance(refused, Unavailable)
    assert said in refused.message
    assert refused.retry_after == (7_000 if "headers" in answer else None)


@pytest.mark.parametrize("key", [None, KEY], ids=["guest", "wallet"])
async def test_retry_after_of_a_full_server_is_seen(key: str | None) -> None:
    async with answering(**as_json(code=4, message="x", error=FULL), status=503) as url:
        refused = await reason_at_the_timeout(url, key)
    assert (type(refused), refused.retry_after, refused.message) == (Unavailable, 100, FULL["message"])


@pytest.mark.parametrize("key", [None, KEY], ids=["guest", "wallet"])
async def test_wrong_port_and_unknown_name_are_told_with_their_cause(key: str | None) -> None:
    refused = await reason("http://127.0.0.1:9", key, 0.3)
    assert isinstance(refused, ConnectionLost)
    assert "Nobody can be reached at 127.0.0.1:9" in refused.message
    refused = await reason("http://parlour.invalid", key, 1.0)
    assert isinstance(refused, ConnectionLost)
    assert "The name parlour.invalid cannot be resolved" in refused.message


@pytest.mark.parametrize("key", [None, KEY], ids=["guest", "wallet"])
async def test_tls_where_there_is_none_is_told_at_once(server: FakeServer, key: str | None) -> None:
    refused = await reason(server.url.replace("http:", "https:"), key, LONG)
    assert isinstance(refused, Unreachable)
    assert "does not speak TLS" in refused.message


async def test_certificate_that_is_not_trusted_is_told_at_once(tmp_path: Path) -> None:
    async with answering(text="gm", certificate=Certificate(tmp_path)) as url:
        refused = await reason(url, None, LONG)
    assert isinstance(refused, Unreachable)
    assert "The certificate of https://127.0.0.1" in refused.message


async def test_redirect_of_a_sign_in_names_the_address() -> None:
    """`http://` where the server is at `https://`: a sign-in that followed would post as a GET."""
    async with answering(status=301, headers={"Location": "https://parlour.example/"}) as url:
        refused = await reason(url, KEY, LONG)
    assert isinstance(refused, Unreachable)
    assert "redirects to https://parlour.example/: connect to that one" in refused.message


async def test_program_that_speaks_no_http_is_told_at_once() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR unknown command\r\n\r\n")
        await writer.drain()
        writer.close()

    redis = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with redis:
        port = redis.sockets[0].getsockname()[1]
        refused = await reason(f"http://127.0.0.1:{port}", None, LONG)
    assert isinstance(refused, Unreachable)
    assert "does not speak HTTP" in refused.message


@pytest.mark.parametrize(
    "url", ["localhost:8080", "parlour.example", "//host", "http://", "ftp://host", "http://h:x", ""]
)
async def test_missing_scheme_is_told_at_once(url: str) -> None:
    assert isinstance(await reason(url, None, LONG), Invalid)


def test_address_of_a_websocket_is_taken() -> None:
    assert checked_url("wss://host:1/under/") == "https://host:1/under"
    assert checked_url("HTTP://Host") == "http://Host"


async def test_foreign_page_after_a_first_connection_is_waited_out(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        port = server.port
        await server.stop()
        app = web.Application()
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await until(lambda: isinstance(parlour.trouble, Unreachable))
        with pytest.raises(ConnectionLost, match="No answer to room:post in time: There is no Parlour server"):
            await room.post("gm", timeout=0.1)
        with pytest.raises(ConnectionLost, match="No answer to room:list in time: There is no Parlour server"):
            await parlour.request("room:list", {}, timeout=0.1)
        await runner.cleanup()
        await server.start(port)
        await room.say("back")
        assert parlour.trouble is None
