"""Direct rooms and wallets' rooms as one table (docs/protocol.md sections 3, 7 and 8): person × request × path.

Whoever has no part in such a room is in test_sealed_rooms.py; whoever has one is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, error_of, fresh, posted, said
from tests.e2e.stock import PythonClient
from tests.e2e.test_protocol_matrix import REQUESTS, verdict

OK, NO_ROLE, RULES = "ok", "forbidden/role", "forbidden/rules"
BLOCKED, REQUEST = "forbidden/blocked", "forbidden/request"
READS = ("join", "history", "messages", "pins", "proof", "search", "presence", "read", "members")
OWN = ("thread", "report", "notify", "hear thread")
WRITES = ("post", "chat", "signal")
PATHS = {
    "": "GET",
    "/entries": "GET",
    "/entries?proof=1": "GET",
    "/state": "GET",
    "/transcript": "GET",
    "/export?as=json": "GET",
    "/export?as=html": "GET",
    "/files/{hash}": "GET",
    "/files/{hash}/ticket": "POST",
    "/files?name=b.txt": "POST",
}
NEEDLE = "needle"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess() as server:
        yield server


@dataclass
class Insider:
    """Somebody who has a part in a sealed room.

    Attributes:
        name: of the wallet.
        hash: a file that a message there names; empty where none can be.
    """

    name: str
    client: PythonClient
    room: str
    hash: str = ""


async def token_of(server: ServerProcess, http: aiohttp.ClientSession, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await sign_in(http, server.url, wallet(name)))['token']}"}


async def answered(http: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str]) -> str:
    body = b"a file" if method == "POST" else None
    async with http.request(method, url, headers=headers, data=body) as answer:
        if answer.status < 300:
            return OK
        code, reason = error_of((await answer.json())["error"])
        return f"{code}/{reason}" if reason else code


# ── direct rooms ─────────────────────────────────────────────────────────────────────────────────────────────────────

PEOPLE = ("opener", "asked", "accepted", "declined", "left", "blocker", "blocked")
"""Who opened a room of two and waits for an answer, and the other one after each thing they can do about it."""


NOBODYS = ("server's", "reports", "invite", "moderate", "promote", "configure", "watch", "unwatch", "close")
"""What nobody may in a sealed room."""


def in_direct_room(person: str) -> dict[str, str]:
    """What every request answers; the blocked still reads what was said, and adds nothing."""
    told = {**dict.fromkeys((*READS, *OWN, *WRITES), OK), **dict.fromkeys(NOBODYS, NO_ROLE)}
    if person == "blocked":
        return {**told, **dict.fromkeys((*WRITES, "server's"), BLOCKED)}
    return {**told, "chat": REQUEST, "server's": REQUEST} if person == "opener" else told  # three are written by then


async def direct_room(enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, person: str) -> Insider:
    """A direct room of two, with two messages and a file of the first one's, as this person has it."""
    first, second = fresh("first"), fresh("second")
    one, two = await enter(first), await enter(second)
    room = (await done(one, "dm:open", accounts=[wallet(second).address]))["room"]["id"]
    await said(one, room, NEEDLE)
    url = f"{server.url}/api/rooms/{room}/files?name=a.txt"
    async with http.post(url, data=b"a file", headers=await token_of(server, http, first)) as answer:
        hash_ = (await answer.json())["file"]["hash"]
    await said(one, room, "a file", files=[hash_])
    if person in ("accepted", "declined"):
        await done(two, "dm:answer", room=room, accept=person == "accepted")
    if person in ("left", "blocker", "blocked"):
        await done(two, "dm:answer", room=room, accept=True)
    if person == "left":
        await done(two, "room:leave", room=room)
    if person in ("blocker", "blocked"):
        by, of = (two, first) if person == "blocker" else (one, second)
        await done(by, "account:block", account=wallet(of).address, on=True)
    name, client = (first, one) if person == "opener" else (second, two)
    return Insider(name, client, room, hash_)


@pytest.mark.parametrize("person", PEOPLE)
async def test_direct_room_answers_each_person_on_every_path(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, person: str
) -> None:
    insider = await direct_room(enter, server, http, person)
    client, room = insider.client, insider.room
    here = await done(client, "room:join", room=room)
    await assert_found(client, room)
    told = {name: await verdict(client, room, name) for name in REQUESTS}
    assert told == in_direct_room(person)
    uploads = {"/files?name=b.txt": told["chat"]}
    assert await over_http(server, http, insider) == {**dict.fromkeys(PATHS, OK), **uploads}
    await assert_resumed(enter, insider, here)


async def over_http(server: ServerProcess, http: aiohttp.ClientSession, of: Insider) -> dict[str, str]:
    """Return what every path answers a person."""
    headers = await token_of(server, http, of.name)
    url = f"{server.url}/api/rooms/{of.room}"
    return {
        path: await answered(http, method, url + path.format(hash=of.hash), headers) for path, method in PATHS.items()
    }


async def assert_found(client: PythonClient, room: str) -> None:
    async def found() -> bool:
        return bool((await done(client, "search", query=NEEDLE, rooms=[room]))["found"])

    while not await found():
        await asyncio.sleep(0.05)


async def assert_resumed(enter: Enter, of: Insider, here: dict[str, Any]) -> None:
    """A new connection goes on where this one was."""
    await of.client.close()
    since = {key: here[key] for key in ("epoch", "hash")} | {"seq": here["head"]}
    again = await done(await enter(of.name), "room:join", room=of.room, since=since)
    assert again["recovered"] is True


# ── wallets' rooms ───────────────────────────────────────────────────────────────────────────────────────────────────

IN_WALLET = {
    **dict.fromkeys(NOBODYS, NO_ROLE),
    **dict.fromkeys((*READS, "notify", "post", "reports"), OK),
    **dict.fromkeys(("chat", "signal", "server's"), RULES),
    **dict.fromkeys(("report", "hear thread"), "not_found"),  # there are no messages, and no threads
}
FILES_IN_WALLET = {"/files/{hash}": "not_found", "/files/{hash}/ticket": "not_found", "/files?name=b.txt": RULES}


async def test_wallets_room_answers_its_account_on_every_path(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    name = fresh("holder")
    client, room = await enter(name), f"wallet:{wallet(name).address}"
    await done(client, "room:join", room=room)
    for text in ("first", NEEDLE):
        await posted(client, room, "app.note", {"text": text})
    insider = Insider(name, client, room, "0x" + "1" * 64)
    here = await done(client, "room:join", room=room)
    told = {name: await verdict(client, room, name) for name in REQUESTS if name != "thread"}
    assert told == IN_WALLET
    assert await over_http(server, http, insider) == {**dict.fromkeys(PATHS, OK), **FILES_IN_WALLET}
    await assert_resumed(enter, insider, here)
