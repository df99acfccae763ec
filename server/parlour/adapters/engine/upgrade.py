"""Becoming a WebSocket: the HTTP answer, and the probe of a client that comes from polling (Engine.IO v4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parlour.adapters.engine import frames
from parlour.adapters.engine.admission import BAD_REQUEST, Handshake, Refused
from parlour.adapters.engine.rfc6455 import PROTOCOL_ERROR, accept_key
from parlour.adapters.engine.websocket import WebSocket

if TYPE_CHECKING:
    from parlour.adapters.engine.session import EngineSession


def handshake_answer(request: Handshake) -> bytes:
    """The 101 answer to a WebSocket handshake (RFC 6455 §4.2.2), with no extension and no subprotocol.

    Raises:
        Refused: 400 where it is not one, 426 for another version.
    """
    headers = request.headers
    key = accept_key(headers.get("sec-websocket-key", ""))
    tokens = {token.strip() for token in headers.get("connection", "").lower().split(",")}
    if request.method != "GET" or headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in tokens:
        raise Refused(400, BAD_REQUEST, "Not a WebSocket handshake")
    if headers.get("sec-websocket-version") != "13":
        raise Refused(426, BAD_REQUEST, "Only version 13 of WebSocket is served")
    if key is None:
        raise Refused(400, BAD_REQUEST, "Bad Sec-WebSocket-Key")
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {key}\r\n\r\n"
    ).encode()


class Turned:
    """Owner of a second WebSocket for a session that has one: accepted, then closed."""

    socket: WebSocket

    def start(self) -> None:
        self.socket.close()

    def received(self, message: str | bytes) -> None: ...

    def pinged(self, pong: bytes) -> None: ...

    def writable(self, ready: bool) -> None: ...

    def lost(self, reason: str) -> None: ...


class Probe(Turned):
    """Owner of a WebSocket between its handshake and the client's upgrade packet."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self._probed = False

    def start(self) -> None:
        self._session.probing = True
        self._session.engine.probes.add(self)

    def overdue(self) -> None:
        self.socket.close()
        self.lost("upgrade timeout")

    def received(self, message: str | bytes) -> None:
        if message == "2probe" and not self._session.closed:
            self._probed = True
            self.socket.write(frames.PONG_PROBE.wire)
            self._session.probe()
        elif message == "5" and self._probed and not self._session.closed:
            self._session.engine.probes.remove(self)
            self.socket.owner = self._session
            self._session.attach(self.socket)
        else:
            self.socket.close(PROTOCOL_ERROR)

    def pinged(self, pong: bytes) -> None:
        if not self.socket.blocked:
            self.socket.write(pong)

    def lost(self, reason: str) -> None:
        self._session.engine.probes.remove(self)
        self._session.probe_failed()
