"""A small Socket.IO client that can play: it reads no more of a packet than it needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any


class Wire(asyncio.Protocol):
    """A small Socket.IO client that can play: it sends frames and calls back for each frame it hears."""

    def __init__(
        self, token: str, port: int, frames: bool = False, path: str = "/socket.io", namespace: str = ""
    ) -> None:
        """Args:
        frames: ask for the events of a batch in one packet, as the SDKs do.
        namespace: of the server; "" is the main one.
        """
        self._prefix = f"{namespace}," if namespace else ""
        self._hello = (
            f"GET {path}/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        self._auth = {"token": token, "features": ["frames"]} if frames else {"token": token}
        self._framed = frames
        self._buffer = b""
        self._open = False
        self._number = 0
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_ack: Callable[[bytes], None] = lambda frame: None
        self.on_state: Callable[[], None] = lambda: None
        self.on_signal: Callable[[], None] = lambda: None

    def connection_made(self, transport: Any) -> None:
        """Ask for the WebSocket upgrade."""
        self._transport = transport
        transport.write(self._hello)

    def send(self, text: str) -> None:
        """Send a text frame."""
        data = text.encode()
        head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else b"\x81\xfe" + len(data).to_bytes(2, "big")
        self._transport.write(head + b"\0\0\0\0" + data)  # a mask of zeros leaves the text as it is

    def ask(self, event: str, data: dict[str, Any]) -> asyncio.Future[Any]:
        """Send a request; the answer is its ack."""
        self._number += 1
        self._acks[self._number] = future = asyncio.get_running_loop().create_future()
        self.request(self._number, event, data)
        return future

    def request(self, number: int, event: str, data: dict[str, Any]) -> None:
        """Send a request that is to be answered under this number."""
        if self._framed:
            self.send(f"42{self._prefix}{json.dumps([event, data, number])}")
        else:
            self.send(f"42{self._prefix}{number}{json.dumps([event, data])}")

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into frames."""
        buffer = self._buffer + data
        if not self._open:
            head, end, buffer = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            self._open = True
        while len(buffer) >= 2:
            size, start = buffer[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(buffer[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(buffer[2:10], "big"), 10
            if len(buffer) < start + size or len(buffer) < start:
                break
            self._frame(buffer[start : start + size])
            buffer = buffer[start + size :]
        self._buffer = buffer

    def _frame(self, frame: bytes) -> None:
        if self._prefix and frame.startswith(b"4"):
            frame = frame[:2] + frame[2 + len(self._prefix) :]
        if frame.startswith(b'42["state"'):
            self.on_state()
        elif frame.startswith(b'42["signal"'):
            self.on_signal()
        elif frame.startswith((b'42["frame"', b'42["ack"')):
            self._unpack(frame)
        elif frame.startswith(b"43"):
            bracket = frame.index(b"[")
            waiting = self._acks.pop(int(frame[2:bracket]), None)
            if waiting is None:
                self.on_ack(frame)
            else:
                waiting.set_result(json.loads(frame[bracket:])[0])
        elif frame.startswith(b"0"):
            self.send(f"40{self._prefix}{json.dumps(self._auth)}")
        elif frame.startswith(b"40"):
            self.ready.set_result(None)
        elif frame == b"2":
            self.send("3")

    def _unpack(self, frame: bytes) -> None:
        """Find acks and states in a frame, as cheaply as they are found without one."""
        start = frame.find(b'["ack",{"n":')
        if start >= 0:
            comma = frame.index(b",", start + 12)
            waiting = self._acks.pop(int(frame[start + 12 : comma]), None)
            if waiting is None:
                self.on_ack(frame)
            else:
                answer, _ = json.JSONDecoder().raw_decode(frame[comma + len(b',"answer":') :].decode())
                waiting.set_result(answer)
        if b'["state",' in frame:
            self.on_state()


async def connect(
    port: int, tokens: Sequence[str], frames: bool = False, path: str = "/socket.io", namespace: str = ""
) -> list[Wire]:
    """Connect and sign in one client for each token."""
    loop, wires = asyncio.get_running_loop(), []
    for token in tokens:
        made = partial(Wire, token, port, frames, path, namespace)
        _, wire = await loop.create_connection(made, "127.0.0.1", port)
        await wire.ready
        wires.append(wire)
    return wires
