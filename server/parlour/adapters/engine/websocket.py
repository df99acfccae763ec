"""Serve one WebSocket on an asyncio transport (RFC 6455): frames in, messages to its owner."""

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

_RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""`struct linger` with a time of 0: closing the socket discards unsent bytes and sends RST."""


class SocketOwner(Protocol):
    """Handles what a WebSocket receives; called on the event loop, in the order of what happened."""

    def received(self, message: str | bytes) -> None:
        """Handle one text (str) or binary (bytes) message."""

    def pinged(self, pong: bytes) -> None:
        """Handle a PING; `pong` is the frame that answers it and must be written in its turn."""

    def writable(self, ready: bool) -> None:
        """Note False while bytes wait in the transport, and True once all of them are gone."""

    def lost(self, reason: str) -> None:
        """Handle the end of the socket; called once, and nothing is called after it."""


class ByteCounter(Protocol):
    """Counts the bytes that sockets receive."""

    bytes_in: int


class WebSocket(asyncio.Protocol):
    """The server's side of one WebSocket, after the handshake.

    It writes at once what it is given; joining writes into one for each turn of the loop is the owner's work.

    Attributes:
        owner: handles what arrives; an upgrade from polling replaces it.
        blocked: bytes wait in the transport because the peer does not read them.
        fd: the descriptor to write to past the transport while that is open and holds nothing (native.py); -1 for TLS.
        transport: the TCP or TLS transport, set by `adopt`.

    Args:
        limit: most bytes of one message.
        close_timeout: seconds the peer has to finish the closing handshake before the transport is aborted.
        counter: counts every byte that arrives.
    """

    __slots__ = (
        "_close_timeout",
        "_closing",
        "_counter",
        "_lost",
        "_paused",
        "_reader",
        "_reading",
        "_timer",
        "blocked",
        "fd",
        "owner",
        "transport",
    )

    def __init__(self, owner: SocketOwner, *, limit: int, close_timeout: float, counter: ByteCounter) -> None:
        self.owner = owner
        self.blocked = False
        self.fd = -1
        self.transport: asyncio.Transport
        self._reader = FrameReader(limit)
        self._close_timeout = close_timeout
        self._counter = counter
        self._closing = False  # a close frame was sent
        self._lost = False  # the owner heard of the end
        self._paused = False  # the owner wants no messages
        self._reading = False  # `_read` is running, and must not be entered again
        self._timer: asyncio.TimerHandle | None = None  # aborts a peer that does not close

    def adopt(self, transport: asyncio.Transport) -> None:
        """Take a transport over from the protocol that read the HTTP request."""
        self.transport = transport
        # With high=1, `pause_writing` means that bytes are waiting, and uvloop writes without queueing first. Not 0:
        # TLS transports compare with >= and would report an empty buffer as full.
        transport.set_write_buffer_limits(high=1, low=0)
        transport.set_protocol(self)
        sock = transport.get_extra_info("socket")
        if sock is not None and transport.get_extra_info("sslcontext") is None:
            self.fd = sock.fileno()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Adopt the transport (`asyncio.Protocol`)."""
        self.adopt(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        """Deliver the messages in these bytes (`asyncio.Protocol`)."""
        self._counter.bytes_in += len(data)
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
                message = reader.next_message()
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
            self._report_lost("transport error")
        finally:
            self._reading = False

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport. A closing transport gets none, because uvloop raises on a closed one."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def unsent_bytes(self) -> int:
        """Return how many bytes the transport holds because the peer does not read them."""
        return self.transport.get_write_buffer_size()

    def pause(self) -> None:
        """Deliver nothing until `resume`.

        The transport is paused only when more arrives, because most pauses are short.
        """
        self._paused = True

    def resume(self) -> None:
        """Deliver what arrived since `pause`, and go on."""
        if not self._paused:
            return
        self._paused = False
        if not self.transport.is_closing():
            self.transport.resume_reading()
        if not self._reading and not self._lost:
            self._read()

    def close(self, code: int = NORMAL) -> None:
        """Send a close frame (§5.5.1); the transport closes when the peer answers, or after the timeout."""
        if self._closing:
            return
        self._closing = True
        if self.transport.is_closing():
            return
        self.transport.write(close_frame(code))
        self._abort_later()
        self.resume()

    def close_when_sent(self) -> None:
        """Close at once if nothing waits to be sent; else leave it to the owner, but abort after the timeout."""
        if not self.blocked:
            self.close(GOING_AWAY)
        else:
            self._abort_later()

    def abort(self) -> None:
        """Drop the connection now, with RST.

        A FIN would reach the peer only after the bytes that it does not read.
        """
        sock = self.transport.get_extra_info("socket")
        if sock is not None and not self.transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    def _peer_closed(self, payload: bytes) -> None:
        code = close_code(payload)
        if not self._closing:
            self._closing = True
            self.write(close_frame(code))
        self.transport.close()
        self._abort_later()
        self._report_lost("transport close" if code in (NORMAL, GOING_AWAY) else "transport error")

    def _abort_later(self) -> None:
        """Abort after the timeout: a transport's `close()` waits for the peer to read, which may never be."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._close_timeout, self.abort)

    def pause_writing(self) -> None:
        """Note that bytes wait in the transport (`asyncio.Protocol`)."""
        self.blocked = True
        self.owner.writable(False)

    def resume_writing(self) -> None:
        """Note that the transport has sent everything (`asyncio.Protocol`)."""
        self.blocked = False
        self.owner.writable(True)

    def eof_received(self) -> bool:
        """Let the transport close: a half-closed WebSocket is of no use (`asyncio.Protocol`)."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end of the transport to the owner (`asyncio.Protocol`)."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._report_lost("transport error" if exc else "transport close")

    def _report_lost(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self.owner.lost(reason)
