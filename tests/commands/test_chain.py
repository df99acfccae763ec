"""`parlour chain` against running servers: under `parlour dev` it brings what the console's page brings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner, Result

from parlour.adapters.http.dev import DevFacts
from parlour.app import Server
from parlour.commands.cli import cli
from parlour.settings import load
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import SimChain

CHAIN = {"chainId": 1337, "urls": ["http://simulated.invalid"], "pollInterval": 0.1}

WHY = ("--reason", "try")


async def started(folder: Path, facts: DevFacts | None) -> Server:
    chain = SimChain()
    for _ in range(3):
        chain.mine([])
    settings = load(port=0, database_url=f"sqlite+aiosqlite:///{folder}/chain.db", chains=[CHAIN])
    server = await Server.build(settings, facts, lambda url: FakeNode(chain))
    await server.start()
    return server


@pytest.fixture
async def dev(tmp_path: Path) -> AsyncIterator[Server]:
    server = await started(tmp_path, DevFacts(()))
    yield server
    await server.stop()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Server]:
    server = await started(tmp_path, None)
    yield server
    await server.stop()


async def chain(server: Server, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, ["chain", *words, "--url", server.url])


async def test_chain_status_of_a_dev_server_needs_no_token(dev: Server) -> None:
    result = await chain(dev, "status")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("chain 1337: ")


async def test_chain_replay_of_a_dev_server_needs_no_token(dev: Server) -> None:
    assert (await chain(dev, "replay", "1337", *WHY)).output == "revived 0 deliveries\n"


async def test_chain_rewind_of_a_dev_server_reaches_the_chain(dev: Server) -> None:
    result = await chain(dev, "rewind", "7", "--to", "1", *WHY)
    assert result.exit_code == 1
    assert "403" not in result.output
    assert "Open /admin/" not in result.output


@pytest.mark.parametrize(
    "words", [("status",), ("replay", "1337", *WHY), ("rewind", "1337", "--to", "1", *WHY)], ids=" ".join
)
async def test_chain_of_a_server_for_the_world_is_refused_in_a_line(served: Server, words: tuple[str, ...]) -> None:
    result = await chain(served, *words)
    assert result.exit_code == 1
    assert result.output.strip().splitlines() == [result.output.strip()]
    assert "Sign in first" in result.output


async def test_chain_with_a_wrong_token_is_not_let_in_by_the_dev_cookie(dev: Server) -> None:
    result = await chain(dev, "status", "--token", "nonsense")
    assert result.exit_code == 1


class Away:
    """A server that redirects every request to another one, which notes what it is brought."""

    def __init__(self) -> None:
        self.brought: list[str | None] = []
        app, other = web.Application(), web.Application()
        app.router.add_route("*", "/{path:.*}", self._redirect)
        other.router.add_route("*", "/{path:.*}", self._take)
        self.server, self._other = TestServer(app), TestServer(other)

    async def __aenter__(self) -> Away:
        await asyncio.gather(self.server.start_server(), self._other.start_server())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.gather(self.server.close(), self._other.close())

    async def _redirect(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(str(self._other.make_url(request.path)))

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.brought.append(request.headers.get("Authorization"))
        return web.json_response({"chains": []})


@pytest.mark.parametrize(
    "words",
    [("chain", "status"), ("chain", "replay", "1337", "--reason", "try"), ("doc", "restore", "draft", "1")],
    ids=" ".join,
)
async def test_key_of_an_operator_is_not_carried_along_by_a_redirect(words: tuple[str, ...]) -> None:
    async with Away() as away:
        words, env = (*words, "--url", str(away.server.make_url(""))), {"PARLOUR_TOKEN": "k", "PARLOUR_KEY": "k"}
        result = await asyncio.to_thread(CliRunner().invoke, cli, words, env=env)
    assert away.brought == []
    assert result.exit_code != 0
    assert "answered 302 Found" in result.output
