"""Handshakes, direct and through aiohttp: queries, methods, load, and what is logged."""

import asyncio
import dataclasses
import json
import logging
from functools import partial

import aiohttp
import pytest

from parlour.adapters.engine.admission import AdmissionPolicy
from parlour.adapters.http.access_log import LINE
from tests.adapters.engine.lab import (
    CALM,
    QUICK,
    Lab,
    running,
)
from tests.bounds import engine_limits


async def test_polling_handshake_opens_session(lab: Lab) -> None:
    url = f"{lab.url}/socket.io/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        body = await response.text()
    assert body[0] == "0"
    opened = json.loads(body[1:])
    assert opened == {
        "sid": opened["sid"],
        "upgrades": ["websocket"],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": QUICK.body_bytes,
    }
    assert len(opened["sid"]) == 20


async def test_websocket_handshake_opens_session(lab: Lab) -> None:
    async with lab.websocket() as socket:
        assert socket.status == 101
        assert b"sec-websocket-extensions" not in socket.head.lower()
        opened = json.loads((await socket.text())[1:])
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == ([], 300, 200)


async def test_open_packet_announces_intervals_in_milliseconds() -> None:
    async with running(limits=engine_limits()) as lab, lab.websocket() as socket:
        opened = json.loads((await socket.text())[1:])
        assert (opened["pingInterval"], opened["pingTimeout"]) == (25_000, 20_000)


async def test_handshake_agrees_to_no_compression(lab: Lab) -> None:
    async with lab.websocket(headers="Sec-WebSocket-Extensions: permessage-deflate\r\n") as socket:
        assert socket.status == 101
        assert b"extensions" not in socket.head.lower()


BAD_QUERIES = [
    ("transport=polling", 5),
    ("EIO=abc&transport=polling", 5),
    ("EIO=3&transport=polling", 5),
    ("EIO=4", 0),
    ("EIO=4&transport=abc", 0),
    ("EIO=4&transport=constructor", 0),
    ("EIO=4&transport=polling&sid=unknown", 1),
    ("EIO=4&transport=polling&j=0", 3),
]


@pytest.mark.parametrize(("query", "code"), BAD_QUERIES)
async def test_bad_query_on_polling_is_400(lab: Lab, query: str, code: int) -> None:
    async with lab.polling() as poller:
        status, body = await poller.get(f"{lab.url}/socket.io/?{query}")
    answer = json.loads(body)
    assert (status, answer["code"]) == (400, code)
    assert answer["error"]["code"] == "invalid"


@pytest.mark.parametrize(("query", "code"), BAD_QUERIES)
async def test_bad_query_on_websocket_is_400(lab: Lab, query: str, code: int) -> None:
    async with lab.websocket(query.replace("polling", "websocket")) as socket:
        assert socket.status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_handshake_by_another_method_is_400(lab: Lab, method: str) -> None:
    async with lab.polling() as poller:
        async with poller.http.request(method, f"{lab.url}/socket.io/?EIO=4&transport=polling") as response:
            assert response.status == 400
            assert (await response.json())["code"] == 2
        if method != "POST":
            async with poller.http.request(method, poller.url) as response:
                assert response.status == 400


@pytest.mark.parametrize("front", [True, False])
async def test_websocket_for_polling_transport_is_400(front: bool) -> None:
    async with running(front=front) as lab, lab.websocket("EIO=4&transport=polling") as socket:
        assert socket.status == 400
        assert lab.engine.sessions == {}


async def test_handshake_while_draining_is_503_with_retry_after() -> None:
    async with running(limits=CALM) as lab, lab.client() as inside:
        lab.engine.refuse(retry_after=2_500)
        async with lab.websocket() as socket:
            assert socket.status == 503
            assert b"Retry-After: 3" in socket.head
        url = f"{lab.url}/socket.io/?EIO=4&transport=polling"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "3"
            assert (await response.json())["error"] == {
                "code": "unavailable",
                "message": "The server is restarting; come back.",
                "retryable": True,
                "retryAfter": 2_500,
            }
        inside.send('42["message","still served"]')
        assert await inside.text() == '42["message-back","still served"]'
        lab.engine.admit()
        async with lab.client():
            pass


async def test_handshake_at_a_full_engine_is_503_until_there_is_room() -> None:
    async with running(limits=dataclasses.replace(CALM, connections=1)) as lab:
        async with lab.client(), lab.websocket() as second:
            assert second.status == 503
        await lab.handlers.until_gone()
        async with lab.client():
            pass


async def test_handshake_while_too_many_connect_is_503() -> None:
    async with running(limits=dataclasses.replace(CALM, connecting=2)) as lab:
        lab.handlers.gate = asyncio.Event()
        async with lab.websocket(greeted=True) as first, lab.websocket(greeted=True) as second:
            first.send("40")
            second.send("40")
            await asyncio.sleep(0.05)
            async with lab.websocket() as third:
                assert third.status == 503
            lab.handlers.gate.set()
            await first.text(), await second.text()
            async with lab.client():
                pass


async def test_handshake_is_logged_in_one_line_without_its_sid(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_handshake = partial(logging.getLogger("access").info, LINE)
    policy = AdmissionPolicy(origins=["https://app.example"])
    async with running(limits=CALM, policy=policy, log_handshake=log_handshake) as lab, lab.polling() as poller:
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}"):
            pass
        async with lab.websocket(headers="Origin: https://evil.example\r\n"):
            pass
        lines = [record.getMessage() for record in caplog.records if record.name == "access"]
    assert lines == ['127.0.0.1 "GET /socket.io/" 101', '127.0.0.1 "GET /socket.io/" 403']
