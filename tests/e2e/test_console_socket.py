"""The namespace `/console`: who may connect, and what operators are told of what they follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio

from parlour.adapters.console.cookie_session import COOKIE
from parlour.testing.wallets import wallet
from tests.e2e.kit import done, fresh, made, said
from tests.e2e.stock import PythonClient
from tests.e2e.test_admin_door import World, asked, world
from tests.e2e.test_console_session import begun

__all__ = ["world"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

HANG_SECONDS = 30
PICTURES = {
    "overview": {"now", "hour", "server", "connections", "rooms", "metrics"},
    "rooms": {"rooms", "cursor"},
    "chains": {"chains"},
    "audit": {"rows", "cursor"},
}
"""What each holds: the keys of the answer to `GET /api/admin/<what>`."""


@asynccontextmanager
async def console(world: World, auth: Any = None, **headers: str) -> AsyncIterator[socketio.AsyncSimpleClient]:
    async with socketio.AsyncSimpleClient(reconnection=False, handle_sigint=False) as client:
        await client.connect(world.server.url, auth=auth, headers=headers, namespace="/console")
        yield client


async def told(client: socketio.AsyncSimpleClient, what: str) -> Any:
    """The next news of what is followed."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            _, news = await client.receive()
            if news["what"] == what:
                return news


async def refusal(world: World, auth: Any = None, **headers: str) -> Any:
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    said: list[Any] = []
    client.on("connect_error", said.append, namespace="/console")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(world.server.url, auth=auth, headers=headers, namespaces=["/console"])
    await client.shutdown()
    return (said[0]["data"]["code"], said[0]["data"].get("reason"))


async def test_token_of_any_role_and_cookie_with_its_csrf_token_are_let_in(world: World) -> None:
    for token in ("viewer", "admin", "admin:read"):
        async with console(world, {"token": world.tokens[token]}) as client:
            assert await client.call("console:follow", {"what": "overview"}) == {"ok": True}
    cookie, csrf = await begun(world, "viewer")
    here = {"Cookie": f"{COOKIE}={cookie}", "Origin": world.server.url}
    async with console(world, {"csrf": csrf}, **here) as client:
        assert await client.call("console:follow", {"what": "overview"}) == {"ok": True}


async def test_others_are_refused(world: World) -> None:
    cookie, csrf = await begun(world, "viewer")
    _, foreign = await begun(world, "operator")
    own, here = {"Origin": world.server.url}, {"Cookie": f"{COOKIE}={cookie}"}
    wrong: list[tuple[Any, dict[str, str], tuple[str, str | None]]] = [
        (None, own, ("unauthorized", None)),
        ({"token": "nonsense"}, own, ("unauthorized", None)),
        ({"token": world.tokens["member"]}, own, ("forbidden", "role")),
        ({"token": world.tokens["rooms:read"]}, own, ("forbidden", "role")),
        (None, {**own, **here}, ("forbidden", "csrf")),
        ({"csrf": foreign}, {**own, **here}, ("forbidden", "csrf")),
        ({"csrf": csrf}, here, ("forbidden", "origin")),
        ({"csrf": csrf}, own, ("unauthorized", None)),
    ]
    for auth, headers, expected in wrong:
        assert await refusal(world, auth, **headers) == expected, (auth, headers)


async def test_pictures_are_sent_when_they_change(world: World) -> None:
    async with console(world, {"token": world.tokens["viewer"]}) as client, PythonClient() as ann:
        await ann.connect(world.server.url, world.tokens["member"])
        for what in ("overview", "rooms", "chains", "audit"):
            assert await client.call("console:follow", {"what": what}) == {"ok": True}
            assert PICTURES[what] <= (await told(client, what))["data"].keys()
        room = await made(ann)
        async with asyncio.timeout(HANG_SECONDS):
            while room not in {each["id"] for each in (await told(client, "rooms"))["data"]["rooms"]}:
                pass
        close = next(each for each in world.routes if each.template == "/rooms/{room}/close")
        body = {"reason": "a test", "id": fresh("close")}
        status, _ = await asked(world, close._replace(path=f"/api/admin/rooms/{room}/close"), "admin", body)
        assert status == 200
        async with asyncio.timeout(HANG_SECONDS):
            while room not in {each["whom"] for each in (await told(client, "audit"))["data"]["rows"]}:
                pass


async def test_entries_of_a_room_are_sent_as_they_come_and_of_a_sealed_room_none(world: World) -> None:
    async with console(world, {"token": world.tokens["viewer"]}) as client, PythonClient() as ann:
        await ann.connect(world.server.url, world.tokens["member"])
        room = await made(ann, visibility="private")
        direct = (await done(ann, "dm:open", accounts=[wallet("operator").address]))["room"]["id"]
        await client.call("console:follow", {"what": f"room:{room}"})
        assert (await told(client, f"room:{room}"))["data"]["type"] == "room.created"
        await said(ann, room, "gm")
        assert (await told(client, f"room:{room}"))["data"]["body"] == {"text": "gm"}
        await client.call("console:follow", {"what": f"room:{direct}"})
        assert (await told(client, f"room:{direct}"))["error"]["code"] == "not_found"


async def test_unknown_and_too_many_things_are_refused(world: World) -> None:
    async with console(world, {"token": world.tokens["viewer"]}) as client:
        for event, data in (
            ("console:follow", {"what": "stars"}),
            ("console:follow", {}),
            ("room:post", {"what": "x"}),
        ):
            assert (await client.call(event, data))["error"]["code"] == "invalid"
        async with PythonClient() as ann:
            await ann.connect(world.server.url, world.tokens["member"])
            rooms = [f"room:{await made(ann)}" for _ in range(11)]
        for what in rooms[:10]:
            assert await client.call("console:follow", {"what": what}) == {"ok": True}
        assert (await client.call("console:follow", {"what": rooms[10]}))["error"]["code"] == "conflict"
        assert await client.call("console:unfollow", {"what": rooms[0]}) == {"ok": True}
        assert await client.call("console:follow", {"what": rooms[10]}) == {"ok": True}


async def test_follower_is_sent_away_when_its_session_ends(world: World) -> None:
    token = world.tokens["moderator"]
    async with console(world, {"token": token}) as client:
        await client.call("console:follow", {"what": "overview"})
        url = world.server.url + "/auth/signout"
        async with world.http.post(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status < 300
        async with asyncio.timeout(HANG_SECONDS):
            while client.connected:
                await asyncio.sleep(0.05)
