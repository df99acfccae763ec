"""Receivers that operators make, change and delete over HTTP and by commands, while the server runs."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from parlour.app import Server
from parlour.commands.cli import cli
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, fresh, made, said
from tests.e2e.stock import PythonClient

HERE = "127.0.0.1"
PATH = "/api/admin/webhooks"
FIXED = {"url": "https://fixed.example/planted", "secret": "planted-secret", "types": ["app.never"]}


class World(NamedTuple):
    """A server whose operator may make receivers on this machine, and a receiver that keeps what it took."""

    server: Server
    http: aiohttp.ClientSession
    token: str
    ann: PythonClient
    url: str
    took: list[tuple[str, bytes]]

    async def ask(self, method: str, path: str = PATH, **body: Any) -> tuple[int, Any]:
        told = {"reason": "a test", "id": fresh("hook"), **body} if method != "GET" else None
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(method, self.server.url + path, headers=headers, json=told) as answer:
            return answer.status, await answer.json()

    async def receives(self, *texts: str) -> None:
        """Wait until these messages, and no others, were taken."""
        async with asyncio.timeout(30):
            while [json.loads(raw)["entry"]["body"]["text"] for _, raw in self.took] != list(texts):
                await asyncio.sleep(0.02)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    took: list[tuple[str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        took.append((request.headers["Parlour-Signature"], await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/planted-path", take)
    settings = load(
        port=0,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db",
        roles={wallet("ann").address: "operator"},
        webhooks=[FIXED],
        webhooks_made=2,
        webhook_private_hosts=[HERE],
    )
    server = await Server.build(settings)
    await server.start()
    async with TestServer(app, host=HERE) as receiver, aiohttp.ClientSession() as http, PythonClient() as ann:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        await ann.connect(server.url, token)
        yield World(server, http, token, ann, str(receiver.make_url("/planted-path")), took)
    await server.stop()


async def test_receiver_is_made_changed_and_deleted_while_the_server_runs(world: World, tmp_path: Path) -> None:
    room = await made(world.ann)
    await said(world.ann, room, "before")
    asked = {"url": world.url, "types": ["chat.message"], "id": "make-1"}
    status, answer = await world.ask("POST", **asked)
    assert status == 200
    assert await world.ask("POST", **asked) == (200, answer)
    name, secret = answer["webhook"]["name"], answer["secret"]
    assert answer["webhook"]["url"] == world.url.removesuffix("/planted-path")
    async with asyncio.timeout(30):
        while not (await world.ask("GET"))[1]["webhooks"][1]["sending"]:
            await asyncio.sleep(0.02)
    await said(world.ann, room, "one")
    await world.receives("one")
    signed, raw = world.took[0]
    at = signed.removeprefix("t=").partition(",")[0]
    assert signed.endswith(hmac.new(secret.encode(), f"{at}.".encode() + raw, "sha256").hexdigest())
    assert (await world.ask("PATCH", f"{PATH}/{name}", rooms="elsewhere-*"))[0] == 200
    await said(world.ann, room, "unheard")
    assert (await world.ask("PATCH", f"{PATH}/{name}", rooms=f"{room}*", secret="planted-new"))[0] == 200
    await world.receives("one", "unheard")
    assert (await world.ask("PATCH", f"{PATH}/{name}"))[0] == 400
    assert (await world.ask("DELETE", f"{PATH}/{name}"))[0] == 200
    await said(world.ann, room, "afterwards")
    listed = (await world.ask("GET"))[1]["webhooks"]
    assert [(each["setting"], each["url"]) for each in listed] == [(True, "https://fixed.example")]
    assert (await world.ask("DELETE", f"{PATH}/{name}"))[0] == 404
    rows = (await world.ask("GET", "/api/admin/audit?what=webhook."))[1]["rows"]
    assert [row["what"] for row in rows] == [*["webhook.delete"], *["webhook.change"] * 2, "webhook.make"]
    assert {row["whom"] for row in rows} == {name}
    assert "planted" not in json.dumps(rows)
    await world.server.stop()
    for path in tmp_path.glob("parlour.db*"):
        assert b"planted-new" not in path.read_bytes()
        assert secret.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7/x",
        "http://[::1]:80/x",
        "http://169.254.169.254/",
        "http://localhost/x",
        "ftp://a.example/",
        "x",
    ],
)
async def test_address_of_a_private_network_is_refused(world: World, url: str) -> None:
    status, answer = await world.ask("POST", url=url)
    assert (status, answer["error"]["code"], answer["error"]["details"]) == (400, "invalid", {"path": "url"})


async def test_receiver_of_the_settings_is_not_changed_and_made_ones_are_few(world: World) -> None:
    fixed = (await world.ask("GET"))[1]["webhooks"][0]["name"]
    assert (await world.ask("DELETE", f"{PATH}/{fixed}"))[0] == 409
    assert (await world.ask("PATCH", f"{PATH}/{fixed}", rooms="x"))[0] == 409
    for expected in (200, 200, 429):
        assert (await world.ask("POST", url=world.url, types=["app.never"]))[0] == expected


async def test_commands_add_change_and_remove_a_receiver(world: World) -> None:
    where = ["--url", world.server.url, "--token", world.token, "--reason", "we move"]

    async def run(*words: str) -> str:
        ran = await asyncio.to_thread(CliRunner().invoke, cli, ["webhooks", *words, *where])
        assert ran.exit_code == 0, ran.output
        return ran.output

    name, _, secret = (await run("add", world.url, "--types", "app.never")).partition("  ")
    assert len(secret.strip()) > 30
    await run("change", name, "--rooms", "sales-*")
    [_, shown] = (await world.ask("GET"))[1]["webhooks"]
    assert (shown["name"], shown["rooms"], shown["types"]) == (name, "sales-*", ["app.never"])
    await run("remove", name)
    assert len((await world.ask("GET"))[1]["webhooks"]) == 1
    assert (await done(world.ann, "room:list"))["rooms"] == []
