"""What operators see of rooms and do with them: lists, one room, its log and states, acts, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio

from parlour.games.battleship import LENGTHS
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, made, post_refused, posted, said
from tests.e2e.stock import heard, http_json, until

OPERATOR, BEA = wallet("operator").address, wallet("bea").address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_ROLES": json.dumps({OPERATOR: "operator", wallet("viewer").address: "viewer"})}
    async with ServerProcess(env=env) as server:
        yield server


class Console:
    """The operators' API as one account asks it."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        self.url = server.url + "/api/admin"
        self.headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def of(cls, server: ServerProcess, name: str = "operator") -> Console:
        async with aiohttp.ClientSession() as http:
            return cls(server, (await sign_in(http, server.url, wallet(name)))["token"])

    async def see(self, path: str) -> Any:
        status, answer = await http_json("GET", f"{self.url}/{path}", headers=self.headers)
        assert status == 200, answer
        return answer

    async def act(self, path: str, method: str = "POST", **body: Any) -> tuple[int, Any]:
        asked = {"reason": "a test", "id": fresh("act"), **body}
        return await http_json(method, f"{self.url}/{path}", json=asked, headers=self.headers)


async def test_rooms_are_listed_by_words_state_and_order(server: ServerProcess, enter: Enter) -> None:
    console, ann, bea = await Console.of(server), await enter("ann"), await enter("bea")
    word = fresh("tea")
    quiet, busy = await made(ann, title=f"{word} quiet", visibility="private"), await made(ann, title=f"{word} busy")
    for _ in range(3):
        await said(ann, busy)
    direct = (await done(ann, "dm:open", accounts=[BEA]))["room"]["id"]
    listed = await console.see(f"rooms?query={word}")
    assert {each["id"] for each in listed["rooms"]} == {quiet, busy}
    by_entries = (await console.see(f"rooms?query={word}&sort=entries"))["rooms"]
    assert [each["id"] for each in by_entries] == [busy, quiet]
    assert (by_entries[0]["head"], by_entries[0]["state"], by_entries[0]["live"]) == (4, "open", True)
    await console.act(f"rooms/{quiet}/close")
    assert [each["id"] for each in (await console.see(f"rooms?query={word}&state=closed"))["rooms"]] == [quiet]
    assert direct not in json.dumps(await console.see("rooms"))
    for path in ("rooms?sort=luck", "rooms?state=odd"):
        status, _ = await http_json("GET", f"{console.url}/{path}", headers=console.headers)
        assert status == 400
    assert (await console.see("rooms?cursor=nonsense"))["rooms"] == []
    for what in ("", "/entries", "/state"):
        status, _ = await http_json("GET", f"{console.url}/rooms/{direct}{what}", headers=console.headers)
        assert status == 404, what
    await done(bea, "room:join", room=busy)
    one = await console.see(f"rooms/{busy}")
    assert [each["account"] for each in one["members"]] == [wallet("ann").address, BEA]
    assert one["lease"]["owner"]


async def test_frozen_room_is_told_and_thawed_and_each_retry_answers_alike(server: ServerProcess, enter: Enter) -> None:
    console, ann = await Console.of(server), await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    asked = {"id": fresh("act")}
    first = await console.act(f"rooms/{room}/freeze", **asked)
    assert first == (200, {"seq": 2})
    assert await console.act(f"rooms/{room}/freeze", **asked) == first
    assert (await console.act(f"rooms/{room}/freeze"))[0] == 409
    await until(lambda: heard(ann, "entry", room))
    assert heard(ann, "entry", room)[0]["body"] == {"by": OPERATOR, "reason": "a test"}
    assert await post_refused(ann, room, "chat.message", {"text": "hi"}) == ("closed", "frozen")
    assert (await console.see(f"rooms/{room}"))["room"]["state"] == "frozen"
    assert (await console.act(f"rooms/{room}/thaw"))[0] == 200
    await said(ann, room)
    rows = (await console.see("audit?what=room."))["rows"]
    assert [row["what"] for row in rows if row["whom"] == room] == ["room.thaw", "room.freeze"]


async def test_featured_table_is_in_the_list_of_featured_ones_live_and_over_http(
    server: ServerProcess, enter: Enter
) -> None:
    console, ann, bea = await Console.of(server), await enter("ann"), await enter("bea")
    table, other = await made(ann, "chess"), await made(ann, "chess")
    shown = {"kind": "chess", "featured": True}
    assert (await done(bea, "room:list", **shown, live=True))["rooms"] == []
    assert (await console.act(f"rooms/{table}/feature"))[0] == 200
    await until(lambda: [each["id"] for event in heard(bea, "lobby") for each in event["rooms"]] == [table])
    [listed] = (await done(ann, "room:list", **shown))["rooms"]
    assert (listed["id"], listed["featured"]) == (table, True)
    assert other in {each["id"] for each in (await done(ann, "room:list", kind="chess"))["rooms"]}
    status, page = await http_json("GET", f"{server.url}/api/rooms?kind=chess&featured=1", headers=console.headers)
    assert (status, [each["id"] for each in page["rooms"]]) == (200, [table])
    assert (await console.act(f"rooms/{table}/feature"))[0] == 409
    assert (await console.act(f"rooms/{table}/unfeature"))[0] == 200
    await until(lambda: [each["gone"] for each in heard(bea, "lobby") if each["gone"]] == [[table]])
    assert "featured" not in (await done(bea, "room:join", room=table))["room"]


async def test_room_is_announced_to_configured_and_transferred(server: ServerProcess, enter: Enter) -> None:
    console, ann, bea = await Console.of(server), await enter("ann"), await enter("bea")
    room = await made(ann, visibility="private")
    assert (await console.act(f"rooms/{room}/announce", text="Tea at five"))[0] == 200
    assert (await console.act(f"rooms/{room}/announce", text=""))[0] == 400
    assert (await console.act(f"rooms/{room}/configure"))[0] == 400
    assert (await console.act(f"rooms/{room}/configure", title="Salon", rules={"slow": 1000}))[0] == 200
    assert (await console.act(f"rooms/{room}/transfer", account="nobody"))[0] == 400
    assert (await console.act(f"rooms/{room}/transfer", account=BEA))[0] == 200
    joined = await done(bea, "room:join", room=room)
    assert (joined["role"], joined["room"]["title"], joined["room"]["owner"]) == ("owner", "Salon", BEA)
    assert (await done(ann, "room:join", room=room))["role"] == "moderator"
    mine = (await done(bea, "room:list", mine=True))["rooms"]
    assert room in {each["id"] for each in mine}
    entries = (await done(bea, "room:history", room=room))["entries"]
    assert [entry["type"] for entry in entries[1:]] == [
        "room.announced",
        "room.configured",
        "room.transferred",
        "member.role",
    ]


async def test_log_is_followed_until_the_client_goes(server: ServerProcess, enter: Enter) -> None:
    console, ann = await Console.of(server), await enter("ann")
    room = await made(ann, visibility="private")
    await said(ann, room, "one")
    async with aiohttp.ClientSession(headers=console.headers) as http:
        async with http.get(f"{console.url}/rooms/{room}/entries?after=0") as answer:
            assert [json.loads(line)["seq"] async for line in answer.content] == [1, 2]
        async with http.get(f"{console.url}/rooms/{room}/entries?follow=1&after=1") as answer:
            assert answer.content_type == "application/x-ndjson"
            assert json.loads(await answer.content.readline())["body"] == {"text": "one"}
            await said(ann, room, "two")
            async with asyncio.timeout(20):
                while not (line := await answer.content.readline()).strip():
                    pass
            assert json.loads(line)["body"] == {"text": "two"}


async def test_state_is_shown_at_any_entry_as_any_account(server: ServerProcess, enter: Enter) -> None:
    console, ann, bea = await Console.of(server, "viewer"), await enter("ann"), await enter("bea")
    room = await made(ann, "battleship")
    for client in (ann, bea):
        await done(client, "room:join", room=room)
    ships = [{"cell": 10 * row, "length": length} for row, length in enumerate(LENGTHS)]
    await posted(ann, room, "game.action", {"action": "place_fleet", "args": {"ships": ships}})
    newest = await console.see(f"rooms/{room}/state")
    assert newest["seq"] == newest["head"]
    first = await console.see(f"rooms/{room}/state?at=1")
    assert (first["seq"], first["state"]["status"]) == (1, "waiting")
    seen = [(await console.see(f"rooms/{room}/state?as={who}"))["state"] for who in (wallet("ann").address, BEA)]
    assert seen[0] != seen[1]
    chat = await made(ann, visibility="private", title="Salon")
    assert (await console.see(f"rooms/{chat}/state"))["state"]["title"] == "Salon"
    status, _ = await http_json("GET", f"{console.url}/rooms/{room}/state?at=99", headers=console.headers)
    assert status == 404
    assert (await console.act(f"rooms/{room}/freeze"))[0] == 403
