"""The console of `parlour dev`: no page of another site reaches its data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from parlour.adapters.http.dev import DevFacts
from parlour.adapters.http.dev_console import COOKIE
from parlour.app import Server
from parlour.settings import load

OVERVIEW = "/api/admin/overview"
REWIND = "/api/admin/chains/31337/rewind"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    url = f"sqlite+aiosqlite:///{tmp_path}/dev.db"
    server = await Server.build(load(port=0, database_url=url), DevFacts(()))
    await server.start()
    yield server
    await server.stop()


async def token_of(http: aiohttp.ClientSession, server: Server, host: str | None = None) -> str | None:
    headers = {} if host is None else {"Host": host}
    async with http.get(server.url + "/admin/", headers=headers) as page:
        cookie = page.cookies.get(COOKIE)
        if cookie is None:
            return None
        assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Strict", True, "/")
        return cookie.value


async def status(server: Server, method: str, path: str, token: str | None, **headers: str) -> int:
    cookies = {} if token is None else {COOKIE: token}
    async with (
        aiohttp.ClientSession(cookies=cookies) as http,
        http.request(method, server.url + path, headers=headers, json={"to": 1}) as answer,
    ):
        return answer.status


async def test_console_of_dev_answers_its_own_page(server: Server) -> None:
    async with aiohttp.ClientSession() as http:
        token = await token_of(http, server)
    assert token is not None
    assert await status(server, "GET", OVERVIEW, token) == 200
    port = server.url.rpartition(":")[2]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "localhost"):
        assert await status(server, "GET", OVERVIEW, token, Host=host) == 200


async def test_console_of_dev_refuses_a_request_without_the_token(server: Server) -> None:
    for method, path in (("GET", OVERVIEW), ("POST", REWIND)):
        assert await status(server, method, path, None) == 403
        assert await status(server, method, path, "guessed", Origin="https://evil.example") == 403


async def test_console_of_dev_refuses_a_rebound_name_even_with_the_token(server: Server) -> None:
    async with aiohttp.ClientSession() as http:
        token = await token_of(http, server)
        assert await token_of(http, server, "evil.example") is None
        assert await token_of(http, server, "localhost.evil.example:8080") is None
    for host in ("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"):
        assert await status(server, "GET", OVERVIEW, token, Host=host) == 403
        assert await status(server, "POST", REWIND, token, Host=host) == 403
