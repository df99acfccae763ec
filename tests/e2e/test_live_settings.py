"""Settings that change while the server runs, and the figures of the last hour."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from parlour.app import Server
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, post, said
from tests.e2e.stock import PythonClient
from tests.postgres import Postgres

PATH = "/api/admin/config"
HANG_SECONDS = 30
"""A guard against a test that hangs."""


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    return {"port": 0, "database_url": url, "roles": {wallet("ann").address: "admin"}, "metrics_key": "sesame-7"}


@pytest.fixture
async def server(options: dict[str, Any]) -> AsyncIterator[Server]:
    server = await Server.build(load(**options))
    await server.start()
    yield server
    await server.stop()


async def ask(server: Server, http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    if "Authorization" not in http.headers:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        http.headers["Authorization"] = f"Bearer {token}"
    async with http.request(method, server.url + path, json=body) as answer:
        return answer.status, await answer.json()


async def welcome(server: Server, http: aiohttp.ClientSession) -> dict[str, Any]:
    """What a new connection is told first."""
    token = http.headers["Authorization"].partition(" ")[2]
    async with socketio.AsyncSimpleClient() as client:
        await client.connect(server.url, auth={"token": token})
        name, told = await client.receive(timeout=HANG_SECONDS)
        assert name == "welcome"
        return dict(told)


def change(id_: str, **values: Any) -> dict[str, Any]:
    return {"values": values, "reason": "quiet night", "id": id_}


async def test_limit_changes_at_once_and_outlives_a_restart(server: Server, options: dict[str, Any]) -> None:
    async with aiohttp.ClientSession() as http:
        _, answer = await ask(server, http, "GET", PATH)
        before = {each["name"]: each for each in answer["settings"]}
        assert (before["posts_burst"]["value"], before["posts_burst"]["source"]) == (500, "default")
        assert before["posts_burst"]["changeable"]
        assert not before["port"]["changeable"]
        for _ in range(2):
            status, answer = await ask(server, http, "PATCH", PATH, change("c1", posts_burst=7, http_burst=90))
            assert (status, [(each["value"], each["source"]) for each in answer["settings"]]) == (
                200,
                [(90, "console"), (7, "console")],
            )
        assert (await welcome(server, http))["limits"]["postsBurst"] == 7
        _, trail = await ask(server, http, "GET", "/api/admin/audit?what=config.change")
        [row] = trail["rows"]
        assert (row["before"]["posts_burst"], row["after"]["posts_burst"], row["reason"]) == (500, 7, "quiet night")
    await server.stop()
    again = await Server.build(load(**options))
    await again.start()
    try:
        await again.parts.tuning.settings.read()
        assert again.parts.tuning.settings.current.posts_burst == 7
        async with aiohttp.ClientSession() as http:
            _, answer = await ask(again, http, "PATCH", PATH, change("c2", posts_burst=None))
            assert [(each["value"], each["source"]) for each in answer["settings"]] == [(500, "default")]
    finally:
        await again.stop()


async def test_limit_changed_in_one_process_holds_in_another(postgres: Postgres) -> None:
    shared = {"port": 0, "database_url": postgres.database(), "roles": {wallet("ann").address: "admin"}}
    async with AsyncExitStack() as stack:
        processes = []
        for name in ("one", "two"):
            process = await Server.build(load(node=name, **shared))
            await process.start()
            stack.push_async_callback(process.stop)
            processes.append(process)
        first, second = processes
        http = await stack.enter_async_context(aiohttp.ClientSession())
        assert (await ask(first, http, "PATCH", PATH, change("c1", posts_burst=7)))[0] == 200
        async with asyncio.timeout(HANG_SECONDS):
            while (await welcome(second, http))["limits"]["postsBurst"] != 7:
                await asyncio.sleep(0.05)
        words = [{"match": "free money", "do": "block"}]
        ann = await stack.enter_async_context(PythonClient())
        await ann.connect(second.url, http.headers["Authorization"].partition(" ")[2])
        bea = await stack.enter_async_context(PythonClient())
        async with aiohttp.ClientSession() as other:
            await bea.connect(second.url, (await sign_in(other, second.url, wallet("bea")))["token"])
        room = await made(bea)
        assert (await ask(first, http, "PATCH", PATH, change("c2", words=words)))[0] == 200
        async with asyncio.timeout(HANG_SECONDS):
            while (await bea.ask("room:post", post(room, "chat.message", {"text": "Free money!"})))["ok"]:
                await asyncio.sleep(0.05)
        assert (await ann.ask("room:post", post(room, "chat.message", {"text": "no free money here"})))["ok"], (
            "an admin"
        )
        direct = (await done(bea, "dm:open", accounts=[wallet("ann").address]))["room"]["id"]
        await said(bea, direct, "free money, for you alone")


async def test_wrong_change_changes_nothing(server: Server) -> None:
    async with aiohttp.ClientSession() as http:
        wrong: list[dict[str, Any]] = [
            {"posts_burst": -1},
            {"posts_burst": "many"},
            {"posts_burst": True},
            {"port": 80},
            {"port": None},
            {"outstanding": 9},
            {"nonsense": 1},
            {"log_level": "loud"},
            {"words": [{"match": " ", "do": "block"}]},
            {"words": [{"match": "a", "do": "burn"}]},
            {"words": [{"match": "a", "do": "mask", "by": "ann"}]},
            {"words": "scam"},
            {"posts_burst": 9, "port": 80},
        ]
        for number, values in enumerate(wrong):
            status, answer = await ask(server, http, "PATCH", PATH, change(f"w{number}", **values))
            assert (status, answer["error"]["code"]) == (400, "invalid"), values
            assert answer["error"]["details"]["path"].startswith("values."), values
        assert (await ask(server, http, "PATCH", PATH, {"values": {}, "reason": "x", "id": "w"}))[0] == 400
        assert server.parts.tuning.settings.changed == {}


async def test_secret_is_masked_and_a_strange_row_is_passed_over(server: Server, tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as http:
        _, answer = await ask(server, http, "GET", PATH)
        assert "sesame-7" not in str(answer)
    with sqlite3.connect(tmp_path / "parlour.db") as database:
        database.execute("INSERT INTO changed_setting VALUES ('of_a_later_version', '1'), ('posts_burst', '8')")
    await server.parts.tuning.settings.read()
    assert server.parts.tuning.settings.current.posts_burst == 8


async def test_overview_tells_the_last_hour_where_it_is_asked(server: Server) -> None:
    async with aiohttp.ClientSession() as http:
        _, answer = await ask(server, http, "GET", "/api/admin/overview")
        assert "hour" not in answer
        assert (answer["now"]["redis"], answer["now"]["connections"]) == ("none", 0)
        server.parts.process.telemetry.answered("room:post", seconds=0.004)
        server.parts.process.store.writer.commit_seconds.add(0.04, "loop")
        server.parts.tuning.figures.sample()
        _, answer = await ask(server, http, "GET", "/api/admin/overview?since=0")
        [sample] = answer["hour"]
        assert 2.5 <= sample["ackP50Ms"] <= sample["ackP99Ms"] <= 5
        assert sample["commitP99Ms"] >= 20, "the server's own commits are in it too"
        assert sample["requestsPerSecond"] > 0
        _, answer = await ask(server, http, "GET", f"/api/admin/overview?since={sample['at']}")
        assert answer["hour"] == []
        assert (await ask(server, http, "GET", "/api/admin/overview?since=x"))[0] == 400
