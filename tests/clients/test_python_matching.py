"""The Python client's search for a table, against a small server that drops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlour_client import Illegal, Match
from tests.clients.fake_server import FakeServer, fake_server
from tests.clients.kit import connect

FOUND = {"ticket": "t1", "room": "match-1", "seat": 1, "players": [{"account": "a", "seat": 0}], "confirmBy": 9}


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with fake_server() as fake:
        yield fake


async def asked(server: FakeServer, event: str, times: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while len([name for name, _ in server.matched if name == event]) < times:
            await asyncio.sleep(0.01)
    return [data for name, data in server.matched if name == event]


async def test_search_ends_with_its_table_over_a_lost_connection(server: FakeServer) -> None:
    async with connect(server.url) as parlour:
        search = asyncio.create_task(parlour.find_match("chess", bots_after=2.5, options={"goal": 5}))
        await asked(server, "match:find", 1)
        server.cut()
        first, again = (await asked(server, "match:find", 2))[:2]
        assert first == again
        assert (first["bots"], first["options"]) == ({"after": 2500}, {"goal": 5})
        await server.sio.emit("match:found", {**FOUND, "ticket": "another"})
        await server.sio.emit("match:found", FOUND)
        assert await search == Match("t1", "match-1", 1, [{"account": "a", "seat": 0}], 9)
    assert server.seen["match:cancel"] == 0


async def test_whoever_stops_waiting_leaves_the_line(server: FakeServer) -> None:
    async with connect(server.url) as parlour:
        with pytest.raises(TimeoutError):
            await parlour.find_match("chess", timeout=0.2)
        assert (await asked(server, "match:cancel", 1)) == [{"ticket": "t1"}]


async def test_refused_search_raises(server: FakeServer) -> None:
    error = {"code": "illegal", "reason": "already_waiting", "message": "…", "retryable": False}
    server.refuse["match:find"] = [error]
    async with connect(server.url) as parlour:
        with pytest.raises(Illegal):
            await parlour.find_match("chess")
    assert server.seen["match:cancel"] == 0
