"""A hundred stock clients with default transports, polling first: over workers, and over nodes behind nginx."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import socketio

from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.test_tls import Certificate
from tests.deploy.test_deploy import NGINX, certificate, shipped_nginx
from tests.e2e.stock import node_modules, until
from tests.postgres import Postgres
from tests.redis_server import RedisServer, redis_server

__all__ = ["certificate", "redis_server"]

EACH = 50
"""Clients of each language."""
CROWD = Path(__file__).parent / "stock_crowd.mjs"


async def python_clients(url: str, token: str) -> tuple[int, int]:
    """Connect stock Python clients; return how many connected, and how many upgraded."""
    clients = [socketio.AsyncClient(reconnection=False, handle_sigint=False, ssl_verify=False) for _ in range(EACH)]

    async def one(client: socketio.AsyncClient) -> tuple[bool, bool]:
        try:
            await client.connect(url, auth={"token": token}, wait_timeout=60)
        except socketio.exceptions.ConnectionError as error:
            print(f"Python: {error}")
            return False, False
        return client.connected, client.transport() == "websocket"

    try:
        outcomes = await asyncio.gather(*map(one, clients))
    finally:
        await asyncio.gather(*(client.disconnect() for client in clients))
    return sum(connected for connected, _ in outcomes), sum(upgraded for _, upgraded in outcomes)


async def script_clients(url: str, token: str) -> tuple[int, int]:
    """Connect stock JavaScript clients; return the same."""
    process = await asyncio.create_subprocess_exec(
        "node", str(CROWD), str(node_modules()), url, token, str(EACH), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    told = json.loads(out)
    print(f"JavaScript: {told['failures']}")
    return told["connected"], told["upgraded"]


@asynccontextmanager
async def workers(postgres: Postgres) -> AsyncIterator[tuple[str, str]]:
    """Run four workers; where clients connect, and where they sign in."""
    async with ServerProcess(postgres.database(), env={"PARLOUR_WORKERS": "4"}) as server:
        await until(lambda: server.log().count("server.ready") == 4)
        yield server.url, server.url


@asynccontextmanager
async def nodes(
    postgres: Postgres, redis: str, certificate: Certificate, folder: Path, maps: bool
) -> AsyncIterator[tuple[str, str]]:
    """Run three nodes behind nginx; the same."""
    url, ports = postgres.database(), [free_port() for _ in range(3)]
    async with AsyncExitStack() as stack:
        for number, port in enumerate(ports, 1):
            env = {"PARLOUR_NODE": f"n{number}", "PARLOUR_PEER_URL": f"http://127.0.0.1:{port}"}
            env |= {"PARLOUR_REDIS_URL": redis, "PARLOUR_TRUSTED_PROXIES": "127.0.0.1"}
            await stack.enter_async_context(ServerProcess(url, env=env, port=port))
        at = await stack.enter_async_context(shipped_nginx(ports, certificate, folder, maps=maps))
        yield at, f"http://127.0.0.1:{ports[0]}"


async def connect_twice(url: str, sign_in_at: str) -> None:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, sign_in_at, wallet("ann")))["token"]
    for _ in range(2):
        found = await asyncio.gather(python_clients(url, token), script_clients(url, token))
        assert found == [(EACH, EACH), (EACH, EACH)], "connected and upgraded: Python, JavaScript"


@pytest.mark.long
async def test_hundred_of_hundred_connect_and_upgrade_over_workers(postgres: Postgres) -> None:
    async with workers(postgres) as (url, sign_in_at):
        await connect_twice(url, sign_in_at)


@pytest.mark.long
@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed")
@pytest.mark.parametrize("maps", [True, False])
async def test_hundred_of_hundred_connect_and_upgrade_over_nodes(
    postgres: Postgres, redis_server: RedisServer, certificate: Certificate, tmp_path: Path, maps: bool
) -> None:
    async with nodes(postgres, redis_server.url, certificate, tmp_path, maps) as (url, sign_in_at):
        await connect_twice(url, sign_in_at)
