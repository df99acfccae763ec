"""One WebSocket on a transport: frames in, messages to its owner, and an end that always comes."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Protocol, cast

from parlour.adapters.engine.rfc6455 import (
    CLOSE,
    GOING_AWAY,
    NORMAL,
    PING,
    PONG,
    FrameReader,
    WebSocketError,
    close_code,
    close_frame,
    frame_bytes,
)

_ABORT_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Owner(Protocol):
    """Whom a socket belongs to. All calls come from the loop, in the order things happened."""

    def received(self, message: str | bytes) -> None:
        """One text or binary message."""

    def pinged(self, pong: bytes) -> None:
        """A PING came; `pong` answers it and must be written in its turn."""

    def writable(self, ready: bool) -> None:
        """False while bytes wait in the transport; True once all of them are gone."""

    def lost(self, reason: str) -> None:
        """The socket is gone, or as good as gone; called once, and nothing comes after it."""


class Meter(Protocol):
    """Counts bytes."""

    bytes_in: int


class WebSocket(asyncio.Protocol):
    """The server's side of one WebSocket, after the handshake.

    It writes at once what it is given: gathering writes into one per tick is the owner's work.

    Args:
        limit: most bytes of one message.
        close_timeout: seconds the peer has to finish the closing handshake before the transport is aborted.
        meter: told of every byte that arrives.
    """

    __slots__ = (
        "_close_timeout",
        "_closing",
        "_lost",
        "_meter",
        "_paused",
        "_reader",
        "_reading",
        "_timer",
        "blocked",
        "owner",
        "transport",
    )

    def __init__(self, owner: Owner, *, limit: int, close_timeout: float, meter: Meter) -> None:
        self.owner = owner
        self._reader = FrameReader(limit)
        self._close_timeout = close_timeout
        self._meter = meter
        self._closing = False
        self._lost = False
        self._paused = False
        self._reading = False
        self._timer: asyncio.TimerHandle | None = None
        self.blocked = False
        self.transport: asyncio.Transport

    def adopt(self, transport: asyncio.Transport) -> None:
        """Take a transport over from whoever read the request."""
        self.transport = transport
        # `pause_writing` then means that bytes are waiting, and uvloop writes without queueing first. Not 0: TLS
        # transports compare with >=, and would call an empty buffer full.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.adopt(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        self._meter.bytes_in += len(data)
        if self._lost:
            return
        if not self._paused and not self._closing:
            text = self._reader.whole_text(data)
            if text is not None:
                self.owner.received(text)
                return
        self._reader.feed(data)
        if self._paused:
            self.transport.pause_reading()
        elif not self._reading:
            self._read()

    def _read(self) -> None:
        reader = self._reader
        self._reading = True
        try:
            while not self._paused:
                message = reader.next()
                if message is None:
                    return
                opcode, payload = message
                if opcode < CLOSE:
                    if not self._closing:
                        self.owner.received(payload)
                elif opcode == PING:
                    if not self._closing:
                        self.owner.pinged(frame_bytes(PONG, cast(bytes, payload)))
                elif opcode == CLOSE:
                    self._peer_closed(cast(bytes, payload))
                    return
        except WebSocketError as error:
            self.close(error.code)
            self._gone("transport error")
        finally:
            self._reading = False

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport; a transport that is closing takes none (uvloop raises on a closed one)."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def waiting(self) -> int:
        """Bytes the transport holds because the peer does not read them."""
        return self.transport.get_write_buffer_size()

    def pause(self) -> None:
        """Deliver nothing until `resume`. The transport is paused only when more arrives: most pauses are short."""
        self._paused = True

    def resume(self) -> None:
        if not self._paused:
            return
        self._paused = False
        if not self.transport.is_closing():
            self.transport.resume_reading()
        if not self._reading and not self._lost:
            self._read()

    def close(self, code: int = NORMAL) -> None:
        """Say goodbye; the transport goes when the peer answers, or after the timeout."""
        if self._closing:
            return
        self._closing = True
        if self.transport.is_closing():
            return
        self.transport.write(close_frame(code))
        self._arm_abort()
        self.resume()

    def expire(self) -> None:
        """Nothing more will be written: close when all is read, or abort after the timeout."""
        if not self.blocked:
            self.close(GOING_AWAY)
        else:
            self._arm_abort()

    def abort(self) -> None:
        """Drop the transport now. Without the linger the peer would hear of it only after the bytes it never reads."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and not self.transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT_ON_CLOSE)
        self.transport.abort()

    def _peer_closed(self, payload: bytes) -> None:
        code = close_code(payload)
        if not self._closing:
            self._closing = True
            self.write(close_frame(code))
        self.transport.close()
        self._arm_abort()
        self._gone("transport close" if code in (NORMAL, GOING_AWAY) else "transport error")

    def _arm_abort(self) -> None:
        """`close()` waits for the peer to read what is buffered; it may never do."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._close_timeout, self.abort)

    def pause_writing(self) -> None:
        self.blocked = True
        self.owner.writable(False)

    def resume_writing(self) -> None:
        self.blocked = False
        self.owner.writable(True)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._gone("transport error" if exc else "transport close")

    def _gone(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self.owner.lost(reason)
