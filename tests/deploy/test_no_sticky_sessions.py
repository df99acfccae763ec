"""Stock clients with default transports through a proxy over three nodes: every one connects and upgrades."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.app import Server
from parlour.settings import load
from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.test_tls import Certificate
from tests.deploy.test_deploy import NGINX, certificate, shipped_nginx
from tests.e2e.stock import NodeClient, PythonClient, until
from tests.postgres import Postgres

__all__ = ["certificate"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = 6
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nodes(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Server]]:
    """Three nodes: two reach each other over HTTP, the third has a Unix socket as well."""
    url, started = postgres.database(), list[Server]()
    sockets = tmp_path_factory.mktemp("peers")
    for number in (1, 2, 3):
        port = free_port()
        settings = load(
            port=port, database_url=url, node=f"n{number}", peer_url=f"http://127.0.0.1:{port}",
            trusted_proxies=("127.0.0.1",), peer_socket=sockets / "n3.sock" if number == 3 else None,
        )  # fmt: skip
        started.append(await Server.build(settings))
        await started[-1].start()
    await until(lambda: all(len(server.parts.nodes.membership.living()) == 3 for server in started))
    yield started
    for server in started:
        await server.stop()


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed")
@pytest.mark.parametrize("maps", [True, False])
async def test_every_stock_client_connects_and_upgrades_over_three_nodes(
    nodes: list[Server], certificate: Certificate, tmp_path: Path, maps: bool
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        shipped_nginx([port_of(each) for each in nodes], certificate, tmp_path, maps=maps) as url,
    ):
        token = (await sign_in(http, nodes[0].url, wallet("ann")))["token"]
        clients = [PythonClient() for _ in range(CLIENTS)]
        for client in clients:
            client.socket.eio.ssl_verify = False
        async with NodeClient() as stock:
            await asyncio.gather(*(client.connect(url, token) for client in clients))
            await stock.connect(url, token, rejectUnauthorized=False)
            for client in clients:
                await until(lambda client=client: client.socket.transport() == "websocket")
                assert (await client.ask("room:list", {}))["ok"]
            assert (await stock.ask("room:list", {}))["ok"]
            spread = [sum(each.parts.sockets.engine.connections.values()) for each in nodes]
            assert all(spread), f"{spread} clients on the nodes"
            await asyncio.gather(*(client.close() for client in clients))


async def opened(http: aiohttp.ClientSession, server: Server) -> str:
    async with http.get(server.url + POLLING) as answer:
        return re.findall('"sid":"([^"]+)"', await answer.text())[0]


@pytest.mark.parametrize("home", [0, 2])
async def test_request_at_another_node_is_answered_by_the_sessions_own(nodes: list[Server], home: int) -> None:
    async with aiohttp.ClientSession() as http:
        sid = await opened(http, nodes[home])
        assert sid.startswith(f"n{home + 1}.")
        there = f"{nodes[1].url}{POLLING}&sid={sid}"
        async with http.post(there, data='40{"token":null}') as posted:
            assert (posted.status, await posted.text()) == (200, "ok")
        async with http.get(there) as polled:
            assert (polled.status, (await polled.text())[:2]) == (200, "44")
        async with http.post(there, data="x" * 2_000_000) as large:
            assert large.status == 413
        async with http.get(there) as gone:
            assert (gone.status, (await gone.json())["code"]) == (400, 1)


async def test_node_that_was_not_listed_yet_is_found_by_all_who_ask_at_once(nodes: list[Server]) -> None:
    membership = nodes[0].parts.nodes.membership
    async with aiohttp.ClientSession() as http:
        sids = [await opened(http, nodes[1]) for _ in range(8)]
        membership.nodes = {name: node for name, node in membership.nodes.items() if name != "n2"}

        async def status(sid: str) -> int:
            async with http.post(f"{nodes[0].url}{POLLING}&sid={sid}", data='40{"token":null}') as answer:
                return answer.status

        assert await asyncio.gather(*map(status, sids)) == [200] * len(sids)


@pytest.mark.parametrize(
    "sid",
    [
        "n9.AAAAAAAA",
        "n1.",
        "127.0.0.1:9.x",
        "n1.AAAAAAAA",
        "x" * 5_000 + ".y",
        ".",
        "n1%0d%0a.x",
    ],
)
async def test_sid_of_no_session_is_unknown_wherever_it_is_asked(nodes: list[Server], sid: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{nodes[1].url}{POLLING}&sid={sid}") as polled:
            assert (polled.status, (await polled.json())["code"]) == (400, 1)
        upgrade = f"{nodes[1].url}/socket.io/?EIO=4&transport=websocket&sid={sid}"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(upgrade)
        assert refused.value.status == 400


@pytest.mark.parametrize("seal", ["", "1 x", "99999999999999999999 x", "{now} x", "{now}", "\u0661 x"])
async def test_forged_seal_of_a_passed_request_is_refused(nodes: list[Server], seal: str) -> None:
    forged = seal.replace("{now}", str(nodes[0].parts.process.clock.now()))
    async with aiohttp.ClientSession() as http:
        sid = await opened(http, nodes[0])
        asked: dict[str, Any] = {"headers": {"Parlour-Passed": forged}}
        for node in nodes[:2]:
            async with http.get(f"{node.url}{POLLING}&sid={sid}", **asked) as refused:
                assert refused.status == 403


async def test_node_that_is_away_leaves_its_clients_to_begin_anew(nodes: list[Server]) -> None:
    membership = nodes[0].parts.nodes.membership
    lost = membership.living()[1]
    gone = type(lost)(name="gone", boot="x", version="1", prefix="gone", url="http://127.0.0.1:9")
    membership.nodes = {**membership.nodes, "gone": gone}
    async with aiohttp.ClientSession() as http, http.get(f"{nodes[0].url}{POLLING}&sid=gone.x") as polled:
        assert (polled.status, (await polled.json())["code"]) == (400, 1)
