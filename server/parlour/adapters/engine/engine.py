"""The engine: every session, one heartbeat, one flush per tick, and the door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from aiohttp import web

from parlour.adapters.engine import frames
from parlour.adapters.engine.admission import (
    BAD_METHOD,
    BAD_REQUEST,
    FORBIDDEN,
    UNKNOWN_SID,
    UNKNOWN_TRANSPORT,
    UNSUPPORTED_VERSION,
    Doorkeeper,
    Handshake,
    Refused,
)
from parlour.adapters.engine.connection import Handlers
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.front import Front
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.loop import bound_unsent, quiet_http_log
from parlour.adapters.engine.outbox import SendQueue
from parlour.adapters.engine.polling import routes
from parlour.adapters.engine.session import EngineSession
from parlour.adapters.engine.upgrade import Probe, Turned, handshake_answer
from parlour.adapters.engine.websocket import WebSocket
from parlour.adapters.engine.wheel import Wheel
from parlour.adapters.http.access_log import LINE
from parlour.errors import Unavailable

log = logging.getLogger("parlour.engine")


@dataclass(slots=True)
class EngineStats:
    """Counters since the start, for metrics.

    Attributes:
        opened: sessions ever opened.  refused: handshakes turned away.  malformed: sessions closed for a parse error.
        slow: clients cut for reading too slowly.  dropped: volatile frames not sent.
        bytes_in, bytes_out: payload bytes on sockets and in polling bodies.
    """

    opened: int = 0
    refused: int = 0
    malformed: int = 0
    slow: int = 0
    dropped: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Engine:
    """A Socket.IO v5 server on Engine.IO v4, over WebSocket and HTTP long polling.

    Args:
        handlers: what the default namespace does.
        origins: exact origins that browsers may come from; None means the server's own host, "*" any.
        hosts: values of Host that are served; None means any.
        trusted_proxies: addresses or networks whose X-Forwarded-For and X-Forwarded-Host are believed.
        namespaces: further namespaces by name; every other is refused.
        path: where the endpoint lives.
        credentials: cookies are in use on this origin; "*" is then refused.
        access_log: gets one line per WebSocket handshake (polling is logged by aiohttp).
    """

    def __init__(
        self,
        handlers: Handlers,
        *,
        limits: EngineLimits,
        origins: Collection[str] | None = None,
        hosts: Collection[str] | None = None,
        trusted_proxies: Collection[str] = (),
        namespaces: Mapping[str, Handlers] | None = None,
        path: str = "socket.io",
        credentials: bool = False,
        access_log: logging.Logger | None = None,
    ) -> None:
        self.limits = limits
        self.namespaces: dict[str, Handlers] = {**(namespaces or {}), "/": handlers}
        self.path = f"/{path.strip('/')}/"
        self.doorkeeper = Doorkeeper(
            origins=origins, hosts=hosts, trusted_proxies=trusted_proxies, credentials=credentials
        )
        self.stats = EngineStats()
        self.admitting = True
        self.sessions: dict[str, EngineSession] = {}
        self._access_log = access_log
        self._retry_after: int | None = None
        self.dirty: list[SendQueue] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._emptied = asyncio.Event()
        self._emptied.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wheel = wheel = Wheel()
        limits = self.limits
        self.pings = wheel.kind(limits.ping_interval, EngineSession.ping)
        self.pongs = wheel.kind(limits.ping_timeout, EngineSession.pong_missing, patient=True)
        self.connects = wheel.kind(limits.connect_timeout, EngineSession.connect_missing, patient=True)
        self.closes = wheel.kind(limits.close_timeout, self.drop)
        self.probes = wheel.kind(limits.handshake_timeout, Probe.overdue, patient=True)
        self.greetings = wheel.kind(limits.handshake_timeout, Front.abort, patient=True)

    # --- what the rest of Parlour uses

    def attach(self, app: web.Application) -> None:
        """Serve the endpoint from an aiohttp application, and end every session when it shuts down."""
        quiet_http_log()
        app.add_routes(routes(self))
        app.on_shutdown.append(lambda _app: self.close())

    async def listen(
        self, runner: web.AppRunner, host: str | None = None, port: int | None = None, **options: Any
    ) -> asyncio.Server:
        """Listen with the direct handshake in front of aiohttp; the faster way in, and the one with a header timeout.

        Args:
            runner: set up already. What is not a WebSocket handshake of this engine goes to its application.
            options: passed to `loop.create_server` (`ssl`, `sock`, `reuse_port`, …).
        """
        loop = asyncio.get_running_loop()
        options.setdefault("backlog", 4096)
        server = await loop.create_server(self.front(runner), host, port, **options)
        for listening in server.sockets:
            bound_unsent(listening)
        return server

    def front(self, runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
        """A protocol factory that tries the direct handshake first."""
        http = runner.server
        if http is None:
            raise RuntimeError("set the runner up before listening")
        return lambda: Front(self, http)

    def frame(self, event: str, data: Any, namespace: str = "/") -> Frame:
        """Encode an event once, for any number of connections; see `frames.encode`."""
        return frames.encode(event, data, namespace)

    def refuse(self, retry_after: int | None = None) -> None:
        """Answer every new handshake 503 from now on (draining, overloaded). `retry_after` in milliseconds."""
        self.admitting = False
        self._retry_after = retry_after

    def admit(self) -> None:
        """Take new clients again."""
        self.admitting = True

    @property
    def connections(self) -> dict[str, int]:
        """Open sessions by transport."""
        polling = sum(session.transport == "polling" for session in self.sessions.values())
        return {"websocket": len(self.sessions) - polling, "polling": polling}

    async def close(self, *, reason: str = "draining", timeout: float = 1.0) -> None:
        """Refuse newcomers and drop every transport, without a word; say `closing` before, where there is one to say.

        Args:
            timeout: seconds until transports that have not gone by themselves are aborted.
        """
        self.refuse(self._retry_after)
        for session in list(self.sessions.values()):
            session.end(reason)
        for front in list(self.greetings):
            front.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._emptied.wait()
        for session in list(self.sessions.values()):
            session.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._wheel.close()

    # --- for sessions and transports

    def flush_soon(self) -> None:
        """Write out at the end of the tick whoever is in `dirty` by then."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        dirty, self.dirty = self.dirty, []
        for outbox in dirty:
            try:
                outbox.flush()
            except Exception:  # one broken transport must not cost the others their frames
                log.exception("a flush failed")

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def rest(self, session: EngineSession) -> None:
        """The session is over: nothing is waited for any more."""
        for timeouts in (self.pings, self.pongs, self.connects):
            timeouts.remove(session)

    def drop(self, session: EngineSession) -> None:
        """Nothing of the session is left to fetch or to close."""
        self.closes.remove(session)
        self.sessions.pop(session.sid, None)
        if not self.sessions:
            self._emptied.set()

    def judge(self, request: Handshake) -> EngineSession | None:
        """Check one request of the endpoint; answers the session it names, or None for a new one.

        Raises:
            Refused: with the HTTP answer to give.
        """
        try:
            self.doorkeeper.admit(request)
            return self._judge(request)
        except Refused:
            self.stats.refused += 1
            raise

    def _judge(self, request: Handshake) -> EngineSession | None:
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
            session = self.sessions.get(sid)
            if session is None:
                raise Refused(400, UNKNOWN_SID, "Session ID unknown")
            return session
        if request.method != "GET":
            raise Refused(400, BAD_METHOD, "Bad handshake method")
        if not self.admitting:
            raise self._busy("The server is restarting; come back.")
        if len(self._tasks) >= self.limits.connecting or len(self.sessions) >= self.limits.connections:
            raise self._busy("The server is full; come back.")
        return None

    def _busy(self, message: str) -> Refused:
        retry_after = self._retry_after if self._retry_after is not None else 1_000
        return Refused(503, FORBIDDEN, message, Unavailable(message, retry_after=retry_after))

    def open(self, request: Handshake) -> EngineSession:
        session = EngineSession(self, token_urlsafe(15), self.doorkeeper.remote(request), request.headers)
        self.sessions[session.sid] = session
        self._emptied.clear()
        self.stats.opened += 1
        return session

    def greeting(self, session: EngineSession, upgrades: str) -> Frame:
        """The OPEN packet; intervals in milliseconds."""
        limits = self.limits
        text = (
            f'0{{"sid":"{session.sid}","upgrades":[{upgrades}],"pingInterval":{round(limits.ping_interval * 1000)},'
            f'"pingTimeout":{round(limits.ping_timeout * 1000)},"maxPayload":{limits.body_bytes}}}'
        )
        return Frame(text.encode())

    def accept(self, request: Handshake, transport: asyncio.Transport) -> WebSocket:
        """Complete a WebSocket handshake on a transport and take it over.

        Raises:
            Refused: nothing was written yet.
        """
        session = self.judge(request)
        if request.query["transport"] != "websocket":
            raise Refused(400, BAD_REQUEST, "That transport is no WebSocket")
        answer = handshake_answer(request)
        if session is None:
            session = self.open(request)
            socket = self._websocket(session, transport)
            transport.write(answer + self.greeting(session, "").wire)
            session.attach(socket)
        else:
            owner = (
                Turned() if session.closed or session.probing or session.transport == "websocket" else Probe(session)
            )
            socket = self._websocket(owner, transport)
            owner.socket = socket
            transport.write(answer)
            owner.start()
        self.log_access(request, 101)
        return socket

    def _websocket(self, owner: Any, transport: asyncio.Transport) -> WebSocket:
        limits = self.limits
        socket = WebSocket(owner, limit=limits.frame_bytes, close_timeout=limits.close_timeout, meter=self.stats)
        socket.adopt(transport)
        return socket

    def log_access(self, request: Handshake, status: int) -> None:
        """One line for a handshake aiohttp did not see. The path alone: the query holds the sid, which is a secret."""
        if self._access_log is not None:
            self._access_log.info(LINE, request.peer, request.method, request.path, status)
