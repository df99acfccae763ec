"""Parlour below a path of aiohttp and of FastAPI on uvicorn, and alone on uvicorn: clients, limits, bodies, ends."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from fastapi import FastAPI

from parlour import Parlour
from parlour.settings import SettingsError
from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, said
from tests.e2e.stock import PythonClient, heard, until
from tests.embedding.kit import database, hosted, uvicorn_serving

PAGE = "https://app.example"
EACH_HOST = pytest.mark.parametrize("host", ["aiohttp", "fastapi"])


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
@pytest.mark.parametrize(("host", "path"), [("aiohttp", "/a/b/"), ("fastapi", "/rooms/"), ("uvicorn", "/")])
async def test_stock_client_posts_and_reads(tmp_path: Path, host: str, path: str, transports: list[str]) -> None:
    async with hosted(host, tmp_path, path) as url, aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        token = (await sign_in(http, url + path.rstrip("/"), wallet("ann")))["token"]
        client = await stack.enter_async_context(PythonClient(transports))
        await client.connect(url, token, socketio_path=path + "socket.io")
        room = await made(client)
        await done(client, "room:join", room=room)
        post = await said(client, room, "hello from below")
        await until(lambda: heard(client, "entry", room))
        bearer = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{url}{path}api/rooms/{room}/entries?limit=1", headers=bearer) as answer:
            page = await answer.json()
        assert page["entries"][0]["seq"] == post["seq"]
        async with http.get(f"{url}{path}api/rooms/{room}/transcript", headers=bearer) as answer:
            assert len((await answer.read()).splitlines()) > 2, "a streamed answer"
        if host != "uvicorn":
            async with http.get(f"{url}/hello") as answer:
                assert "the host's" in await answer.text()
            assert "X-Content-Type-Options" not in answer.headers


async def test_client_of_a_host_that_stops_is_told_to_come_back(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as client:
        async with hosted("aiohttp", tmp_path) as url:
            token = (await sign_in(http, url + "/rooms", wallet("ann")))["token"]
            await client.connect(url, token, socketio_path="/rooms/socket.io")
            await until(lambda: heard(client, "welcome"))
        await until(lambda: heard(client, "closing"))
        assert heard(client, "closing")[0]["reason"] == "draining"


@EACH_HOST
async def test_limits_and_origins_below_a_path_are_those_of_the_root(tmp_path: Path, host: str) -> None:
    limits: dict[str, Any] = {"http_per_minute": 3, "http_burst": 3, "origins": [PAGE], "hosts": ["127.0.0.1"]}
    async with hosted(host, tmp_path, guests=True, **limits) as url, aiohttp.ClientSession() as http:

        async def status(path: str, **headers: str) -> tuple[int, str | None]:
            async with http.get(f"{url}/rooms{path}", headers=headers) as answer:
                return answer.status, answer.headers.get("Access-Control-Allow-Origin")

        assert await status("/api/rooms", Origin=PAGE) == (200, PAGE)
        assert await status("/api/rooms", Origin="https://evil.example") == (200, None)
        assert await status("/socket.io/?EIO=4&transport=polling", Origin="https://evil.example") == (403, "*")
        assert await status("/api/rooms", Origin=PAGE, Host="rebound.example") == (403, PAGE)
        assert await status("/", Origin=PAGE) == (404, None)  # the demo is not asked for
        assert await status("/api/rooms", Origin=PAGE) == (200, PAGE)
        assert await status("/api/rooms", Origin=PAGE) == (429, PAGE)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{url}/rooms/socket.io/?EIO=4&transport=websocket", headers={"Origin": "null"})
        assert refused.value.status == 403


@EACH_HOST
async def test_body_above_the_limit_is_refused_before_it_is_sent_whole(tmp_path: Path, host: str) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 100_000:
            sent += 1
            yield b"x" * 4096

    async with hosted(host, tmp_path, message_bytes=2048) as url, aiohttp.ClientSession() as http:
        async with http.post(f"{url}/rooms/auth/verify", data=endless()) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (413, "too_large")
        assert sent < 100_000


def test_mount_under_another_path_than_clients_know_is_refused(tmp_path: Path) -> None:
    parlour = Parlour(url="https://example.com:443/chat/", database_url=database(tmp_path))
    with pytest.raises(SettingsError) as refused:
        parlour.mount(web.Application(), "/rooms")
    for hint in ("url='https://example.com/rooms/'", "/rooms/socket.io", "mount it under /chat/"):
        assert hint in str(refused.value)


async def test_asgi_mounted_under_another_path_says_what_would_fit(tmp_path: Path) -> None:
    port = free_port()
    parlour = Parlour(url=f"http://127.0.0.1:{port}/chat/", database_url=database(tmp_path))
    app = FastAPI()
    app.mount("/rooms", parlour.asgi())
    async with uvicorn_serving(app, port), aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{port}/rooms/healthz") as answer:
            assert answer.status == 503, "it was not started"
        async with parlour, http.get(f"http://127.0.0.1:{port}/rooms/healthz") as answer:
            assert answer.status == 404
            assert "mount it under /chat/" in (await answer.json())["error"]["message"]
