"""Answer WebSocket handshakes without aiohttp, and hand it every other request unchanged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote_plus

import orjson

from parlour.adapters.engine.admission import Refused, RequestHead
from parlour.adapters.engine.endpoint import Endpoint
from parlour.adapters.engine.peers import Elsewhere
from parlour.adapters.engine.timeouts import Timeouts

_MAX_HEAD_BYTES = 16_384
"""Bytes of a request head that are read here; a longer one is left to aiohttp and its own limit."""


class Front(asyncio.Protocol):
    """Reads a connection's first request head, then hands the transport to a WebSocket or to aiohttp.

    A connection that brings no whole head within the handshake timeout is dropped; aiohttp alone would wait for ever.

    Args:
        endpoint: accepts WebSocket handshakes.
        waiting: the connections that have to bring their head in time.
        http: creates the protocol of aiohttp for all other requests.
    """

    __slots__ = ("_buffer", "_endpoint", "_http", "_transport", "_waiting")

    def __init__(self, endpoint: Endpoint, waiting: Timeouts[Front], http: Callable[[], asyncio.Protocol]) -> None:
        self._endpoint = endpoint
        self._waiting = waiting
        self._http = http
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the handshake timeout (`asyncio.Protocol`)."""
        self._transport = cast(asyncio.Transport, transport)
        self._waiting.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that ended without a request (`asyncio.Protocol`)."""
        self._release_transport()

    def abort(self) -> None:
        """Drop a connection that brings no request."""
        transport = self._release_transport()
        if transport is not None:
            transport.abort()

    def _release_transport(self) -> asyncio.Transport | None:
        self._waiting.remove(self)
        transport, self._transport = self._transport, None
        return transport

    def data_received(self, data: bytes) -> None:
        """Add bytes of the head and act once it is whole or too long (`asyncio.Protocol`)."""
        self._buffer = buffer = self._buffer + data
        end = buffer.find(b"\r\n\r\n")
        if end < 0 and len(buffer) <= _MAX_HEAD_BYTES:
            return
        whole = 0 < end <= _MAX_HEAD_BYTES
        transport = self._release_transport()
        if transport is None:
            return
        peer = transport.get_extra_info("peername")
        request = (
            parse_head(buffer[:end], self._endpoint.path, peer[0] if isinstance(peer, tuple) else "") if whole else None
        )
        if request is None:
            self._hand_over(transport)
        else:
            self._handshake(transport, request, buffer[end + 4 :])

    def _handshake(self, transport: asyncio.Transport, request: RequestHead, rest: bytes) -> None:
        try:
            socket = self._endpoint.accept_websocket(request, transport)
        except Elsewhere as elsewhere:
            elsewhere.peer.splice(request, transport, rest)
            return
        except Refused as refusal:
            self._endpoint.log_handshake(request, refusal.status)
            transport.write(refusal_bytes(refusal))
            transport.close()
            return
        if rest:
            socket.data_received(rest)

    def _hand_over(self, transport: asyncio.Transport) -> None:
        http = self._http()
        transport.set_protocol(http)
        http.connection_made(transport)
        http.data_received(self._buffer)


def parse_head(head: bytes, path: str, peer: str) -> RequestHead | None:
    """Parse a head that is a plain WebSocket handshake for `path`; None leaves the request to aiohttp.

    Args:
        head: the bytes before the empty line (RFC 9112 §2.1).
        path: the endpoint's path.
        peer: the client's IP address.
    """
    line, *lines = head.decode("latin-1").split("\r\n")
    if not "".join(lines).isprintable():  # a NUL, a bare line feed, a tab: leave it to aiohttp
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
    return RequestHead(method, asked, parse_query(query), headers, peer)


def parse_query(text: str) -> dict[str, str]:
    """Parse a query string; of a name that comes twice the first counts."""
    query: dict[str, str] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        query.setdefault(unquote_plus(name), unquote_plus(value) if "%" in value or "+" in value else value)
    return query


def refusal_bytes(refusal: Refused) -> bytes:
    """Encode the answer to a handshake that is refused."""
    body = orjson.dumps(refusal.body())
    retry = refusal.error.retry_after
    return (
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n"
        + (f"Retry-After: {-(-retry // 1000)}\r\n" if retry is not None else "")
        + ("Upgrade: websocket\r\n" if refusal.status == 426 else "")
        + "\r\n"
    ).encode() + body
