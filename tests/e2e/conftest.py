"""One server for the tests that cannot disturb each other, and signed-in stock clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient

ORIGIN = "https://app.example"
RAISING_GAME = Path(__file__).parent / "raising_game.py"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    """`parlour serve` with guests, one listed origin and a game whose rules raise."""
    env = {
        "PARLOUR_GUESTS": "on",
        "PARLOUR_GAMES": "raising_game:Raising",
        "PYTHONPATH": str(RAISING_GAME.parent),
    }
    async with ServerProcess(env=env) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A stock HTTP client with a cookie jar of its own."""
    async with aiohttp.ClientSession() as session:
        yield session


Enter = Callable[..., Awaitable[PythonClient]]


@asynccontextmanager
async def entering(server: ServerProcess) -> AsyncIterator[Enter]:
    """Give a function that connects stock clients, and close them at the end."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def one(name: str | None, transports: list[str] | None = None) -> PythonClient:
            token = None if name is None else (await sign_in(http, server.url, wallet(name)))["token"]
            client = await stack.enter_async_context(PythonClient(transports or ["websocket"]))
            await client.connect(server.url, token)
            return client

        yield one


@pytest.fixture
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """`await enter("alice")`: a connected stock client of that wallet; `enter(None)` is a guest."""
    async with entering(server) as one:
        yield one
