"""`parlour keys` against a running server, and what commands refuse to somebody of a lesser role."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from parlour.adapters.http.dev import DevFacts
from parlour.app import Server
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet
from tests.commands.test_room_acts import ran
from tests.e2e.stock import PythonClient

ANN, BEA = wallet("ann").address, wallet("bea").address
WHY = ("--reason", "try")


@pytest_asyncio.fixture
async def dev(tmp_path: Path) -> AsyncIterator[Server]:
    settings = load(
        port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", roles={BEA: "viewer"}, http_per_minute=9_999
    )
    server = await Server.build(settings, DevFacts(()))
    await server.start()
    await server.parts.sockets.rooms.create(Caller(ANN), NewRoom("tic-tac-toe", "table", "A table"))
    yield server
    await server.stop()


async def test_key_is_minted_listed_and_revoked_with_its_rows(dev: Server) -> None:
    minted = await ran(dev, "keys", "mint", "shop", "--scope", "rooms:read", *WHY)
    assert (minted.exit_code, len(minted.output.strip()) > 30) == (0, True)
    assert (await ran(dev, "keys", "list")).output.split() == ["shop", "live", "rooms:read"]
    assert (await ran(dev, "keys", "revoke", "shop", *WHY)).output == "revoked shop\n"
    assert json.loads((await ran(dev, "keys", "list", "--json")).output)["revokedAt"] is not None
    rows = [json.loads(line) for line in (await ran(dev, "audit", "--json")).output.splitlines()]
    assert [row["what"] for row in rows[:2]] == ["key.revoke", "key.mint"]


async def test_viewer_reads_with_the_commands_and_changes_nothing(dev: Server) -> None:
    async with aiohttp.ClientSession() as http:
        token = ("--token", (await sign_in(http, dev.url, wallet("bea")))["token"])
    for words in (
        ("matches", "list"),
        ("boards", "list"),
        ("room", "gate", "table", BEA),
        ("nodes", "overview"),
        ("nodes", "connections"),
        ("people", "roles"),
    ):
        assert (await ran(dev, *words, *token)).exit_code == 0, words
    for words, role in (
        (("boards", "remove", "rating:x", *WHY), "operator"),
        (("room", "open", "table", *WHY), "admin"),
        (("nodes", "drop", "x", *WHY), "moderator"),
        (("keys", "list"), "admin"),
        (("keys", "mint", "x", "--scope", "rooms:read", *WHY), "admin"),
        (("keys", "revoke", "x", *WHY), "admin"),
    ):
        refused = await ran(dev, *words, *token)
        assert (refused.exit_code, f"server role {role}" in refused.output) == (1, True), (words, refused.output)


async def test_figures_roles_and_connections_are_shown_and_one_is_dropped(dev: Server) -> None:
    assert (await ran(dev, "people", "roles")).output == f"{BEA}  viewer  by the settings\n"
    said = (await ran(dev, "nodes", "overview")).output
    assert ("0 connections, 0 live rooms: none" in said, "Redis: none" in said) == (True, True), said
    assert json.loads((await ran(dev, "nodes", "overview", "--json")).output)["metrics"]["connections"] == 0
    assert (await ran(dev, "nodes", "connections")).output == ""
    async with PythonClient() as client:
        await client.connect(dev.url, None)
        [line] = (await ran(dev, "nodes", "connections", "guest")).output.splitlines()
        assert "0 bytes wait" in line
        assert (await ran(dev, "nodes", "connections", "nobody")).output == ""
        dropped = await ran(dev, "nodes", "drop", line.split()[0], *WHY)
        assert dropped.output.endswith("is dropped\n"), dropped.output
        while ("closing", {"reason": "dropped", "reconnect": True}) not in client.events:
            await asyncio.sleep(0.01)
    assert (await ran(dev, "nodes", "drop", "none", *WHY)).exit_code == 1


async def test_direct_room_is_opened_with_its_row(dev: Server) -> None:
    refused = await ran(dev, "room", "open", "table", *WHY)
    assert (refused.exit_code, refused.output != "") == (1, True), "a room that is open to operators anyhow"
