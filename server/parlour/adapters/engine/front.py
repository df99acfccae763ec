"""The direct handshake: WebSocket requests of the engine answered without aiohttp, all else handed to it whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote_plus

import orjson

from parlour.adapters.engine.admission import Handshake, Refused

if TYPE_CHECKING:
    from parlour.adapters.engine.engine import Engine

_HEAD_BYTES = 16_384


class Front(asyncio.Protocol):
    """Reads a connection's first request head, then steps aside for a WebSocket or for aiohttp.

    A connection that does not bring a whole head within the handshake timeout is dropped: aiohttp alone would wait.
    """

    __slots__ = ("_buffer", "_engine", "_http", "_transport")

    def __init__(self, engine: Engine, http: Callable[[], asyncio.Protocol]) -> None:
        self._engine = engine
        self._http = http
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._engine.greetings.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def abort(self) -> None:
        """Drop a connection that brings no request."""
        transport = self._leave()
        if transport is not None:
            transport.abort()

    def _leave(self) -> asyncio.Transport | None:
        self._engine.greetings.remove(self)
        transport, self._transport = self._transport, None
        return transport

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data
        end = buffer.find(b"\r\n\r\n")
        if end < 0 and len(buffer) <= _HEAD_BYTES:
            return
        known = 0 < end <= _HEAD_BYTES
        transport = self._leave()
        if transport is None:
            return
        peer = transport.get_extra_info("peername")
        request = (
            parse_head(buffer[:end], self._engine.path, peer[0] if isinstance(peer, tuple) else "") if known else None
        )
        if request is None:
            self._hand_over(transport)
        else:
            self._handshake(transport, request, buffer[end + 4 :])

    def _handshake(self, transport: asyncio.Transport, request: Handshake, rest: bytes) -> None:
        try:
            socket = self._engine.accept(request, transport)
        except Refused as refusal:
            self._engine.log_access(request, refusal.status)
            transport.write(_refusal_bytes(refusal))
            transport.close()
            return
        if rest:
            socket.data_received(rest)

    def _hand_over(self, transport: asyncio.Transport) -> None:
        http = self._http()
        transport.set_protocol(http)
        http.connection_made(transport)
        http.data_received(self._buffer)


def parse_head(head: bytes, path: str, peer: str) -> Handshake | None:
    """The request if it is a plain WebSocket handshake for `path`; None leaves the judgement to aiohttp."""
    line, *lines = head.decode("latin-1").split("\r\n")
    if not "".join(lines).isprintable():  # a NUL, a bare line feed, or only a tab
        return None
    method, _, rest = line.partition(" ")
    target, _, version = rest.partition(" ")
    if method != "GET" or version != "HTTP/1.1" or not target.startswith(path):
        return None
    headers: dict[str, str] = {}
    for field in lines:
        name, colon, value = field.partition(":")
        name = name.lower()
        if not colon or name in headers or not name.replace("-", "").isalnum():
            return None
        headers[name] = value.strip(" \t")
    if headers.get("upgrade", "").lower() != "websocket" or not headers.get("host"):
        return None
    if "content-length" in headers or "transfer-encoding" in headers:
        return None
    asked, _, query = target.partition("?")
    if asked != path:
        return None
    return Handshake(method, asked, _query(query), headers, peer)


def _query(text: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        query.setdefault(unquote_plus(name), unquote_plus(value) if "%" in value or "+" in value else value)
    return query


def _refusal_bytes(refusal: Refused) -> bytes:
    body = orjson.dumps(refusal.body())
    retry = refusal.error.retry_after
    return (
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n"
        + (f"Retry-After: {-(-retry // 1000)}\r\n" if retry is not None else "")
        + ("Upgrade: websocket\r\n" if refusal.status == 426 else "")
        + "\r\n"
    ).encode() + body
