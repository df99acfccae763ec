"""The moderation service over HTTP: signed questions, verdicts and what is none; then a whole server."""

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

from parlour.adapters.moderation.questions import ModerationService
from parlour.runtime.moderation.judging import NoVerdict, Verdict
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, post, refusal, said
from tests.e2e.stock import PythonClient

SECRET = "a secret of the operator"
QUESTION = {"room": "hall", "account": "0x1", "type": "chat.message", "body": {"text": "gm"}}


class Service:
    """A service that answers by the text, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes]] = []
        self.answer: Any = {"verdict": "allow"}
        self.status = 200

    async def judge(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append((request.headers.get("Parlour-Signature", ""), raw))
        text = json.loads(raw)["body"].get("text", "")
        if text == "slow":
            await asyncio.sleep(60)
        for word in ("refuse", "hold"):
            if word in text:
                return web.json_response({"verdict": word, "reason": f"The service says {word}."})
        if isinstance(self.answer, bytes):
            return web.Response(body=self.answer, status=self.status)
        return web.json_response(self.answer, status=self.status)

    async def move(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/judge"})


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, str]]:
    service, app = Service(), web.Application()
    app.router.add_post("/judge", service.judge)
    app.router.add_post("/away", service.move)
    async with TestServer(app) as server:
        yield service, str(server.make_url("/judge"))


async def test_question_is_signed_over_time_and_body(service: tuple[Service, str]) -> None:
    kept, url = service
    judge = ModerationService(url, SECRET, 5000, lambda: 1_700_000_000_000)
    assert await judge.ask(QUESTION) == Verdict("allow")
    await judge.close()
    [(signed, raw)] = kept.asked
    digest = hmac.new(SECRET.encode(), b"1700000000000." + raw, "sha256").hexdigest()
    assert signed == f"t=1700000000000,v1={digest}"
    assert json.loads(raw) == QUESTION


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, {"verdict": "allow"}),
        (200, {"verdict": "maybe"}),
        (200, ["allow"]),
        (200, b"<html>"),
        (200, b'{"verdict": "allow"' + b" " * 70_000 + b"}"),
    ],
    ids=["status", "other word", "no object", "no JSON", "too large"],
)
async def test_anything_else_is_no_verdict(service: tuple[Service, str], status: int, answer: Any) -> None:
    kept, url = service
    kept.status, kept.answer = status, answer
    judge = ModerationService(url, None, 5000, lambda: 0)
    with pytest.raises(NoVerdict):
        await judge.ask(QUESTION)
    await judge.close()


async def test_late_answers_redirects_and_silence_are_no_verdict(service: tuple[Service, str]) -> None:
    _, url = service
    slow = {**QUESTION, "body": {"text": "slow"}}
    for address, question in ((url, slow), (url.replace("judge", "away"), QUESTION), ("http://127.0.0.1:9", QUESTION)):
        judge = ModerationService(address, None, 200, lambda: 0)
        with pytest.raises(NoVerdict):
            await judge.ask(question)
        await judge.close()


async def test_server_asks_before_its_rooms_decide(service: tuple[Service, str]) -> None:
    kept, url = service
    env = {"PARLOUR_MODERATION_URL": url, "PARLOUR_MODERATION_SECRET": SECRET, "PARLOUR_MODERATION_MS": "30000"}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http, PythonClient() as ann:
        await ann.connect(server.url, (await sign_in(http, server.url, wallet("ann")))["token"])
        room = await made(ann)
        assert (await said(ann, room, "fine"))["seq"] == 2
        refused = await ann.ask("room:post", post(room, "chat.message", {"text": "please refuse planted-text"}))
        assert refusal(refused) == ("forbidden", "moderation")
        assert refused["error"]["message"] == "The service says refuse."
        async with PythonClient() as bob:
            await bob.connect(server.url, (await sign_in(http, server.url, wallet("bob")))["token"])
            await said(bob, room, "please hold planted-text")
            between = (await done(bob, "dm:open", accounts=[wallet("ann").address]))["room"]["id"]
            await said(bob, between, "please refuse: between us")
        entries = (await done(ann, "room:history", room=room))["entries"]
        assert [entry["type"] for entry in entries] == ["room.created", "chat.message", "chat.message", "chat.held"]
        assert json.loads(kept.asked[0][1]) == {
            "room": room, "account": wallet("ann").address, "type": "chat.message", "body": {"text": "fine"}
        }  # fmt: skip
        assert b"between us" not in b"".join(body for _, body in kept.asked), "nobody reads along, no service either"
        assert "planted-text" not in server.log()
        assert SECRET not in server.log()
