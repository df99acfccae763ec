"""The WebSocket of an ASGI server as a transport: every frame is sent, and its end is told, whenever it comes."""

from __future__ import annotations

import asyncio

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


class Resumes(Ends):
    """Writes a frame more as soon as everything it wrote was taken."""

    def __init__(self, transport: AsgiTransport) -> None:
        super().__init__()
        self.transport = transport

    def pause_writing(self) -> None:
        """Wait for `resume_writing`."""

    def resume_writing(self) -> None:
        self.transport.write(frame_bytes(TEXT, b"resumed"))


async def test_frame_that_is_written_when_the_rest_was_taken_is_sent() -> None:
    taken: list[str] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        taken.append(message.get("text") or message["type"])

    transport = AsgiTransport(receive, send)
    transport.set_protocol(Resumes(transport))
    running = asyncio.ensure_future(transport.run())
    async with asyncio.timeout(60):
        transport.write(frame_bytes(TEXT, b"x" * (HIGH_BYTES + 1)))
        while taken[-1:] != ["resumed"]:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
