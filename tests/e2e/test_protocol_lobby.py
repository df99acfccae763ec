"""docs/protocol.md section 8, "Lists show games" and "Live lists", with stock clients on a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.protocol.events import LobbyEvent
from parlour.protocol.values import RoomInfo
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, made, refused, said
from tests.e2e.stock import PythonClient, Stock, heard, http_json, until
from tests.postgres import Postgres

ANN, BEA = (wallet(name).address for name in ("ann", "bea"))
GAME = "tic-tac-toe"
LISTS = 8


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on", "PARLOUR_LOBBY_LISTS": str(LISTS)}) as server:
        yield server


async def table(client: Stock, word: str, **settings: Any) -> str:
    return await made(client, GAME, title=f"{word} table", **settings)


async def watch(client: PythonClient, word: str, **more: Any) -> list[str]:
    """The ids a live list begins with; `word` keeps the tables of other tests out of it."""
    answer = await done(client, "room:list", kind=GAME, query=word, live=True, **more)
    assert answer.keys() == {"rooms", "cursor"}
    for room in answer["rooms"]:
        RoomInfo.model_validate_json(json.dumps(room), strict=True)
    client.events.clear()
    return [room["id"] for room in answer["rooms"]]


def told(client: PythonClient) -> dict[str, Any]:
    """What the events so far say of each room; None for one that is gone."""
    state: dict[str, Any] = {}
    for event in heard(client, "lobby"):
        assert event.keys() == {"rooms", "gone"}
        LobbyEvent.model_validate_json(json.dumps(event), strict=True)
        state |= {room["id"]: room["game"] for room in event["rooms"]}
        state |= dict.fromkeys(event["gone"])
    return state


async def settled() -> None:
    """Longer than changes wait to be told together."""
    await asyncio.sleep(0.6)


def facts(status: str, taken: int, *, open: bool) -> dict[str, Any]:
    return {"status": status, "seats": {"taken": taken, "total": 2}, "open": open}


async def test_game_room_shows_its_game_wherever_a_room_object_stands(enter: Enter, server: ServerProcess) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, word = fresh(), fresh("word")
    created = await done(ann, "room:create", kind=GAME, id=room, title=word)
    assert created["room"]["game"] == facts("waiting", 0, open=True)
    await done(ann, "room:join", room=room)
    joined = await done(bea, "room:join", room=room)
    assert joined["room"]["game"] == facts("playing", 2, open=False)
    listed = await done(ann, "room:list", query=word)
    assert [r["game"] for r in listed["rooms"]] == [facts("playing", 2, open=False)]
    assert (await http_json("GET", f"{server.url}/api/rooms?query={word}"))[1]["rooms"] == listed["rooms"]
    assert (await http_json("GET", f"{server.url}/api/rooms/{room}"))[1]["room"] == listed["rooms"][0]


async def test_lists_can_be_asked_for_open_tables_alone(enter: Enter, server: ServerProcess) -> None:
    ann, bea, word = await enter("ann"), await enter("bea"), fresh("word")
    free, full = await table(ann, word), await table(ann, word)
    await made(ann, "chat", title=word)
    for player in (ann, bea):
        await done(player, "room:join", room=full)
    listed = await done(ann, "room:list", query=word, open=True)
    assert [room["id"] for room in listed["rooms"]] == [free]
    _, over_http = await http_json("GET", f"{server.url}/api/rooms?query={word}&open=1")
    assert [room["id"] for room in over_http["rooms"]] == [free]


async def test_guest_sees_tables_come_fill_and_go(enter: Enter) -> None:
    ann, bea, guest, word = await enter("ann"), await enter("bea"), await enter(None), fresh("word")
    old = await table(ann, word)
    assert await watch(guest, word) == [old]
    new = await table(ann, word)
    await until(lambda: told(guest).get(new) == facts("waiting", 0, open=True))
    for player in (ann, bea):
        await done(player, "room:join", room=new)
    await until(lambda: told(guest).get(new) == facts("playing", 2, open=False))
    await done(bea, "room:leave", room=new)
    await done(ann, "room:close", room=new)
    await until(lambda: told(guest)[new] is None)
    assert old not in told(guest)


async def test_of_open_tables_a_full_one_is_gone(enter: Enter) -> None:
    ann, bea, word = await enter("ann"), await enter("bea"), fresh("word")
    room = await table(ann, word)
    assert await watch(bea, word, open=True) == [room]
    await done(ann, "room:join", room=room)
    await until(lambda: told(bea) == {room: facts("waiting", 1, open=True)})
    await done(bea, "room:join", room=room)
    await until(lambda: told(bea) == {room: None})


async def test_tournament_that_begins_is_one_event(enter: Enter) -> None:
    ann, word = await enter("ann"), fresh("word")
    await watch(ann, word)
    rooms = [await table(ann, word) for _ in range(5)]
    await until(lambda: told(ann).keys() == set(rooms))
    assert len(heard(ann, "lobby")) <= 2


async def test_moves_and_chat_are_not_told(enter: Enter) -> None:
    ann, bea, word = await enter("ann"), await enter("bea"), fresh("word")
    room = await table(ann, word)
    for player in (ann, bea):
        await done(player, "room:join", room=room)
    guest = await enter(None)
    await watch(guest, word)
    body = {"action": "place", "args": {"cell": 4}}
    await done(ann, "room:post", room=room, id=fresh(), type="game.action", body=body)
    await said(bea, room, "a good move")
    await settled()
    assert heard(guest, "lobby") == []


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_private_room_is_in_nobodys_live_list(enter: Enter) -> None:
    ann, guest, word = await enter("ann"), await enter(None), fresh("word")
    watchers = [await enter("ann"), await enter("bea"), guest]
    for watcher in watchers:
        assert await watch(watcher, word) == []
    room = await table(ann, word, visibility="private")
    await done(ann, "room:join", room=room)
    await done(ann, "room:moderate", room=room, account=BEA, action="role", role="member")
    assert await watch(ann, word) == []
    await done(ann, "room:close", room=room)
    await settled()
    assert [told(watcher) for watcher in (*watchers, ann)] == [{}] * 4


async def test_room_made_private_is_gone_for_those_alone_who_saw_it(enter: Enter) -> None:
    ann, saw, word = await enter("ann"), await enter(None), fresh("word")
    room = await table(ann, word)
    assert await watch(saw, word) == [room]
    await done(ann, "room:configure", room=room, visibility="private")
    late = await enter(None)
    assert await watch(late, word) == []
    await until(lambda: told(saw) == {room: None})
    await settled()
    assert heard(late, "lobby") == []
    await done(ann, "room:configure", room=room, visibility="public")
    await until(lambda: room in told(late))


async def test_who_is_banned_hears_nothing_of_a_public_room_in_a_live_list(enter: Enter) -> None:
    ann, bea, guest, word = await enter("ann"), await enter("bea"), await enter(None), fresh("word")
    room = await table(ann, word)
    await done(bea, "room:join", room=room)
    await done(ann, "room:moderate", room=room, account=BEA, action="ban")
    assert await watch(bea, word) == []
    assert await watch(guest, word) == [room]
    await done(ann, "room:join", room=room)
    await until(lambda: bool(told(guest)))
    await settled()
    assert bea.events == []
    await done(ann, "room:moderate", room=room, account=BEA, action="unban")
    await until(lambda: told(bea).keys() == {room})
    await done(ann, "room:moderate", room=room, account=BEA, action="ban")
    await until(lambda: told(bea) == {room: None})
    await done(ann, "room:configure", room=room, visibility="private")
    await until(lambda: told(guest) == {room: None})
    await settled()
    assert len(heard(bea, "lobby")) == 2


# ── one list a connection ────────────────────────────────────────────────────────────────────────────────────────


async def test_new_list_replaces_the_old_one_and_live_false_ends_it(enter: Enter) -> None:
    ann, guest, first, second = await enter("ann"), await enter(None), fresh("word"), fresh("word")
    await watch(guest, first)
    await watch(guest, second)
    await table(ann, first)
    room = await table(ann, second)
    await until(lambda: bool(told(guest)))
    await settled()
    assert told(guest).keys() == {room}
    await done(guest, "room:list", live=False)
    guest.events.clear()
    await table(ann, second)
    await settled()
    assert heard(guest, "lobby") == []


async def test_plain_list_leaves_the_live_one_alone(enter: Enter) -> None:
    ann, guest, word = await enter("ann"), await enter(None), fresh("word")
    await watch(guest, word)
    await done(guest, "room:list")
    room = await table(ann, word)
    await until(lambda: told(guest).keys() == {room})


@pytest.mark.parametrize("extra", [{"mine": True}, {"cursor": "x"}, {"live": "yes"}, {"open": 1}, {"query": "\0"}])
async def test_what_a_live_list_cannot_be_is_refused(enter: Enter, extra: dict[str, Any]) -> None:
    ann = await enter("ann")
    assert await refused(ann, "room:list", **{"live": True, **extra}) == ("invalid", None)


async def test_different_lists_are_limited_and_given_back(enter: Enter) -> None:
    guests = [await enter(None) for _ in range(LISTS + 1)]
    for guest in guests[:LISTS]:
        await watch(guest, fresh("word"))
    assert await refused(guests[LISTS], "room:list", query=fresh("word"), live=True) == ("unavailable", None)
    await guests[0].close()
    async with asyncio.timeout(60):
        while not (await guests[LISTS].ask("room:list", {"query": fresh("word"), "live": True}))["ok"]:
            await asyncio.sleep(0.05)


async def test_tables_of_another_process_of_the_same_database_are_seen(postgres: Postgres) -> None:
    url, env = postgres.database(), {"PARLOUR_LOBBY_REREAD_SECONDS": "0.5"}
    names = ("one", "two")
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        people = []
        for name in names:
            server = await stack.enter_async_context(ServerProcess(url, env={**env, "PARLOUR_NODE": name}))
            token = (await sign_in(http, server.url, wallet("ann")))["token"]
            people.append(await stack.enter_async_context(PythonClient(["websocket"])))
            await people[-1].connect(server.url, token)
        here, there = people
        old = await table(there, "far")
        assert await watch(here, "far") == [old]
        await done(there, "room:join", room=old)
        new = await table(there, "far")
        seen = {old: facts("waiting", 1, open=True), new: facts("waiting", 0, open=True)}
        await until(lambda: told(here) == seen)
        await done(there, "room:configure", room=new, visibility="private")
        await done(there, "room:close", room=old)
        await until(lambda: told(here) == {old: None, new: None})


async def test_event_is_described(server: ServerProcess) -> None:
    _, described = await http_json("GET", f"{server.url}/api/asyncapi.json")
    assert described["components"]["messages"]["lobby"]["payload"] == {"$ref": "#/components/schemas/LobbyEvent"}
    assert described["components"]["schemas"]["LobbyEvent"]["properties"].keys() == {"rooms", "gone"}
