"""A broadcast does the same with the native part as without it: order, bytes, and sockets that are gone or TLS.

Every test of this folder runs both ways (conftest.py); these look at what the native part alone could do wrong.
"""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from parlour.adapters.engine import EngineConnection, congested, write_to_all
from parlour.adapters.engine.send_queue import NATIVE, NativePart
from parlour.adapters.engine.websocket import WebSocket
from tests.adapters.engine.lab import CALM, running
from tests.adapters.engine.slow_client import stop_reading


def _socket_of(connection: EngineConnection) -> WebSocket:
    found = connection._send_queue.socket
    assert found is not None
    return found


async def test_bytes_that_the_kernel_does_not_take_follow_in_order() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow, lab.client() as fine:
        stop_reading(slow)
        held, other = lab.handlers.connected
        sent = 0
        while not _socket_of(held).blocked:
            write_to_all(lab.handlers.connected, lab.engine.frame("n", [sent, "x" * 10_000]))
            sent += 1
            assert (await fine.text()).startswith(f'42["n",[{sent - 1},')
        for number in range(sent, sent + 3):  # these wait in the queue
            write_to_all([held, other], lab.engine.frame("n", [number, "y"]))
            await asyncio.sleep(0)
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for number in range(sent + 3):
            assert (await slow.text()).startswith(f'42["n",[{number},')


async def test_more_frames_in_a_turn_than_one_write_takes_stay_in_order() -> None:
    async with running(limits=CALM) as lab, lab.client() as client:
        for number in range(200):
            write_to_all(lab.handlers.connected, lab.engine.frame("n", number))
        assert [await client.text() for _ in range(200)] == [f'42["n",{number}]' for number in range(200)]


async def test_descriptor_of_an_ended_socket_gets_nothing_of_its_frames() -> None:
    async with running(limits=CALM) as lab, lab.client():
        (connection,) = lab.handlers.connected
        ended = _socket_of(connection)
        number = ended.transport.get_extra_info("socket").fileno()
        write_to_all([connection], lab.engine.frame("secret", 1))
        ended.transport.abort()
        ours, other = socket.socketpair()
        with ours, other:
            os.dup2(ours.fileno(), number)  # as when the system gives the number to another socket
            await lab.handlers.until_gone()
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                other.recv(1)


async def test_connection_that_has_ended_is_passed_over() -> None:
    async with running(limits=CALM) as lab, lab.client() as gone, lab.client() as here:
        gone.writer.close()
        await lab.handlers.until_gone()
        write_to_all(lab.handlers.connected, lab.engine.frame("n", 1))
        assert await here.text() == '42["n",1]'


class Foreign:
    """A connection of another engine, or of another node: it has what `runtime.connection.Connection` names only."""

    def __init__(self, congested: bool = False) -> None:
        self.congested = congested
        self.frames: list[tuple[object, bool]] = []

    def write(self, frame: object, *, volatile: bool = False) -> None:
        self.frames.append((frame, volatile))


async def test_connection_of_another_engine_gets_the_broadcast_by_its_write() -> None:
    async with running(limits=CALM) as lab, lab.client() as first, lab.client() as last:
        foreign, (before, after) = Foreign(), lab.handlers.connected
        frame = lab.engine.frame("n", 1)
        write_to_all([before, foreign, after], frame)
        write_to_all([foreign], frame, volatile=True)
        assert foreign.frames == [(frame, False), (frame, True)]
        assert await first.text() == await last.text() == '42["n",1]'


async def test_congested_connections_are_found_among_all_kinds() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow, lab.client():
        stop_reading(slow)
        held, fine = lab.handlers.connected
        foreign, full = Foreign(), Foreign(congested=True)
        assert congested([held, foreign, fine]) == []
        while not held.congested:
            write_to_all([held], lab.engine.frame("n", "x" * 10_000))
            await asyncio.sleep(0)
        assert congested([held, foreign, fine, full]) == [held, full]


async def test_bytes_of_a_broadcast_are_counted() -> None:
    async with running(limits=CALM) as lab, lab.client() as first, lab.client() as second:
        before, frame = lab.engine.stats.bytes_out, lab.engine.frame("n", 1)
        write_to_all(lab.handlers.connected, frame)
        assert await first.text() == await second.text() == '42["n",1]'
        assert lab.engine.stats.bytes_out - before == 2 * frame.size


def test_native_part_of_another_release_is_not_used(caplog: pytest.LogCaptureFixture) -> None:
    class Older:
        def learn(self, *classes: type) -> None:
            raise AttributeError("type object 'WebSocket' has no attribute 'number'")

    held = NativePart(Older())  # type: ignore[arg-type]  # an older one lacks what this one needs
    assert held.part is None
    assert "not of this release" in caplog.text


def test_frame_that_is_none_is_refused(fan_out: str) -> None:
    if fan_out == "native" and NATIVE.part is not None:
        with pytest.raises(TypeError):
            NATIVE.part.enqueue([], b"no frame", False)
