"""The bus between processes of one machine, over a Unix socket: for `serve --workers` where there is no Redis.

The parent of the workers runs the `BusBroker`. A frame is its length (4 bytes), the length of the channel (2 bytes),
the channel, and the message; the first frame of a connection names the channels that it listens on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import structlog

from parlour.runtime.cluster.bus import OnMessage, OnState

log = structlog.get_logger()

MOST_WAITING = 64 * 1024 * 1024
"""Bytes that may wait for a process that does not read; then its connection ends, and it reads the store instead."""
AGAIN_SECONDS = 0.2
"""Between two tries to connect: the parent lives as long as its workers."""
SEPARATOR = "\n"
"""Between the channels of the first frame, which is answered by an empty one."""


def framed(channel: str, message: bytes) -> bytes:
    """Encode one frame."""
    name = channel.encode()
    return (2 + len(name) + len(message)).to_bytes(4, "big") + len(name).to_bytes(2, "big") + name + message


class _Frames:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def take(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        self._buffer += data
        buffer, at = self._buffer, 0
        while len(buffer) >= at + 4 and len(buffer) >= (end := at + 4 + int.from_bytes(buffer[at : at + 4], "big")):
            named = at + 6 + int.from_bytes(buffer[at + 4 : at + 6], "big")
            yield buffer[at + 6 : named].decode(), bytes(buffer[named:end])
            at = end
        del buffer[:at]


class BusBroker:
    """Hands each message to the connections that listen on its channel."""

    def __init__(self) -> None:
        self._connections: set[_Listening] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        """Listen on a Unix socket that nobody but this user may open; its folder must be private."""
        self._server = await asyncio.get_running_loop().create_unix_server(lambda: _Listening(self._connections), path)
        path.chmod(0o600)

    def close(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for each in list(self._connections):
            each.close()


class _Listening(asyncio.Protocol):
    """A connection of the broker."""

    def __init__(self, all_: set[_Listening]) -> None:
        self.channels: frozenset[str] | None = None
        self._all, self._frames = all_, _Frames()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._all.discard(self)

    def data_received(self, data: bytes) -> None:
        for channel, message in self._frames.take(data):
            if self.channels is None:
                self.channels = frozenset(message.decode().split(SEPARATOR))
                self.send(framed("", b""))
                continue
            frame = framed(channel, message)
            for each in list(self._all):
                if each.channels is not None and channel in each.channels:
                    each.send(frame)

    def send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame)
            if self._transport.get_write_buffer_size() > MOST_WAITING:
                log.warning("bus.slow_reader")
                self._transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class UnixBus(asyncio.Protocol):
    """Implements Bus over a BusBroker's socket."""

    def __init__(self, path: Path) -> None:
        self.connected = False
        self._path = path
        self._channels: Sequence[str] = ()
        self._on_message: OnMessage = lambda channel, message: None
        self._on_state: OnState = lambda connected: None
        self._frames = _Frames()
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def problem(self) -> str:
        return "" if self.connected else f"Nobody answers on {self._path}."

    def start(self, channels: Sequence[str], on_message: OnMessage, on_state: OnState) -> None:
        self._channels, self._on_message, self._on_state = channels, on_message, on_state
        self._task = asyncio.get_running_loop().create_task(self._run(), name="unix bus")

    def publish(self, channel: str, message: bytes) -> None:
        if self._transport is not None and self.connected:
            self._transport.write(framed(channel, message))

    async def close(self) -> None:
        self._on_message, self._on_state = lambda channel, message: None, lambda connected: None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    async def _run(self) -> None:
        while True:
            self._lost.clear()
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().create_unix_connection(lambda: self, str(self._path))
                await self._lost.wait()
            await asyncio.sleep(AGAIN_SECONDS)

    # ── asyncio.Protocol ─────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say which channels are wanted."""
        self._transport, self._frames = cast(asyncio.Transport, transport), _Frames()
        self._transport.write(framed("", SEPARATOR.join(self._channels).encode()))

    def data_received(self, data: bytes) -> None:
        """Hand messages over; the first frame says that the channels are listened on."""
        for channel, message in self._frames.take(data):
            if self.connected:
                self._on_message(channel, message)
            else:
                self._change(True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that messages are lost from now on."""
        self._transport = None
        self._lost.set()
        if self.connected:
            self._change(False)

    def _change(self, connected: bool) -> None:
        self.connected = connected
        self._on_state(connected)
