"""Admit requests to the Socket.IO path, and open or upgrade sessions (Engine.IO v4, "Handshake")."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from parlour.adapters.engine.admission import (
    BAD_METHOD,
    BAD_REQUEST,
    FORBIDDEN,
    UNKNOWN_SID,
    UNKNOWN_TRANSPORT,
    UNSUPPORTED_VERSION,
    AdmissionPolicy,
    Refused,
    RequestHead,
)
from parlour.adapters.engine.engine_session import EngineSession
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.peers import PASSED, Elsewhere, Peers
from parlour.adapters.engine.session_table import SessionTable
from parlour.adapters.engine.timeouts import Wheel
from parlour.adapters.engine.upgrade import SurplusSocket, UpgradeProbe, handshake_answer
from parlour.adapters.engine.websocket import SocketOwner, WebSocket
from parlour.errors import Unavailable

LogHandshake = Callable[[str, str, str, int], None]
"""Logs one WebSocket handshake: the peer's IP address, method, path and HTTP status."""
RETRY_MS = 1_000
"""Milliseconds a refused client is asked to wait where the caller of `refuse` named no other time."""


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """Where the endpoint is and whom it lets in.

    Attributes:
        path: the URL path, with a slash at both ends.
        policy: which hosts and origins may connect.
        log_handshake: logs handshakes that aiohttp does not see, or None.
        peers: the other processes, which have sessions of their own.
    """

    path: str
    policy: AdmissionPolicy
    log_handshake: LogHandshake | None
    peers: Peers


class Endpoint:
    """The Socket.IO endpoint, whether a request came through aiohttp or on the direct handshake.

    Attributes:
        path: the URL path, with a slash at both ends.
        policy: which hosts and origins may connect.
        sessions: all sessions.
        admitting: new sessions may open.
        probes: WebSockets that have to send their upgrade packet in time.
    """

    def __init__(self, options: EndpointOptions, sessions: SessionTable, wheel: Wheel) -> None:
        self.path = options.path
        self.policy = options.policy
        self.sessions = sessions
        self.admitting = True
        self.probes = wheel.add_kind(sessions.limits.handshake_timeout, UpgradeProbe.expire, patient=True)
        self._log_handshake = options.log_handshake
        self._peers = options.peers
        self._retry_after: int | None = None

    def refuse(self, retry_after: int | None = None) -> None:
        """Answer new handshakes with 503 from now on.

        Args:
            retry_after: milliseconds after which clients should try again; None leaves it as it was.
        """
        self.admitting = False
        if retry_after is not None:
            self._retry_after = retry_after

    def admit(self) -> None:
        """Let new sessions open again."""
        self.admitting = True

    def admit_request(self, request: RequestHead) -> EngineSession | None:
        """Check one request to the endpoint; return the session it names, or None where it may open one.

        Raises:
            Elsewhere: the session is another process's. Refused: with the HTTP answer to give.
        """
        try:
            self.policy.check(request)
            if PASSED in request.headers:
                self._peers.check(request)
            return self._find_session(request)
        except Elsewhere:
            raise
        except Refused:
            self.sessions.stats.refused += 1
            raise

    def _find_session(self, request: RequestHead) -> EngineSession | None:
        query = request.query
        transport = query.get("transport")
        if transport not in ("polling", "websocket"):
            raise Refused(400, UNKNOWN_TRANSPORT, "Transport unknown")
        if query.get("EIO") != "4":
            raise Refused(400, UNSUPPORTED_VERSION, "Unsupported protocol version")
        if "j" in query:
            raise Refused(400, BAD_REQUEST, "JSONP is not served")
        sid = query.get("sid")
        if sid is not None:
            session = self.sessions.by_sid.get(sid)
            if session is None:
                peer = self._peers.find(request, self.policy.host(request))
                raise Refused(400, UNKNOWN_SID, "Session ID unknown") if peer is None else Elsewhere(peer)
            return session
        if request.method != "GET":
            raise Refused(400, BAD_METHOD, "Bad handshake method")
        if not self.admitting:
            raise self._busy("The server is restarting; come back.")
        if self.sessions.full:
            raise self._busy("The server is full; come back.")
        return None

    def _busy(self, message: str) -> Refused:
        retry_after = self._retry_after if self._retry_after is not None else RETRY_MS
        return Refused(503, FORBIDDEN, message, Unavailable(message, retry_after=retry_after))

    def open_session(self, request: RequestHead) -> EngineSession:
        """Open a session for an admitted handshake."""
        return self.sessions.open(self.policy.remote(request), request.headers)

    def open_packet(self, session: EngineSession, upgrades: str) -> Frame:
        """Encode the OPEN packet (Engine.IO v4, "Handshake").

        Args:
            upgrades: the transports to upgrade to, as the items of a JSON array.
        """
        limits = self.sessions.limits
        text = (
            f'0{{"sid":"{session.sid}","upgrades":[{upgrades}],"pingInterval":{round(limits.ping_interval * 1000)},'
            f'"pingTimeout":{round(limits.ping_timeout * 1000)},"maxPayload":{limits.body_bytes}}}'
        )
        return Frame(text.encode())

    def accept_websocket(
        self,
        request: RequestHead,
        transport: asyncio.Transport,
        shake_hands: Callable[[RequestHead], bytes] = handshake_answer,
    ) -> WebSocket:
        """Complete a WebSocket handshake on this transport and adopt it.

        Args:
            shake_hands: returns the bytes that answer the handshake, or raises Refused.

        Raises:
            Elsewhere: the session is another process's. Refused: with the HTTP answer to give. Nothing was written.
        """
        session = self.admit_request(request)
        if request.query["transport"] != "websocket":
            raise Refused(400, BAD_REQUEST, "That transport is no WebSocket")
        answer = shake_hands(request)
        if session is None:
            session = self.open_session(request)
            socket = self._adopt(session, transport)
            transport.write(answer + self.open_packet(session, "").wire)
            session.attach(socket)
        else:
            owner = UpgradeProbe(session, self.probes) if session.upgradable else SurplusSocket()
            socket = self._adopt(owner, transport)
            owner.socket = socket
            transport.write(answer)
            owner.start()
        self.log_handshake(request, 101)
        return socket

    def _adopt(self, owner: SocketOwner, transport: asyncio.Transport) -> WebSocket:
        limits, stats = self.sessions.limits, self.sessions.stats
        socket = WebSocket(owner, limit=limits.frame_bytes, close_timeout=limits.close_timeout, counter=stats)
        socket.adopt(transport)
        return socket

    def log_handshake(self, request: RequestHead, status: int) -> None:
        """Log a handshake that aiohttp did not see: its path alone, because the query holds the secret sid."""
        if self._log_handshake is not None:
            self._log_handshake(request.peer, request.method, request.path, status)
