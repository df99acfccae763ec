"""Sessions: heartbeats, silence and timeouts, on both transports."""

import asyncio
import dataclasses
import time
from itertools import pairwise
from statistics import median

import pytest

from tests.adapters.engine.lab import (
    CALM,
    QUICK,
    TEXT,
    Lab,
    running,
)


async def test_ping_on_websocket_comes_at_the_interval(lab: Lab) -> None:
    loop = asyncio.get_running_loop()
    async with lab.client() as socket:
        pings = [loop.time()]
        for _ in range(3):
            assert await socket.message() == (TEXT, "2")
            pings.append(loop.time())
            socket.send("3")
    # A machine that is paused makes one gap long and the next one short.
    assert 0.25 < median(after - before for before, after in pairwise(pings)) < 0.45


async def test_ping_on_polling_comes_and_is_answered(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        for _ in range(3):
            assert await poller.get() == (200, "2")
            assert await poller.post("3") == (200, "ok")


async def test_silent_websocket_is_closed(lab: Lab) -> None:
    async with lab.client() as socket:
        started = asyncio.get_running_loop().time()
        await socket.closed()
        assert 0.4 < asyncio.get_running_loop().time() - started < 3
    assert await lab.handlers.until_gone() == ["ping timeout"]


async def test_silent_poller_is_removed(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        assert await lab.handlers.until_gone() == ["ping timeout"]
        await asyncio.sleep(QUICK.close_timeout + 0.1)
        assert (await poller.get())[0] == 400
    assert lab.engine.sessions == {}


async def test_unasked_pongs_neither_multiply_nor_delay_pings(lab: Lab) -> None:
    async with lab.client() as socket:
        for _ in range(20):
            socket.send("3")
        await asyncio.sleep(0.2)
        socket.send("3")
        assert await socket.message(0.2) == (TEXT, "2"), "an unasked pong does not delay the next ping"
        socket.send("3")
        with pytest.raises(TimeoutError):
            await socket.message(0.2)


async def test_transport_that_never_connects_is_closed() -> None:
    limits = dataclasses.replace(CALM, connect_timeout=0.2)
    async with running(limits=limits) as lab, lab.websocket(greeted=True) as socket, lab.polling() as poller:
        await socket.closed()
        await lab.handlers.until_empty()
        assert (await poller.get())[0] == 400


async def test_transport_left_without_a_namespace_is_closed() -> None:
    limits = dataclasses.replace(CALM, connect_timeout=0.3)
    async with running(limits=limits) as lab, lab.client() as socket:
        await asyncio.sleep(0.4)
        socket.send("41")
        await lab.handlers.until_gone()
        await socket.closed()
        await lab.handlers.until_empty()


async def test_connected_client_outlives_the_connect_timeout() -> None:
    async with running(limits=dataclasses.replace(CALM, connect_timeout=0.1)) as lab, lab.client() as socket:
        await asyncio.sleep(0.3)
        socket.send('42["message",1]')
        assert await socket.text() == '42["message-back",1]'
        assert lab.handlers.connected[0].headers == {}


async def test_stall_of_the_server_disconnects_nobody() -> None:
    limits = dataclasses.replace(CALM, ping_interval=0.2, ping_timeout=0.3)
    async with running(limits=limits) as lab, lab.client() as socket:
        assert (await socket.message())[1] == "2"
        socket.send("3")
        await socket.writer.drain()
        time.sleep(0.9)  # the loop is blocked; the pong waits in the kernel
        for _ in range(3):
            assert (await socket.message())[1] == "2"
            socket.send("3")
        assert lab.handlers.gone == []


async def test_client_that_is_not_read_is_not_closed_for_silence() -> None:
    limits = dataclasses.replace(CALM, ping_interval=0.1, ping_timeout=0.1, connect_timeout=5.0)
    async with running(limits=limits) as lab, lab.websocket(greeted=True) as socket:
        lab.handlers.gate = asyncio.Event()
        socket.send("40")
        assert (await socket.message())[1] == "2"
        socket.send("3")
        await asyncio.sleep(0.6)  # the connect handler still runs; the pong waits unread
        lab.handlers.gate.set()
        assert (await socket.text()).startswith("40{")
