"""Webhooks of a whole server: signed, in order per room, over failures and a kill; nothing of rooms nobody reads."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from parlour.adapters.webhooks.posting import NotReceived, Poster
from parlour.commands.cli import cli
from parlour.core.webhooks.hook import Hook
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, said
from tests.e2e.stock import PythonClient

SECRET = "planted-secret"


class Receiver:
    """A receiver of webhooks that keeps what it took.

    Attributes:
        took: (signature, body) of each entry it answered 2xx.
        status: what it answers.
    """

    def __init__(self) -> None:
        self.took: list[tuple[str, bytes]] = []
        self.asked = 0
        self.status = 204

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.asked += 1
        if self.status < 300:
            self.took.append((request.headers["Parlour-Signature"], raw))
        return web.Response(status=self.status, headers={"Location": "/planted-elsewhere"})

    def entries(self, room: str) -> list[dict[str, Any]]:
        told = [json.loads(raw) for _, raw in self.took]
        return [each["entry"] for each in told if each["room"] == room]

    async def has(self, room: str, *texts: str) -> None:
        """Wait until the last messages of a room, without repeats, are these."""
        while True:
            found = {each["seq"]: each["body"]["text"] for each in self.entries(room)}
            if list(found.values())[-len(texts) :] == list(texts):
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/planted-path", receiver.take)
    async with TestServer(app) as server:
        yield receiver, str(server.make_url("/planted-path"))


@pytest.mark.parametrize("status", [302, 404, 410, 500])
async def test_answer_other_than_2xx_is_not_received(receiver: tuple[Receiver, str], status: int) -> None:
    kept, url = receiver
    kept.status = status
    poster = Poster(lambda: 0)
    with pytest.raises(NotReceived, match=f"^status {status}$"):
        await poster.post(Hook(url, SECRET), b"{}")
    assert kept.asked == 1, "a redirect is not followed"
    await poster.close()


async def test_receiver_that_is_away_is_named_in_no_error() -> None:
    poster = Poster(lambda: 0)
    with pytest.raises(NotReceived) as caught:
        await poster.post(Hook("http://127.0.0.1:9/planted-path", SECRET), b"{}")
    assert "127" not in str(caught.value)
    assert "planted" not in str(caught.value)
    await poster.close()


async def test_server_posts_what_rooms_store(receiver: tuple[Receiver, str]) -> None:
    kept, url = receiver
    hooks = [{"url": url, "secret": SECRET, "rooms": "*", "types": ["chat.message"]}]
    roles = {wallet("ann").address: "operator", wallet("bea").address: "viewer"}
    env = {"PARLOUR_WEBHOOKS": json.dumps(hooks), "PARLOUR_ROLES": json.dumps(roles)}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        async with PythonClient() as ann, PythonClient() as bea:
            await ann.connect(server.url, token)
            viewer = (await sign_in(http, server.url, wallet("bea")))["token"]
            await bea.connect(server.url, viewer)
            room = await made(ann)
            private = (await done(ann, "dm:open", accounts=[wallet("bea").address]))["room"]["id"]
            await said(ann, private, "for bea alone")
            await said(ann, room, "one")
            await kept.has(room, "one")
            kept.status, asked = 503, kept.asked
            await said(ann, room, "two")
            while kept.asked == asked:
                await asyncio.sleep(0.05)
            await said(ann, room, "three")
        await server.kill9()
        kept.status = 200
        await server.restart()
        await kept.has(room, "one", "two", "three")
        async with http.get(f"{server.url}/api/admin/webhooks", headers={"Authorization": f"Bearer {token}"}) as answer:
            [shown] = (await answer.json())["webhooks"]
        again = f"{server.url}/api/admin/webhooks/{shown['name']}/replay"
        body = {"room": room, "seq": kept.entries(room)[0]["seq"], "reason": "the index was lost", "id": "r1"}
        for whose, status in ((viewer, 403), (token, 200), (token, 200)):
            async with http.post(again, json=body, headers={"Authorization": f"Bearer {whose}"}) as answer:
                assert answer.status == status
        while len(kept.entries(room)) < 6:
            await asyncio.sleep(0.05)
        command = ["webhooks", "retry", shown["name"], room, "2", "--reason", "x", "--url", server.url]
        ran = await asyncio.to_thread(CliRunner().invoke, cli, [*command, "--token", token])
        assert (ran.exit_code, "That entry is not parked." in ran.output) == (1, True)
        async with http.get(f"{server.url}/api/admin/audit", headers={"Authorization": f"Bearer {token}"}) as answer:
            rows = (await answer.json())["rows"]
        assert [row["what"] for row in rows if row["what"].startswith("webhook.")] == ["webhook.replay"]
        log = server.log()
    for signed, raw in kept.took:
        at = signed.removeprefix("t=").partition(",")[0]
        digest = hmac.new(SECRET.encode(), at.encode() + b"." + raw, "sha256").hexdigest()
        assert signed == f"t={at},v1={digest}"
    assert {json.loads(raw)["room"] for _, raw in kept.took} == {room}
    assert (shown["rooms"], shown["types"], shown["sending"], shown["parked"]) == ("*", ["chat.message"], True, [])
    assert shown["url"] == url.removesuffix("/planted-path")
    assert "planted" not in log
