"""The WebSocket of an ASGI server as a transport: its end is told, whenever it comes."""

from __future__ import annotations

import asyncio

from parlour.adapters.asgi.messages import Message
from parlour.adapters.asgi.websocket import AsgiTransport


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
