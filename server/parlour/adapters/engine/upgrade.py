"""Answer WebSocket handshakes (RFC 6455 §4.2.2) and upgrade polling clients (Engine.IO v4, "Upgrade")."""

from __future__ import annotations

from parlour.adapters.engine import frames
from parlour.adapters.engine.admission import BAD_REQUEST, Refused, RequestHead
from parlour.adapters.engine.engine_session import EngineSession
from parlour.adapters.engine.rfc6455 import PROTOCOL_ERROR, accept_key
from parlour.adapters.engine.timeouts import Timeouts
from parlour.adapters.engine.websocket import WebSocket


def handshake_answer(request: RequestHead) -> bytes:
    """Build the 101 answer to a WebSocket handshake, with no extension and no subprotocol.

    Raises:
        Refused: 400 where it is no valid handshake, 426 where it asks for another version (§4.4).
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


class SurplusSocket:
    """Owns a WebSocket that a session has no use for: it is accepted, then closed.

    Attributes:
        socket: the WebSocket, set before `start`.
    """

    socket: WebSocket

    def start(self) -> None:
        """Begin, once the 101 answer was written."""
        self.socket.close()

    def received(self, message: str | bytes) -> None:
        """Ignore a message."""

    def pinged(self, pong: bytes) -> None:
        """Ignore a PING."""

    def writable(self, ready: bool) -> None:
        """Ignore that the transport is blocked or free."""

    def lost(self, reason: str) -> None:
        """Ignore the end."""


class UpgradeProbe(SurplusSocket):
    """Owns the WebSocket of a polling client until its upgrade packet hands it to the session.

    Args:
        session: the client's session, which polls.
        probes: probes that have to send their upgrade packet in time.
    """

    def __init__(self, session: EngineSession, probes: Timeouts[UpgradeProbe]) -> None:
        self._session = session
        self._probes = probes
        self._probed = False

    def start(self) -> None:
        """Expect the client's probe within `handshake_timeout`."""
        self._session.start_probe()
        self._probes.add(self)

    def expire(self) -> None:
        """Close the WebSocket, because the upgrade packet did not come in time; the session goes on polling."""
        self.socket.close()
        self.lost("upgrade timeout")

    def received(self, message: str | bytes) -> None:
        """Answer the probe `2probe`, hand the socket over at the upgrade packet `5`, close on anything else."""
        if message == "2probe" and not self._session.closed:
            self._probed = True
            self.socket.write(frames.PONG_PROBE.wire)
            self._session.confirm_probe()
        elif message == "5" and self._probed and not self._session.closed:
            self._probes.remove(self)
            self.socket.owner = self._session
            self._session.attach(self.socket)
        else:
            self.socket.close(PROTOCOL_ERROR)

    def pinged(self, pong: bytes) -> None:
        """Answer a WebSocket PING, unless the client does not read."""
        if not self.socket.blocked:
            self.socket.write(pong)

    def lost(self, reason: str) -> None:
        """Leave the session to polling."""
        self._probes.remove(self)
        self._session.stop_probe()
