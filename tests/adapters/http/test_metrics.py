"""`/metrics` behind a key, or on a port of its own; and what every answer says and does not say of itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.app import Server
from parlour.settings import load
from parlour.settings.masking import masked
from parlour.testing.processes import free_port

Run = Callable[..., Awaitable[Server]]


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with AsyncExitStack() as stack:

        async def one(**settings: Any) -> Server:
            server = await Server.build(
                load(
                    port=0,
                    database_url=f"sqlite+aiosqlite:///{tmp_path}/db",
                    origins=("https://a.example",),
                    **settings,
                )
            )
            await server.start()
            stack.push_async_callback(server.stop)
            return server

        yield one


async def test_metrics_are_told_to_whoever_has_the_key(run: Run) -> None:
    server = await run(metrics_key="s3cret")
    async with aiohttp.ClientSession() as http:
        for given, expected in ((None, 401), ("Bearer wrong", 401), ("s3cret", 401), ("Bearer s3cret", 200)):
            headers = {} if given is None else {"Authorization": given}
            async with http.get(server.url + "/metrics", headers=headers) as answer:
                assert answer.status == expected
                assert ("parlour_" in await answer.text()) == (expected == 200)
    assert "s3cret" not in str(masked("metrics_key", "s3cret"))


async def test_metrics_are_on_their_own_port_and_on_no_other(run: Run) -> None:
    port = free_port()
    server = await run(metrics_port=port, metrics_key="s3cret")
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer s3cret"}) as http:
        async with http.get(server.url + "/metrics") as answer:
            assert answer.status == 404
        async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert "parlour_" in await answer.text()
        async with http.get(f"http://127.0.0.1:{port}/api/kinds") as answer:
            assert answer.status == 404


async def test_answers_are_not_sniffed_and_tell_no_versions(run: Run) -> None:
    server = await run()
    async with aiohttp.ClientSession() as http:
        for path in (
            "/",
            "/healthz",
            "/api/kinds",
            "/api/rooms/none",
            "/nothing",
            "/auth/nonce",
            "/metrics",
            "/admin/",
        ):
            async with http.get(server.url + path) as answer:
                assert answer.headers["X-Content-Type-Options"] == "nosniff", path
                assert answer.headers["Server"] == "parlour", path
        async with http.get(server.url + "/socket.io/?EIO=4&transport=polling") as answer:
            assert answer.headers["Server"] == "parlour"
