"""When a client is not read: too many unanswered requests, and what it sends meanwhile."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters.engine.lab import (
    CALM,
    TEXT,
    EchoHandlers,
    client_frame,
    running,
)


async def test_unanswered_requests_at_the_limit_stop_reading_and_lose_nothing() -> None:
    acks: list[Callable[[Any], None]] = []
    most, answered = 0, 0

    class Keeping(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None:
            nonlocal most
            acks.append(ack)
            most = max(most, len(acks) - answered)

    async with running(Keeping(), limits=dataclasses.replace(CALM, outstanding=10)) as lab, lab.client() as socket:
        sent = (f'42{number}["post",{number}]' for number in range(1_000))
        socket.writer.write(b"".join(client_frame(TEXT, text.encode()) for text in sent))
        await asyncio.sleep(0.1)
        assert len(acks) == 10
        while answered < 1_000:
            answered += 1
            acks[answered - 1](answered - 1)
            await asyncio.sleep(0)
        for number in range(1_000):
            assert await socket.text() == f"43{number}[{number}]"
    assert most == 10


async def test_ack_never_delivers_the_next_event_inside_its_call() -> None:
    """The caller of an ack may be half through a change, so the next event must not come there."""
    acks: list[Callable[[Any], None]] = []

    class Keeping(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None:
            acks.append(ack)

    async with running(Keeping(), limits=dataclasses.replace(CALM, outstanding=1)) as lab, lab.client() as socket:
        socket.send('421["post"]')
        socket.send('422["post"]')
        await asyncio.sleep(0.05)
        acks[0](1)
        assert len(acks) == 1
        await asyncio.sleep(0.05)
        assert len(acks) == 2


async def test_held_client_that_sends_on_fills_its_own_kernel() -> None:
    class Silent(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None: ...

    async with running(Silent(), limits=dataclasses.replace(CALM, outstanding=1)) as lab, lab.client() as socket:
        for number in range(300):
            socket.send(f'42{number}["post","{"x" * 60_000}"]')
        await asyncio.sleep(0.3)
        assert socket.writer.transport.get_write_buffer_size() > 9_000_000  # of 18 MB


async def test_requests_answered_in_their_handler_do_not_recurse(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(limits=dataclasses.replace(CALM, outstanding=1)) as lab, lab.client() as socket:
        sent = (f'42{number}["other",{number}]' for number in range(3_000))
        socket.writer.write(b"".join(client_frame(TEXT, text.encode()) for text in sent))
        for number in range(3_000):
            assert await socket.text() == f"43{number}[{number}]"
    assert caplog.records == []
