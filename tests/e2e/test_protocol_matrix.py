"""docs/protocol.md section 3, "Rights", as one table: role × request × path, in a public room and in a private one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, error_of, made, post, refusal, said
from tests.e2e.stock import PythonClient

ROLES = ("owner", "moderator", "member", "muted", "banned", "stranger", "guest", "root")
"""`root` is a server moderator without a role in the room; `stranger` is signed in and never came."""

SAID = 3
"""The message that each room has, by an account that is a member."""

REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "join": ("room:join", {}),
    "post": ("room:post", {"type": "app.x", "body": {}}),
    "chat": ("room:post", {"type": "chat.message", "body": {"text": "gm"}}),
    "server's": ("room:post", {"type": "member.role", "body": {}}),
    "signal": ("room:signal", {"type": "typing"}),
    "history": ("room:history", {}),
    "messages": ("room:history", {"view": "messages"}),
    "thread": ("room:history", {"view": "messages", "thread": SAID}),
    "pins": ("room:history", {"view": "pins"}),
    "report": ("room:report", {"of": SAID, "reason": "spam"}),
    "reports": ("room:reports", {}),
    "notify": ("room:notify", {"level": "mentions"}),
    "hear thread": ("room:notify", {"thread": SAID, "level": "all"}),
    "proof": ("room:history", {"proof": True}),
    "search": ("room:search", {"query": "gm"}),
    "read": ("room:read", {"seq": 1}),
    "members": ("room:members", {}),
    "presence": ("room:presence", {}),
    "invite": ("room:invite", {}),
    "moderate": ("room:moderate", {"account": wallet("zed").address, "action": "mute"}),
    "promote": ("room:moderate", {"account": wallet("zed").address, "action": "role", "role": "moderator"}),
    "configure": ("room:configure", {"title": "x"}),
    "watch": ("room:watch", {"watch": {"chain": 424242, "address": "0x" + "1" * 40, "event": "X()"}}),
    "unwatch": ("room:unwatch", {"watch": "none"}),
    "close": ("room:close", {}),
}
PATHS = ("", "/entries", "/entries?proof=1", "/transcript", "/export?as=json", "/export?as=html", "/files/{hash}")

OK, NO_ROLE, MUTED, BANNED = "ok", "forbidden/role", "forbidden/muted", "forbidden/banned"
GUEST, HIDDEN, NO_CHAIN = "unauthorized", "not_found", "past the rights"

#             owner     moderator member   muted    banned  stranger guest  root
PUBLIC = {
    "join": (OK, OK, OK, OK, BANNED, OK, OK, OK),
    "post": (OK, OK, OK, MUTED, BANNED, OK, GUEST, OK),
    "chat": (OK, OK, OK, MUTED, BANNED, OK, GUEST, OK),
    "server's": (NO_ROLE, NO_ROLE, NO_ROLE, MUTED, BANNED, NO_ROLE, GUEST, NO_ROLE),
    "signal": (OK, OK, OK, MUTED, BANNED, OK, GUEST, OK),
    **dict.fromkeys(
        ("history", "messages", "thread", "pins", "proof", "search", "presence"), (OK, OK, OK, OK, BANNED, OK, OK, OK)
    ),
    **dict.fromkeys(("read", "members", "report", "notify", "hear thread"), (OK, OK, OK, OK, BANNED, OK, GUEST, OK)),
    "reports": (OK, OK, NO_ROLE, NO_ROLE, BANNED, NO_ROLE, GUEST, OK),
    **dict.fromkeys(("invite", "moderate"), (OK, OK, NO_ROLE, NO_ROLE, BANNED, NO_ROLE, GUEST, OK)),
    "promote": (OK, NO_ROLE, NO_ROLE, NO_ROLE, BANNED, NO_ROLE, GUEST, OK),
    **dict.fromkeys(("configure", "close"), (OK, NO_ROLE, NO_ROLE, MUTED, BANNED, NO_ROLE, GUEST, OK)),
    **dict.fromkeys(("watch", "unwatch"), (NO_CHAIN, NO_ROLE, NO_ROLE, MUTED, BANNED, NO_ROLE, GUEST, NO_CHAIN)),
}
"""In a public room; a private one is not there for those without a role in it."""
READS = PUBLIC["history"]


def _private(role: str, answer: str) -> str:
    unknown = role in ("banned", "stranger") or (role == "guest" and answer != GUEST)
    return HIDDEN if unknown else answer


def expected(visibility: str, row: tuple[str, ...], role: str) -> str:
    answer = row[ROLES.index(role)]
    return answer if visibility == "public" else _private(role, answer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    roles = json.dumps({wallet("root").address: "moderator"})
    async with ServerProcess(env={"PARLOUR_GUESTS": "on", "PARLOUR_ROLES": roles}) as server:
        yield server


async def furnished(enter: Enter, visibility: str) -> str:
    """A room of the owner's with somebody in every role."""
    owner = await enter("owner")
    room = await made(owner, visibility=visibility)
    zed = {"room": room, "account": wallet("zed").address}
    await done(owner, "room:moderate", **zed, action="role", role="member")
    assert (await said(await enter("zed"), room, "spam?"))["seq"] == SAID
    for name in ("moderator", "member", "muted", "banned"):
        role = "moderator" if name == "moderator" else "member"
        target = {"room": room, "account": wallet(name).address}
        await done(owner, "room:moderate", **target, action="role", role=role)
        if name in ("muted", "banned"):
            await done(owner, "room:moderate", **target, action={"muted": "mute", "banned": "ban"}[name])
    return room


async def verdict(client: PythonClient, room: str, name: str) -> str:
    event, data = REQUESTS[name]
    asked = post(room, **data) if event == "room:post" else {"room": room, **data}
    ack = await client.ask(event, asked)
    if ack["ok"]:
        return OK
    code, reason = refusal(ack)
    if name in ("watch", "unwatch") and code not in ("forbidden", "unauthorized") and room in (await listed(client)):
        return NO_CHAIN
    return f"{code}/{reason}" if reason else code


async def listed(client: PythonClient) -> list[str]:
    """Rooms this client may know: what tells a watch that is not there from a room that is not."""
    return [room["id"] for room in (await done(client, "room:list", mine=True))["rooms"]]


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("role", ROLES)
async def test_every_request_of_every_role(enter: Enter, visibility: str, role: str) -> None:
    room = await furnished(enter, visibility)
    client = await enter(None if role == "guest" else role)
    told = {name: await verdict(client, room, name) for name in REQUESTS}
    assert told == {name: expected(visibility, row, role) for name, row in PUBLIC.items()}


async def named_file(enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, room: str) -> str:
    """A file that a message of the owner's names; before, it is nobody's but the owner's."""
    headers = {"Authorization": f"Bearer {(await sign_in(http, server.url, wallet('owner')))['token']}"}
    async with http.post(f"{server.url}/api/rooms/{room}/files?name=a.txt", data=b"a file", headers=headers) as answer:
        hash_: str = (await answer.json())["file"]["hash"]
    await said(await enter("owner"), room, "a file", files=[hash_])
    return hash_


FOUND = {
    "public": ("owner", "moderator", "member", "muted", "stranger", "guest", "root"),
    "private": ("owner", "moderator", "member", "muted", "root"),
}
"""Who finds a room's messages by a search that names the room."""
TOLD = ("moderator", "member", "muted")
"""Who is told of a mention: whoever may join, and not of one's own."""


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_every_role_finds_and_hears_what_it_may_read(enter: Enter, visibility: str) -> None:
    room = await furnished(enter, visibility)
    mentions = [wallet(role).address for role in ROLES if role != "guest"]
    seq = (await said(await enter("owner"), room, "needle", mentions=mentions))["seq"]
    clients = {role: await enter(None if role == "guest" else role) for role in ROLES}
    owner = clients["owner"]

    async def indexed() -> bool:
        return bool((await done(owner, "search", query="needle", rooms=[room]))["found"])

    while not await indexed():
        await asyncio.sleep(0.05)
    found, told = [], []
    for role, client in clients.items():
        if (await done(client, "search", query="needle", rooms=[room]))["found"]:
            found.append(role)
        if role != "guest":
            notices = (await done(client, "notices:list"))["notices"]
            told += [role for each in notices if (each["room"], each["seq"]) == (room, seq)]
    assert tuple(found) == FOUND[visibility]
    hears = (*TOLD, "stranger", "root") if visibility == "public" else TOLD
    assert tuple(told) == hears


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("role", ROLES)
async def test_every_path_of_every_role(enter: Enter, server: ServerProcess, visibility: str, role: str) -> None:
    room = await furnished(enter, visibility)
    async with aiohttp.ClientSession() as http:
        file = await named_file(enter, server, http, room)
        token = None if role == "guest" else (await sign_in(http, server.url, wallet(role)))["token"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for path in PATHS:
            async with http.get(f"{server.url}/api/rooms/{room}{path.format(hash=file)}", headers=headers) as answer:
                told = OK
                if answer.status != 200:
                    code, reason = error_of((await answer.json())["error"])
                    told = f"{code}/{reason}" if reason else code
            assert told == expected(visibility, READS, role), path


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("role", ROLES)
async def test_every_role_resumes_with_the_rights_it_has_now(enter: Enter, visibility: str, role: str) -> None:
    """A position taken while everybody might read is worth nothing to who lost the right since."""
    owner = await enter("owner")
    room = await made(owner)
    client = await enter(None if role == "guest" else role)
    here = await done(client, "room:join", room=room)
    await client.close()
    for name in ("moderator", "member", "muted"):
        await done(owner, "room:moderate", room=room, account=wallet(name).address, action="role", role="member")
    await done(owner, "room:moderate", room=room, account=wallet("banned").address, action="ban")
    await done(owner, "room:configure", room=room, visibility=visibility)
    again = await enter(None if role == "guest" else role)
    since = {"epoch": here["epoch"], "seq": here["head"], "hash": here["hash"]}
    ack = await again.ask("room:join", {"room": room, "since": since})
    wanted = expected(visibility, PUBLIC["join"], role)
    if wanted == OK:
        assert (ack["ok"], ack["recovered"]) == (True, True)
    else:
        code, reason = refusal(ack)
        assert (f"{code}/{reason}" if reason else code) == wanted
