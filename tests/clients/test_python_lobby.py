"""The Python client's list of rooms, against a small server that drops and refuses, and a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import Invalid, Lobby, Unauthorized
from parlour_client.listeners import Guard
from tests.clients.fake_server import FakeServer, fake_server
from tests.clients.kit import connect


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with fake_server() as fake:
        for room in ("b", "a"):
            fake.room(room, "chess")
        yield fake


async def ids(lobby: Lobby) -> list[str]:
    async with asyncio.timeout(60):
        return [room["id"] for room in await anext(lobby)]


def said(*rooms: str, gone: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"rooms": [{"id": room, **more} for room in rooms], "gone": list(gone)}


async def test_list_comes_at_once_and_again_when_it_changes(server: FakeServer) -> None:
    async with connect(server.url) as parlour, parlour.lobby(kind="chess", open=True) as lobby:
        assert await ids(lobby) == ["b", "a"]
        await server.sio.emit("lobby", said("c", "d", "a", gone=("b",), title="new"))
        assert await ids(lobby) == ["d", "c", "a"]
        assert lobby.rooms[2]["title"] == "new"
    assert server.listed[0] == {"kind": "chess", "open": True, "live": True}


async def test_slow_reader_gets_the_newest_list(server: FakeServer) -> None:
    async with connect(server.url) as parlour, parlour.lobby() as lobby:
        for room in ("c", "d", "e"):
            await server.sio.emit("lobby", said(room))
        async with asyncio.timeout(60):
            while len(lobby.rooms) < 5:
                await asyncio.sleep(0.01)
        assert await ids(lobby) == ["e", "d", "c", "b", "a"]


async def test_list_is_asked_for_again_after_a_reconnect(server: FakeServer) -> None:
    async with connect(server.url) as parlour, parlour.lobby() as lobby:
        assert await ids(lobby) == ["b", "a"]
        server.room("meanwhile")
        server.cut()
        assert await ids(lobby) == ["b", "a", "meanwhile"]
        await server.sio.emit("lobby", said("z"))
        assert await ids(lobby) == ["z", "b", "a", "meanwhile"]


async def test_event_before_the_answer_belongs_to_an_older_list(server: FakeServer) -> None:
    async with connect(server.url) as parlour:
        lobby = Lobby(parlour, Guard(), {})
        lobby.receive(said("older"))
        assert lobby.rooms == []
        await lobby.ask()
        assert await ids(lobby) == ["b", "a"]


async def test_list_with_a_lost_answer_is_asked_for_again(server: FakeServer) -> None:
    server.swallow["room:list"] = 1
    async with connect(server.url) as parlour, parlour.lobby() as lobby:
        assert await ids(lobby) == ["b", "a"]


async def test_list_refused_for_now_is_retried_and_for_good_is_raised(server: FakeServer) -> None:
    passing = {"code": "unavailable", "message": "Full.", "retryable": True, "retryAfter": 10}
    server.refuse["room:list"] = [passing]
    async with connect(server.url) as parlour, parlour.lobby() as lobby:
        assert await ids(lobby) == ["b", "a"]
        server.refuse["room:list"] = [{"code": "invalid", "message": "No.", "retryable": False}]
        with pytest.raises(Invalid):
            async with parlour.lobby():
                pass


async def test_list_ends_with_its_block_and_tells_the_server(server: FakeServer) -> None:
    async with connect(server.url) as parlour:
        async with parlour.lobby() as lobby:
            await ids(lobby)
        assert [rooms async for rooms in lobby] == []
        await parlour.rooms()
        assert server.listed[1] == {"live": False, "limit": 1}


async def test_second_list_ends_the_first(server: FakeServer) -> None:
    async with connect(server.url) as parlour, parlour.lobby() as first, parlour.lobby(kind="chess") as second:
        assert [rooms async for rooms in first] == []
        assert await ids(second) == ["b", "a"]


async def test_closed_connection_ends_the_list_with_its_error(server: FakeServer) -> None:
    async with connect(server.url) as parlour, parlour.lobby() as lobby:
        await ids(lobby)
        await server.sio.emit("closing", {"reason": "revoked", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        with pytest.raises(Unauthorized):
            await ids(lobby)


async def test_list_of_a_real_server_follows_a_table_that_fills() -> None:
    async with (
        ServerProcess() as server,
        connect(server.url, wallet("ann").key) as ann,
        connect(server.url, wallet("bea").key) as bea,
        bea.lobby(kind="tic-tac-toe", open=True) as lobby,
    ):
        assert await ids(lobby) == []
        await ann.create("tic-tac-toe", id="table")
        assert await ids(lobby) == ["table"]
        async with ann.join("table"):
            assert await ids(lobby) == ["table"]
            assert lobby.rooms[0]["game"]["seats"] == {"taken": 1, "total": 2}
            async with bea.join("table"):
                assert await ids(lobby) == []
