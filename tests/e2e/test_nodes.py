"""Nodes of one Postgres as operators see them: listed, drained, rebalanced, and one process a name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from parlour.app import Server
from parlour.commands.cli import cli
from parlour.runtime.membership.nodes import NameTaken
from parlour.settings import load
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, said
from tests.e2e.stock import PythonClient, heard, until
from tests.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENV = {"PARLOUR_ROLES": json.dumps({wallet("ann").address: "operator"})}


@pytest_asyncio.fixture(loop_scope="module")
async def pair(postgres: Postgres) -> AsyncIterator[tuple[ServerProcess, ServerProcess]]:
    url = postgres.database()
    one, two = (ServerProcess(url, env={**ENV, "PARLOUR_NODE": name}) for name in ("one", "two"))
    async with one, two:
        yield one, two


async def parlour(*arguments: str) -> tuple[int, str]:
    """Run a command of `parlour`; its exit code and what it printed."""
    ran = await asyncio.to_thread(CliRunner().invoke, cli, arguments)
    return ran.exit_code, ran.output


async def listed(server: ServerProcess, token: str) -> dict[str, Any]:
    code, out = await parlour("nodes", "--url", server.url, "--token", token, "--json")
    assert code == 0, out
    return {node["name"]: node for node in json.loads(out)}


async def test_drained_node_hands_its_rooms_over_at_once(pair: tuple[ServerProcess, ServerProcess]) -> None:
    one, two = pair
    why = ("--reason", "a new disk")
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as ann, PythonClient(["websocket"]) as bea:
        token = (await sign_in(http, one.url, wallet("ann")))["token"]
        other = (await sign_in(http, two.url, wallet("bea")))["token"]
        await ann.connect(one.url, token)
        await bea.connect(two.url, other)
        room = await made(ann)
        await said(ann, room, "before")
        nodes = await listed(two, token)
        assert {name: node["state"] for name, node in nodes.items()} == {"one": "up", "two": "up"}
        code, refused = await parlour("nodes", "--url", two.url, "--token", other)
        assert (code, "parlour: " in refused) == (1, True)
        code, table = await parlour("nodes", "--url", two.url, "--token", token)
        assert code == 0
        assert table.splitlines()[0].split()[:2] == ["NAME", "STATE"]

        assert (await parlour("nodes", "drain", "one", *why, "--url", two.url, "--token", token))[0] == 0
        await until(lambda: bool(heard(ann, "closing")), 30)
        assert heard(ann, "closing")[-1]["reason"] == "draining"
        while (await listed(two, token))["one"]["state"] != "drained":
            await asyncio.sleep(0.1)
        assert (await done(bea, "room:join", room=room))["head"] >= 2, "its lease was given back"
        async with http.get(f"{one.url}/readyz") as ready:
            assert ready.status == 503
        async with http.get(f"{one.url}/socket.io/?EIO=4&transport=polling") as handshake:
            assert handshake.status == 503
        code, out = await parlour("nodes", "drain", "nobody", *why, "--url", two.url, "--token", token)
        assert code == 1
        assert "No live node has that name" in out
        code, out = await parlour("nodes", "rebalance", *why, "--url", two.url, "--token", token)
        assert code == 0
        assert "no node has more rooms than its share" in out
        assert await one.stop() == 0
        assert set(await listed(two, token)) == {"two"}


async def test_second_server_of_a_name_is_refused_at_its_start(postgres: Postgres) -> None:
    settings = load(port=0, database_url=postgres.migrated(), node="one")
    first = await Server.build(settings)
    await first.start()
    with pytest.raises(NameTaken, match="A node named one serves this database already"):
        await Server.build(settings)
    await first.stop()
    again = await Server.build(settings)
    await again.start()
    await again.stop()


@pytest.mark.long
async def test_killed_process_takes_its_name_again_at_once(pair: tuple[ServerProcess, ServerProcess]) -> None:
    one, _ = pair
    await one.kill9()
    await one.start()


JOBS = {"audit", "documents", "files", "matchmaking", "notices", "retention", "search"}
"""What one process of a database does; chains and webhooks have leases of their own."""


@pytest.mark.long
async def test_each_job_is_done_by_one_node_and_taken_over(postgres: Postgres) -> None:
    url, servers = postgres.migrated(), list[Server]()
    for name in ("one", "two", "three"):
        servers.append(await Server.build(load(port=0, database_url=url, node=name, retain_days=1)))
        await servers[-1].start()
    while servers:
        doing = [server.parts.nodes.jobs.doing for server in servers]
        await until(lambda doing=doing: set().union(*doing) == JOBS, 60)
        assert sum(map(len, doing)) == len(JOBS), "a job is done twice"
        await servers.pop(0).stop()


@pytest.mark.long
async def test_jobs_of_a_killed_node_are_taken_over(pair: tuple[ServerProcess, ServerProcess]) -> None:
    one, two = pair
    await one.kill9()
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as bea:
        token = (await sign_in(http, two.url, wallet("bea")))["token"]
        await bea.connect(two.url, token)
        room = await made(bea)
        await said(bea, room, "a word to be found")
        asked = {"room": room, "query": "found"}
        await until_found(bea, asked)


async def until_found(client: PythonClient, asked: dict[str, Any]) -> None:
    """Wait until the search knows a message, which the node with that job writes down."""
    async with asyncio.timeout(60):
        while not (await done(client, "room:search", **asked))["entries"]:
            await asyncio.sleep(0.2)
