"""docs/protocol.md section 3, "Rights", in rooms of other kinds, and on every route that names a room.

The table of chat rooms (test_protocol_matrix.py) holds in every kind; what only documents have is added here. Direct
and wallets' rooms are in test_sealed_rights.py, operators' routes in test_admin_door.py.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.adapters.socket.requests import REQUESTS as ALL
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, error_of, fresh, made, posted, said
from tests.e2e.stock import PythonClient
from tests.e2e.test_documents import Editor
from tests.e2e.test_protocol_matrix import (
    OK,
    PUBLIC,
    REQUESTS,
    ROLES,
    expected,
    named_file,
    verdict,
)

KINDS = ("document", "tic-tac-toe")
READS = PUBLIC["history"]
WRITES = PUBLIC["chat"]
OF_DOCUMENTS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "edit": ("room:post", {"type": "doc.update", "body": b"\0\0"}, WRITES),
    "keep": ("doc:version", {"title": "x"}, WRITES),
    "restore": ("doc:restore", {"version": 5}, WRITES),
    "versions": ("doc:versions", {}, READS),
    "read": ("doc:read", {"as": "text"}, READS),
    "read a version": ("doc:read", {"version": 5}, READS),
}
"""Requests about documents: who may read a room reads it, who may write in it keeps and restores versions."""
ELSEWHERE = {
    **dict.fromkeys(("room:create", "room:list", "search"), "name no room; their results are in test_protocol_matrix"),
    "room:leave": "does nothing where one is not in the room",
    **dict.fromkeys(("dm:open", "dm:answer"), "test_direct_rooms"),
    **dict.fromkeys(("match:find", "match:cancel", "party:create", "party:ready"), "test_matchmaking"),
    **dict.fromkeys(("ratings:of", "board:read"), "public; test_matchmaking"),
    **dict.fromkeys(("chain:lookup", "chain:pending"), "public facts of a chain; test_protocol_lookups"),
    "market:depth": "public facts of a chain; test_protocol_market",
    **dict.fromkeys(("notices:list", "notices:read"), "one's own; test_notices"),
    **{name: "one's own, or public; test_people, test_push" for name in ALL if name.startswith("account:")},
}
"""Requests without a room in them, and where their rights are shown."""
ROUTES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "GET ": ({}, READS),
    "GET /entries": ({}, READS),
    "GET /state": ({}, READS),
    "GET /transcript": ({}, READS),
    "GET /replay": ({}, READS),
    "GET /export": ({"params": {"as": "json"}}, READS),
    "GET /document": ({}, READS),
    "GET /files/{hash}": ({}, READS),
    "POST /files/{hash}/ticket": ({}, READS),
    "POST /files": ({"params": {"name": "a.txt"}, "data": b"more"}, WRITES),
    "POST /document/restore": ({"json": {"id": "r", "version": 5}}, WRITES),
}
"""Every route that names a room, with what is sent and who may."""
SAID, VERSION = 3, 5
NO_MATCH = "not_found/no_match"
KEYS_ALONE = {"POST /entries": "takes API keys alone; tests/adapters/http/test_api_scopes.py"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {
        "PARLOUR_GUESTS": "on",
        "PARLOUR_ROLES": json.dumps({wallet("root").address: "moderator"}),
        "PARLOUR_HTTP_BURST": "100000",
        "PARLOUR_HTTP_PER_MINUTE": "100000",
    }
    async with ServerProcess(env=env) as server:
        yield server


async def furnished(enter: Enter, kind: str, visibility: str) -> str:
    """A room with somebody in every role, and a message as its third entry; of a document, a version as its fifth."""
    owner = await enter("owner")
    room = await made(owner, kind, visibility=visibility)
    roles = {"zed": "member", "moderator": "moderator", "member": "member", "muted": "member", "banned": "member"}
    for name, role in roles.items():
        target = {"room": room, "account": wallet(name).address}
        await done(owner, "room:moderate", **target, action="role", role=role)
        if name == "zed":
            assert (await said(await enter("zed"), room, "spam?"))["seq"] == SAID
            if kind == "document":
                await posted(owner, room, "doc.update", Editor().write("gm"))
                assert (await done(owner, "doc:version", room=room, id="v", title="first"))["seq"] == VERSION
        if name in ("muted", "banned"):
            await done(owner, "room:moderate", **target, action={"muted": "mute", "banned": "ban"}[name])
    return room


def as_told(error: dict[str, Any]) -> str:
    code, reason = error_of(error)
    return f"{code}/{reason}" if reason else code


async def answer_to(client: PythonClient, room: str, event: str, data: dict[str, Any]) -> str:
    ack = await client.ask(event, {"room": room, "id": fresh("r"), **data})
    return OK if ack["ok"] else as_told(ack["error"])


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", KINDS)
async def test_every_request_of_every_role_in_a_kind(enter: Enter, kind: str, visibility: str, role: str) -> None:
    room = await furnished(enter, kind, visibility)
    client = await enter(None if role == "guest" else role)
    told, wanted = {}, {}
    for name, (event, data, row) in OF_DOCUMENTS.items() if kind == "document" else ():
        told[name], wanted[name] = await answer_to(client, room, event, data), expected(visibility, row, role)
    for name in REQUESTS:
        told[name], wanted[name] = await verdict(client, room, name), expected(visibility, PUBLIC[name], role)
    assert told == wanted


def test_every_request_stands_in_a_table_of_rights() -> None:
    here = {event for event, _ in REQUESTS.values()} | {event for event, _, _ in OF_DOCUMENTS.values()}
    assert here | ELSEWHERE.keys() == ALL.keys()
    assert here & ELSEWHERE.keys() == set()


async def test_every_route_with_a_room_stands_in_the_table(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    served = {
        f"{method.upper()} {path.removeprefix('/api/rooms/{room}')}"
        for path, item in paths.items()
        if path.startswith("/api/rooms/{room}")
        for method in item
    }
    assert served == ROUTES.keys() | KEYS_ALONE.keys()


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("role", ROLES)
async def test_every_route_of_every_role(enter: Enter, server: ServerProcess, visibility: str, role: str) -> None:
    room = await furnished(enter, "document", visibility)
    told, wanted = {}, {}
    async with aiohttp.ClientSession() as http:
        file = await named_file(enter, server, http, room)
        token = None if role == "guest" else (await sign_in(http, server.url, wallet(role)))["token"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for route, (options, row) in ROUTES.items():
            method, _, path = route.partition(" ")
            url = f"{server.url}/api/rooms/{room}{path.format(hash=file)}"
            async with http.request(method, url, headers=headers, **options) as answer:
                told[route] = OK if answer.status < 300 else as_told((await answer.json())["error"])
            wanted[route] = expected(visibility, row, role)
        if wanted["GET /replay"] == OK:
            wanted["GET /replay"] = NO_MATCH
    assert told == wanted
