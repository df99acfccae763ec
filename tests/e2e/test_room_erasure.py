"""An erased room leaves nothing: not live, not for another process, not at kill -9, in no row and no file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from sqlalchemy import Connection, inspect, text

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.databases import read_database
from tests.e2e.conftest import entering
from tests.e2e.kit import done, fresh, made, posted, refused, said
from tests.e2e.stock import heard, http_json, until
from tests.e2e.test_admin_rooms import Console
from tests.e2e.test_documents import document
from tests.postgres import Postgres

ROLES = {"PARLOUR_ROLES": json.dumps({wallet("operator").address: "operator"})}
KEPT = {"audit"}
"""Tables that may name an erased room: they say who erased it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env=ROLES) as server:
        yield server


async def traces(url: str, *needles: str) -> list[str]:
    """Where these words still are in a database: in which rows, of any table but those that tell of erasures."""

    def read(connection: Connection) -> list[str]:
        found = []
        for table in inspect(connection).get_table_names():
            for row in () if table in KEPT else connection.execute(text(f'SELECT * FROM "{table}"')):
                words = " ".join(
                    cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell) for cell in row
                )
                found += [f"{table}: {needle}" for needle in needles if needle.lower() in words.lower()]
        return found

    return await read_database(url, read)


async def planted(server: ServerProcess, http: aiohttp.ClientSession, ann: Any, room: str, word: str) -> None:
    """Fill a room with everything that is kept beside its log."""
    token = (await sign_in(http, server.url, wallet("ann")))["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    url = f"{server.url}/api/rooms/{room}/files?name={word}.txt"
    async with http.post(url, data=f"{word} in a file".encode(), headers=bearer) as answer:
        assert answer.status == 201
        file = (await answer.json())["file"]["hash"]
    first = await said(ann, room, f"{word} first", files=[file])
    await said(ann, room, f"{word} reply", thread=first["seq"], mentions=[wallet("bea").address])
    await done(ann, "room:invite", room=room, account=wallet("bea").address)
    await done(ann, "room:read", room=room, seq=2)
    await done(ann, "room:post", room=room, id=fresh(), type="chat.pin", body={"of": 2, "on": True})


async def test_erased_room_is_gone_for_everybody_and_leaves_nothing(server: ServerProcess) -> None:
    console, word = await Console.of(server), fresh("planted")
    async with entering(server) as enter, aiohttp.ClientSession() as http:
        ann, bea = await enter("ann"), await enter("bea")
        room = await made(ann, title=f"{word} title")
        for client in (ann, bea):
            await done(client, "room:join", room=room)
        await planted(server, http, ann, room, word)
        await done(bea, "room:report", room=room, of=2, reason="spam", note=f"{word} note")
        await until(lambda: heard(bea, "notice", room))
        assert await traces(server.database_url, word), "it was there before"
        status, _ = await console.act(f"rooms/{room}?confirm=other", "DELETE")
        assert status == 400
        asked = {"id": fresh("erase")}
        for _ in range(2):
            assert await console.act(f"rooms/{room}?confirm={room}", "DELETE", **asked) == (200, {"erased": room})
        await until(lambda: heard(bea, "room:removed"))
        assert heard(bea, "room:removed")[0] == {"room": room, "reason": "erased"}
        assert await refused(ann, "room:join", room=room) == ("not_found", None)
        assert (await console.act(f"rooms/{room}?confirm={room}", "DELETE"))[0] == 404
        status, _ = await http_json("GET", f"{console.url}/rooms/{room}", headers=console.headers)
        assert status == 404
        async with asyncio.timeout(40):
            while left := await traces(server.database_url, word, room):
                await asyncio.sleep(0.5)
        assert left == []
        files = [path.read_bytes() for path in server.folder.rglob("*") if path.is_file()]
        assert not any(f"{word} in a file".encode() in data for data in files)
        assert await made(ann, id=room) == room, "its id is free again"


async def test_erased_document_leaves_no_byte_of_its_text(server: ServerProcess) -> None:
    console, word = await Console.of(server), fresh("planted").replace("-", "x")
    async with entering(server) as enter:
        ann = await enter("ann")
        room, editor = await document(ann)
        await posted(ann, room, "doc.update", editor.write(f"{word} in a text"))
        await done(ann, "doc:version", room=room, id=fresh(), title=f"{word} version")
        async with asyncio.timeout(60):
            while f"searched_document: {word}" not in await traces(server.database_url, word):
                await asyncio.sleep(0.1)
        assert (await console.act(f"rooms/{room}?confirm={room}", "DELETE"))[0] == 200
        async with asyncio.timeout(40):
            while await traces(server.database_url, word, room):
                await asyncio.sleep(0.5)


async def test_erased_room_of_another_process_ends_there_too(postgres: Postgres) -> None:
    url = postgres.database()
    first, second = (ServerProcess(url, env={**ROLES, "PARLOUR_NODE": name}) for name in ("one", "two"))
    async with first, second, entering(first) as enter:
        ann = await enter("ann")
        room = await made(ann)
        await done(ann, "room:join", room=room)
        console = await Console.of(second)
        assert (await console.act(f"rooms/{room}?confirm={room}", "DELETE"))[0] == 200
        await until(lambda: heard(ann, "room:removed"))
        assert await refused(ann, "room:join", room=room) == ("not_found", None)


async def test_erasure_that_was_killed_is_finished_at_the_next_start(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    word = fresh("planted")
    async with ServerProcess(database_url=url, env=ROLES) as server:
        console = await Console.of(server)
        async with entering(server) as enter:
            ann = await enter("ann")
            room = await made(ann)
            for number in range(5):
                await said(ann, room, f"{word} {number}")
        assert (await console.act(f"rooms/{room}?confirm={room}", "DELETE"))[0] == 200
        await server.kill9()
        assert await traces(url, room), "it was killed too late to show anything"
    async with ServerProcess(database_url=url, env=ROLES), asyncio.timeout(40):
        while await traces(url, word, room):
            await asyncio.sleep(0.5)
