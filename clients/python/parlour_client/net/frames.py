"""Events of a batch in one packet: the feature `frames` (protocol section 4, `frame`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from parlour_client.ports import Dial, Receive, Socket

FEATURES = ("frames", "steps")
"""What the handshake asks for; `rooms/replica.py` takes the steps."""


class FramedDial:
    """Opens sockets that ask for frames, and unpacks them; implements `parlour_client.ports.Dial`.

    Args:
        dial: opens the sockets.
    """

    def __init__(self, dial: Dial) -> None:
        self._dial = dial

    async def __call__(self, auth: Mapping[str, Any], receive: Receive) -> Socket:
        unpacking = _Unpacking(receive)
        socket = await self._dial({**auth, "features": list(FEATURES)}, unpacking.receive)
        return FramedSocket(socket, unpacking)


class _Unpacking:
    """What arrives on one socket.

    Attributes:
        framed: the server serves frames, so requests carry a number.
        acks: who waits for the ack of which number.
    """

    def __init__(self, receive: Receive) -> None:
        self.framed = False
        self.acks: dict[int, Callable[[Any], None]] = {}
        self._receive = receive

    def receive(self, event: str, data: Any) -> None:
        """Handle an event, and the events inside a frame in their order."""
        if event == "frame":
            for name, inner in data["packets"]:
                self.receive(name, inner)
        elif event == "ack":
            if (acked := self.acks.pop(data["n"], None)) is not None:
                acked(data["answer"])
        else:
            if event == "welcome":
                self.framed = "frames" in data.get("features", ())
            self._receive(event, data)


class FramedSocket:
    """A socket whose requests carry a number where the server serves frames."""

    def __init__(self, socket: Socket, unpacking: _Unpacking) -> None:
        self._socket = socket
        self._unpacking = unpacking
        self._numbers = count(1)

    @property
    def connected(self) -> bool:
        return self._socket.connected

    async def emit(self, event: str, data: Mapping[str, Any], acked: Callable[[Any], None] | int) -> None:
        if self._unpacking.framed and not isinstance(acked, int):
            number = next(self._numbers)
            self._unpacking.acks[number] = acked
            acked = number
        await self._socket.emit(event, data, acked)

    async def ended(self) -> None:
        await self._socket.ended()

    async def close(self) -> None:
        await self._socket.close()
