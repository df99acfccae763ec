"""A WebSocket of an ASGI server, as the transport of an engine's WebSocket ("WebSocket" in ASGI's HTTP spec)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Any, cast

from parlour.adapters.asgi.messages import Message, Receive, Scope, Send, headers_of
from parlour.adapters.engine.admission import Refused, RequestHead
from parlour.adapters.engine.endpoint import Endpoint
from parlour.adapters.engine.front import parse_query
from parlour.adapters.engine.polling import refusal_response
from parlour.adapters.engine.rfc6455 import BINARY, CLOSE, NORMAL, TEXT, frame_bytes

HIGH_BYTES = 65_536
"""Bytes on their way through the host above which a client counts as one that does not read: two full TCP windows of a
phone. Below it a burst of one loop turn is no reason to hold anything back."""
REFUSED = 1008
"""Close code of a refusal before the handshake (RFC 6455 §7.4.1, policy); hosts answer it with 403."""


async def serve_websocket(endpoint: Endpoint, path: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket until it ends.

    Args:
        path: what is asked for, below the application's own path.
    """
    await receive()  # websocket.connect
    client = scope.get("client")
    query = parse_query(scope["query_string"].decode("latin-1"))
    head = RequestHead("GET", path, query, dict(headers_of(scope)), client[0] if client else "")
    transport = AsgiTransport(receive, send)
    try:
        endpoint.accept_websocket(head, transport, lambda request: b"")
    except Refused as refusal:
        endpoint.log_handshake(head, refusal.status)
        await _refuse(refusal, scope, send)
        return
    await transport.run()


async def _refuse(refusal: Refused, scope: Scope, send: Send) -> None:
    """Answer with the refusal's status where the host can ("Websocket Denial Response"), else close."""
    if "websocket.http.response" not in scope.get("extensions", ()):
        await send({"type": "websocket.close", "code": REFUSED, "reason": refusal.message})
        return
    answer = refusal_response(refusal)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})


class AsgiTransport(asyncio.Transport):
    """Passes the frames that an engine's WebSocket writes to the host, and feeds it what the host receives.

    Args:
        receive, send: of the WebSocket's scope, of which `websocket.connect` was received.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        super().__init__()
        self._receive = receive
        self._send = send
        self._outgoing: deque[tuple[Message, int]] = deque()
        self._unsent = 0  # bytes in `_outgoing`, and of the message that the host is taking now
        self._blocked = False  # the protocol was told to pause
        self._ending = False
        self._aborted = asyncio.Event()
        self._has_work = asyncio.Event()
        self._readable = asyncio.Event()
        self._readable.set()
        self._protocol: asyncio.Protocol

    async def run(self) -> None:
        """Accept the WebSocket and carry its messages until one side ends it."""
        ways: list[asyncio.Future[Any]] = []
        error: Exception | None = ConnectionResetError("The host ended the connection.")
        try:
            await self._send({"type": "websocket.accept"})
            ways += map(asyncio.ensure_future, (self._write_on(), self._read_on(), self._aborted.wait()))
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            ends = [way.exception() for way in done]
            if None in ends:
                error = None
            elif not isinstance(ends[0], OSError):
                raise cast(BaseException, ends[0])
        except OSError:
            pass  # the client went before it was accepted
        finally:
            self._ending = True
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._protocol.connection_lost(error)

    async def _write_on(self) -> None:
        """Send what is written, until a close frame was sent, or the transport was closed or aborted."""
        while True:
            while self._outgoing:
                message, size = self._outgoing.popleft()
                await self._send(message)
                self._unsent -= size
                if message["type"] == "websocket.close":
                    return
            self._resume_protocol()
            if self._outgoing:
                continue
            if self._ending:
                return
            self._has_work.clear()
            await self._has_work.wait()

    async def _read_on(self) -> None:
        """Feed the protocol what arrives, as fast as it reads; raises ConnectionError where the peer broke off."""
        while True:
            await self._readable.wait()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                if message.get("code", NORMAL) >= 1002:
                    raise ConnectionResetError
                return
            text = message.get("text")
            opcode, payload = (BINARY, message["bytes"]) if text is None else (TEXT, text.encode())
            self._protocol.data_received(_client_frame(opcode, payload))

    def _resume_protocol(self) -> None:
        if self._blocked and not self._unsent:
            self._blocked = False
            self._protocol.resume_writing()

    # ── asyncio.Transport, as far as a WebSocket uses it ──────────────────────────────────────────────────────────

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Feed this protocol from now on."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Leave the limits as they are: every write waits here for a moment, which says nothing of the peer."""

    def get_write_buffer_size(self) -> int:
        """Return the bytes that the host has not taken."""
        return self._unsent

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Queue the frames in these bytes for the host; pauses the protocol above `HIGH_BYTES`."""
        if self._ending:
            return
        for opcode, payload in _frames_in(bytes(data)):
            if opcode == TEXT:
                message: Message = {"type": "websocket.send", "text": payload.decode()}
            elif opcode == BINARY:
                message = {"type": "websocket.send", "bytes": payload}
            elif opcode == CLOSE:
                message = {"type": "websocket.close", "code": int.from_bytes(payload[:2], "big")}
            else:  # the host answers PING by itself
                continue
            self._outgoing.append((message, len(payload)))
            self._unsent += len(payload)
        self._has_work.set()
        if self._unsent > HIGH_BYTES and not self._blocked:
            self._blocked = True
            self._protocol.pause_writing()

    def pause_reading(self) -> None:
        """Ask the host for nothing until `resume_reading`."""
        self._readable.clear()

    def resume_reading(self) -> None:
        """Ask the host for messages again."""
        self._readable.set()

    def is_closing(self) -> bool:
        """Return whether nothing more is sent."""
        return self._ending

    def close(self) -> None:
        """End once everything written was sent."""
        self._ending = True
        self._has_work.set()

    def abort(self) -> None:
        """End now; what waits is not sent."""
        self._ending = True
        self._aborted.set()


def _client_frame(opcode: int, payload: bytes) -> bytes:
    """Build a frame as clients send it (RFC 6455 §5.3), masked with zeros, which leave the payload as it is."""
    head = bytearray(frame_bytes(opcode, payload))
    at = len(head) - len(payload)
    head[1] |= 0x80
    head[at:at] = bytes(4)
    return bytes(head)


def _frames_in(wire: bytes) -> Iterator[tuple[int, bytes]]:
    """Split what a server writes into opcodes and payloads: whole, final, unmasked frames (RFC 6455 §5.2)."""
    at = 0
    while at < len(wire):
        size, start = wire[at + 1], at + 2
        if size > 125:
            start += 2 if size == 126 else 8
            size = int.from_bytes(wire[at + 2 : start], "big")
        yield wire[at] & 0x0F, wire[start : start + size]
        at = start + size
