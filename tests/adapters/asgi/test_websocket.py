"""The WebSocket of an ASGI server as a transport: frames in order and at once, and its end is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parlour.adapters.asgi.messages import Message
from parlour.adapters.asgi.websocket import HIGH_BYTES, AsgiTransport
from parlour.adapters.engine.rfc6455 import TEXT, frame_bytes


class Ends(asyncio.Protocol):
    """Remembers how its connection ended."""

    def __init__(self) -> None:
        self.lost: list[Exception | None] = []

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


async def test_client_that_goes_before_it_is_accepted_is_forgotten() -> None:
    async def receive() -> Message:
        return {"type": "websocket.disconnect"}

    async def send(message: Message) -> None:
        raise OSError("The client is gone.")

    transport, protocol = AsgiTransport(receive, send), Ends()
    transport.set_protocol(protocol)
    await transport.run()
    assert [type(each) for each in protocol.lost] == [ConnectionResetError]


class Host:
    """The host's side of a WebSocket: what it took, and whether it takes more."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.takers: set[asyncio.Task[None] | None] = set()
        self.takes = asyncio.Event()
        self.takes.set()
        self.gone = False

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Message) -> None:
        if self.gone:
            raise OSError("The client is gone.")
        self.takers.add(asyncio.current_task())
        await self.takes.wait()
        self.taken.append(message.get("text") or message["type"])


class Writes(Ends):
    """Writes a frame more as soon as everything it wrote was taken."""

    def __init__(self, transport: AsgiTransport) -> None:
        super().__init__()
        self.transport = transport

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None:
        self.transport.write(frame_bytes(TEXT, b"resumed"))


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Host, AsgiTransport, Writes, asyncio.Task[None]]]:
    host = Host()
    transport = AsgiTransport(host.receive, host.send)
    protocol = Writes(transport)
    transport.set_protocol(protocol)
    running = asyncio.ensure_future(transport.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the writing task waits for work
    host.takers.clear()
    async with asyncio.timeout(60):
        yield host, transport, protocol, running
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def texts(*payloads: str) -> bytes:
    return b"".join(frame_bytes(TEXT, payload.encode()) for payload in payloads)


async def test_host_that_takes_at_once_gets_frames_within_write() -> None:
    async with connected() as (host, transport, _, running):
        transport.write(texts("a", "b"))
        assert host.taken == ["websocket.accept", "a", "b"]
        assert asyncio.current_task() not in host.takers, "a send runs as the writing task, whoever writes"
        assert None not in host.takers
        assert running not in host.takers


async def test_frames_stay_in_order_where_the_host_waits() -> None:
    async with connected() as (host, transport, _, running):
        host.takes.clear()
        transport.write(texts("a", "b"))
        transport.write(texts("c"))
        assert (host.taken[1:], transport.get_write_buffer_size()) == ([], 3)
        host.takes.set()
        transport.write(texts("d"))
        transport.close()
        await running
        assert host.taken[1:] == ["a", "b", "c", "d"]
        assert len(host.takers) == 1, "one task sends"
        assert transport.get_write_buffer_size() == 0


async def test_frame_that_is_written_when_the_rest_was_taken_is_sent() -> None:
    async with connected() as (host, transport, _, _running):
        host.takes.clear()
        transport.write(texts("x" * (HIGH_BYTES + 1)))
        host.takes.set()
        while host.taken[-1] != "resumed":
            await asyncio.sleep(0)


async def test_send_that_fails_within_write_ends_the_connection() -> None:
    async with connected() as (host, transport, protocol, running):
        host.gone = True
        transport.write(texts("a", "b"))
        await running
        assert [type(each) for each in protocol.lost] == [ConnectionResetError]
