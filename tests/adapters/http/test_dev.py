"""What `parlour dev` adds to a server for its own page, and `serve` never has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.adapters.http.dev import DevFacts
from parlour.app import Server
from parlour.settings import load
from parlour.testing.wallets import ask_nonce

PAGE = "https://app.example"
Run = Callable[[DevFacts | None], Any]


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with AsyncExitStack() as stack:

        async def one(facts: DevFacts | None) -> Server:
            url = f"sqlite+aiosqlite:///{tmp_path}/{'serve' if facts is None else 'dev'}.db"
            server = await Server.build(load(port=0, database_url=url, origins=(PAGE,)), facts)
            await server.start()
            stack.push_async_callback(server.stop)
            return server

        yield one


async def test_its_own_page_signs_in_under_dev_whatever_other_pages_are_listed(run: Run) -> None:
    async with aiohttp.ClientSession() as http:
        dev, serve = await run(DevFacts(())), await run(None)
        for server, own in ((dev, True), (serve, False)):
            here = server.url.replace("127.0.0.1", "localhost")
            for page in (server.url, here):
                challenge = await ask_nonce(http, server.url, origin=page)
                assert challenge["uri"] == (page if own else PAGE)
            assert (await ask_nonce(http, server.url, origin=PAGE))["uri"] == PAGE
            assert (await ask_nonce(http, server.url, origin="https://stranger.example"))["uri"] == PAGE


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
async def test_call_that_is_none_is_invalid(run: Run, body: bytes) -> None:
    server = await run(DevFacts((), rpc_url="http://127.0.0.1:9"))
    async with aiohttp.ClientSession() as http, http.post(f"{server.url}/api/dev/rpc", data=body) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "invalid")


async def test_serve_knows_no_dev_wallets_and_no_dev_chain(run: Run) -> None:
    server = await run(None)
    async with aiohttp.ClientSession() as http:
        for method, path in (("GET", "/api/dev"), ("POST", "/api/dev/rpc")):
            async with http.request(method, server.url + path) as answer:
                assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not_found")
