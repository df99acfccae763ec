"""CONNECT and namespaces of Socket.IO v5: accepted, refused, failed, and what may come before."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from tests.adapters.engine.lab import (
    Lab,
    running,
)
from tests.bounds import engine_limits


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running(limits=engine_limits()) as lab:
        yield lab


async def test_connect_is_answered_with_a_public_id_before_other_frames(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send('40{"token":"123"}')
        answer = await socket.text()
        assert await socket.text() == '42["auth",{"token":"123"}]'
    assert answer.startswith("40{")
    sid = json.loads(answer[2:])["sid"]
    assert sid == lab.handlers.connected[0].id
    assert sid not in lab.engine.sessions, "the Engine.IO sid is a secret"


async def test_custom_namespace_is_connected_beside_the_main_one(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('40/custom,{"token":"abc"}')
        assert (await socket.text()).startswith('40/custom,{"sid":')
        assert await socket.text() == '42/custom,["auth",{"token":"abc"}]'
        socket.send("41/custom")
        socket.send('42["message","to main"]')
        assert await socket.text() == '42["message-back","to main"]'
    assert lab.handlers.gone[0][1] == "client namespace disconnect"


async def test_unknown_namespace_is_refused(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send("40/random")
        assert await socket.text() == '44/random,{"message":"Invalid namespace"}'
        socket.send("40")
        assert (await socket.text()).startswith("40{")


async def test_refused_connect_carries_its_data(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send('40{"token":"bad"}')
        assert json.loads((await socket.text())[2:]) == {
            "message": "Sign in first.",
            "data": {"code": "unauthorized", "message": "Sign in first."},
        }
    assert lab.handlers.gone == []


async def test_failed_connect_handler_drops_the_transport(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send('40{"token":"broken"}')
        assert await socket.closed() == 1001
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "the connect handler failed"
    ]


@pytest.mark.parametrize(
    "packet",
    [
        '42["message",1]',
        "41",
        '43["x"]',
        '430["x"]',
        '42/custom,["message",1]',
        '452-["message"]',
        '461-0[{"_placeholder":true,"num":0}]',
        "40",
        "4abc",
        "42{}",
    ],
)
async def test_packet_before_connect_closes(lab: Lab, packet: str) -> None:
    async with lab.websocket(greeted=True) as socket:
        if packet == "40":  # a second CONNECT
            socket.send("40")
        socket.send(packet)
        await socket.closed()
    assert lab.handlers.events == []


async def test_event_sent_before_the_answer_waits_for_it(lab: Lab) -> None:
    lab.handlers.gate = asyncio.Event()
    async with lab.websocket(greeted=True) as socket:
        socket.send("40")
        socket.send('42["message",1]')
        await asyncio.sleep(0.05)
        assert lab.handlers.events == []
        lab.handlers.gate.set()
        assert (await socket.text()).startswith("40{")
        assert (await socket.text()).startswith('42["auth"')
        assert await socket.text() == '42["message-back",1]'


async def test_client_that_leaves_during_connect_ends_exactly_once(lab: Lab) -> None:
    lab.handlers.gate = asyncio.Event()
    async with lab.websocket(greeted=True) as socket:
        socket.send("40")
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.05)
    assert lab.handlers.gone == []
    lab.handlers.gate.set()
    assert await lab.handlers.until_gone() == ["transport close"]
    await asyncio.sleep(0.05)
    assert len(lab.handlers.gone) == 1


@pytest.mark.parametrize("packet", ['431["x"]', "43/custom,1[]", '461-1[{"_placeholder":true,"num":0}]', "41/custom"])
async def test_packet_for_a_namespace_before_its_connect_closes(lab: Lab, packet: str) -> None:
    elsewhere = "/custom" in packet
    async with lab.client() as socket:
        socket.send(packet)
        if packet[1] == "6":
            socket.send(b"x")
        socket.send('421["other",1]')
        if elsewhere:
            await socket.closed()
        else:  # an acknowledgement of nothing
            assert await socket.text() == "431[1]"


async def test_disconnected_client_may_connect_again(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send("41")
        assert await lab.handlers.until_gone() == ["client namespace disconnect"]
        socket.send("40")
        assert (await socket.text()).startswith("40{")
