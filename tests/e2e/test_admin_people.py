"""What operators see of people and do with them: mutes and bans in every process, notes, export, erasure."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, sign_in, wallet
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, fresh, made, post, post_refused, refusal, refused, said
from tests.e2e.stock import PythonClient, http_json, until
from tests.e2e.test_admin_rooms import Console
from tests.e2e.test_room_erasure import traces
from tests.postgres import Postgres

ROLES = {
    "PARLOUR_ROLES": json.dumps(
        {
            wallet("operator").address: "operator",
            wallet("chief").address: "admin",
            wallet("sheriff").address: "moderator",
        }
    )
}
BEA, CID, DAN, EVE = (wallet(name).address for name in ("bea", "cid", "dan", "eve"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env=ROLES) as server:
        yield server


async def verified(server: ServerProcess, name: str) -> str | None:
    """Sign in, and return the refusal's reason, None where it works."""
    async with aiohttp.ClientSession() as http:
        try:
            await sign_in(http, server.url, wallet(name))
        except SignInFailed as error:
            return str(error)
    return None


async def until_muted(client: PythonClient, room: str) -> None:
    """Post until the node that owns a room has heard of a mute on the whole server: within a second, where several."""
    async with asyncio.timeout(60):
        while not (refused := refused_in(await client.ask("room:post", post(room, "chat.message", {"text": "hi"})))):
            await asyncio.sleep(0.05)
    assert refused == ("forbidden", "muted")


async def until_unmuted(client: PythonClient, room: str) -> None:
    """Post until the node that owns a room has heard that a mute was lifted."""
    async with asyncio.timeout(60):
        while refused := refused_in(await client.ask("room:post", post(room, "chat.message", {"text": "gm"}))):
            assert refused == ("forbidden", "muted")
            await asyncio.sleep(0.05)


def refused_in(ack: dict[str, Any]) -> tuple[str, str | None] | None:
    return None if ack["ok"] else refusal(ack)


async def test_mute_holds_in_every_room_until_it_is_lifted(server: ServerProcess, enter: Enter) -> None:
    console, ann, bea = await Console.of(server, "sheriff"), await enter("ann"), await enter("bea")
    room, other = await made(ann), await made(bea)
    assert (await console.act(f"people/{BEA}/mute"))[0] == 200
    for each in (room, other):
        await until_muted(bea, each)
    await said(ann, room)
    shown = await console.see(f"people/{BEA}")
    assert [(each["kind"], each["until"], each["reason"]) for each in shown["sanctions"]] == [("mute", None, "a test")]
    assert (await console.act(f"people/{BEA}/unmute"))[0] == 200
    await until_unmuted(bea, room)
    assert (await console.act(f"people/{BEA}/unmute"))[0] == 409
    past = int(time.time() * 1000) - 5_000
    for wrong in ({"until": past}, {"scope": "planet"}, {"scope": "room:"}):
        assert (await console.act(f"people/{BEA}/mute", **wrong))[0] == 400, wrong
    assert (await console.act("people/nobody/mute"))[0] == 400
    assert (await console.act(f"people/{wallet('chief').address}/mute"))[0] == 403


async def test_mute_of_one_room_is_the_rooms_own(server: ServerProcess, enter: Enter) -> None:
    console, ann, bea = await Console.of(server, "sheriff"), await enter("ann"), await enter("bea")
    room, other = await made(ann), await made(ann)
    assert (await console.act(f"people/{BEA}/mute", scope=f"room:{room}"))[0] == 200
    assert await post_refused(bea, room, "chat.message", {"text": "hi"}) == ("forbidden", "muted")
    await said(bea, other)


async def test_ban_ends_sessions_in_every_process_and_refuses_new_ones(postgres: Postgres) -> None:
    url = postgres.database()
    first, second = (ServerProcess(url, env={**ROLES, "PARLOUR_NODE": name}) for name in ("one", "two"))
    async with first, second, entering(second) as enter:
        cid = await enter("cid")
        console = await Console.of(first, "sheriff")
        assert (await console.act(f"people/{CID}/ban"))[0] == 200
        await until(lambda: not cid.socket.connected)
        for process in (first, second):
            assert "banned" in (await verified(process, "cid") or "")
        assert (await console.act(f"people/{CID}/unban"))[0] == 200
        assert await verified(second, "cid") is None


async def test_ban_ends_tickets_of_files_too(server: ServerProcess, enter: Enter) -> None:
    await enter("fay")
    room = await made(await enter("gus"))
    async with aiohttp.ClientSession() as http:

        async def bearer(name: str) -> dict[str, str]:
            return {"Authorization": f"Bearer {(await sign_in(http, server.url, wallet(name)))['token']}"}

        files = f"{server.url}/api/rooms/{room}/files"
        async with http.post(f"{files}?name=a.txt", data=b"gm", headers=await bearer("gus")) as answer:
            file = f"{files}/{(await answer.json())['file']['hash']}"
        async with http.post(f"{file}/ticket", headers=await bearer("fay")) as answer:
            ticketed = f"{file}?ticket={(await answer.json())['ticket']}"
        statuses = []
        console = await Console.of(server, "sheriff")
        for act in ("ban", "unban"):
            assert (await console.act(f"people/{wallet('fay').address}/{act}"))[0] == 200
            async with http.get(ticketed) as answer:
                statuses.append(answer.status)
    assert statuses == [403, 200]


async def test_people_are_found_with_sessions_rooms_and_notes(server: ServerProcess, enter: Enter) -> None:
    console, dan = await Console.of(server, "sheriff"), await enter("dan")
    await Console.of(server)  # a direct room is opened with who was here
    name = fresh("Dan")
    await done(dan, "account:profile", name=name)
    room = await made(dan, title="Tea")
    direct = (await done(dan, "dm:open", accounts=[wallet("operator").address]))["room"]["id"]
    assert (await console.act(f"people/{DAN}/note", text="seen twice"))[0] == 200
    for query in (name[:-2].lower(), DAN[:12]):
        assert DAN in {each["account"] for each in (await console.see(f"people?query={query}"))["people"]}
    shown = await console.see(f"people/{DAN}")
    assert shown["profile"]["name"] == name
    assert room in {each["id"] for each in shown["rooms"]}
    assert direct not in json.dumps(shown)
    assert [each["text"] for each in shown["notes"]] == ["seen twice"]
    assert len(shown["sessions"]) == 1
    assert "token" not in json.dumps(shown)
    assert (await console.act(f"people/{DAN}/sign-out"))[1] == {"ended": 1}
    await until(lambda: not dan.socket.connected)
    status, _ = await http_json("GET", f"{console.url}/people/{wallet('nobody').address}", headers=console.headers)
    assert status == 404


async def test_person_is_exported_and_erased_from_everything(server: ServerProcess) -> None:
    chief, word = await Console.of(server, "chief"), fresh("planted")
    async with entering(server) as enter, aiohttp.ClientSession() as http:
        ann, eve = await enter("ann"), await enter("eve")
        room = await made(ann)
        bearer = {"Authorization": f"Bearer {(await sign_in(http, server.url, wallet('eve')))['token']}"}
        file_url = f"{server.url}/api/rooms/{room}/files?name={word}.txt"
        async with http.post(file_url, data=f"{word} in a file".encode(), headers=bearer) as answer:
            file = (await answer.json())["file"]["hash"]
        await said(eve, room, f"{word} text", files=[file])
        edited = await said(eve, room, "plain")
        await done(eve, "room:post", room=room, id=fresh(), type="chat.edit", body={"of": edited["seq"], "text": word})
        await done(eve, "room:post", room=room, id=fresh(), type="app.note", body={"x": word})
        direct = (await done(eve, "dm:open", accounts=[wallet("ann").address]))["room"]["id"]
        await said(eve, direct, f"{word} in private")
        await done(eve, "account:profile", name="Eve", bio=f"{word} bio")
        await said(ann, room, "mine stays")
        assert (await chief.act(f"people/{EVE}/note", text=f"{word} note"))[0] == 200
        async with http.get(f"{chief.url}/people/{EVE}/export", headers=chief.headers) as answer:
            assert answer.content_type == "application/zip"
            archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
        entries = archive.read("entries.ndjson").decode()
        assert entries.count(word) == 3
        assert "in private" not in entries
        assert any(word.encode() in archive.read(each) for each in archive.namelist() if each.startswith("files/"))
        lesser = await Console.of(server, "operator")
        assert (await lesser.act(f"people/{EVE}/erase"))[0] == 403
        status, answer = await chief.act(f"people/{EVE}/erase")
        assert (status, answer["erased"]) == (200, 5)
        assert "backups" in " ".join(answer["notReached"])
        assert await traces(server.database_url, word) == []
        async with asyncio.timeout(30):
            while any(word.encode() in path.read_bytes() for path in server.folder.rglob("*.txt") if path.is_file()):
                await asyncio.sleep(0.2)
        bob = await enter("bob")
        history = (await done(bob, "room:history", room=room))["entries"]
        assert word not in json.dumps(history)
        assert [each["body"] for each in history if each["author"] == wallet("ann").address][-1] == {
            "text": "mine stays"
        }


async def test_messages_are_found_and_redacted_but_no_direct_ones(server: ServerProcess, enter: Enter) -> None:
    console, ann = await Console.of(server, "sheriff"), await enter("ann")
    word = fresh("needle").replace("-", "")
    room = await made(ann, visibility="private")
    direct = (await done(ann, "dm:open", accounts=[wallet("operator").address]))["room"]["id"]
    seq = (await said(ann, room, f"a {word} in hay"))["seq"]
    await said(ann, direct, f"a {word} in private")
    async with asyncio.timeout(30):
        while not (found := (await console.see(f"messages?query={word}"))["found"]):
            await asyncio.sleep(0.2)
    assert [(each["room"], each["entry"]["seq"]) for each in found] == [(room, seq)]
    assert (await console.act(f"messages/{room}/{seq}/redact"))[0] == 200
    assert (await console.see(f"messages?query={word}"))["found"] == []
    assert (await console.act(f"messages/{room}/999/redact"))[0] == 404
    status, _ = await http_json("GET", f"{console.url}/messages?query=", headers=console.headers)
    assert status == 400


async def test_matches_and_boards_are_listed(server: ServerProcess, enter: Enter) -> None:
    console, ann = await Console.of(server, "sheriff"), await enter("ann")
    game, chat = await made(ann, "tic-tac-toe"), await made(ann)
    listed = {each["id"] for each in (await console.see("matches?state=waiting"))["rooms"]}
    assert game in listed
    assert chat not in listed
    assert game not in {each["id"] for each in (await console.see("matches?state=ended"))["rooms"]}
    assert (await console.see("boards"))["cursor"] is None
    assert (await (await Console.of(server)).act("boards/rating:none/remove"))[0] == 404
    assert await refused(ann, "room:join", room="nowhere") == ("not_found", None)
