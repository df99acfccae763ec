"""Put the engine together: one endpoint, all sessions, one timer, and the ways to listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from parlour.adapters.engine import frames
from parlour.adapters.engine.admission import AdmissionPolicy
from parlour.adapters.engine.endpoint import Endpoint, EndpointOptions, LogHandshake
from parlour.adapters.engine.engine_connection import Handlers
from parlour.adapters.engine.engine_session import EngineSession
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.front import Front
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.loop import bound_unsent
from parlour.adapters.engine.peers import NoPeers, Peers
from parlour.adapters.engine.polling import request_head, routes
from parlour.adapters.engine.session_table import SessionTable
from parlour.adapters.engine.stats import EngineStats
from parlour.adapters.engine.timeouts import Wheel

BACKLOG = 4_096
"""Connections the kernel completes before they are accepted: a crowd that reconnects at once is not refused."""


class Engine:
    """A Socket.IO v5 server on Engine.IO v4, over WebSocket and HTTP long polling.

    Args:
        namespaces: the handlers of each namespace, "/" among them; clients are refused all others.
        limits: what one client may cost.
        policy: which hosts and origins may connect; by default every host and only the server's own origin.
        path: the URL path of the endpoint.
        log_handshake: logs each WebSocket handshake (aiohttp logs polling), or None.
        peers: the other processes that serve these namespaces; by default there are none.

    Attributes:
        limits: as given.
        policy: as given.
        path: the URL path, with a slash at both ends.
        table: all sessions and their timeouts.
        endpoint: admits requests.
        fronts: connections that have not brought a request head yet.
    """

    def __init__(
        self,
        namespaces: Mapping[str, Handlers],
        *,
        limits: EngineLimits,
        policy: AdmissionPolicy | None = None,
        path: str = "socket.io",
        log_handshake: LogHandshake | None = None,
        peers: Peers | None = None,
    ) -> None:
        self.limits = limits
        self.policy = policy or AdmissionPolicy()
        self.path = f"/{path.strip('/')}/"
        self._wheel = Wheel()
        others = peers or NoPeers()
        self.table = SessionTable(self.limits, dict(namespaces), self._wheel, others.prefix)
        options = EndpointOptions(self.path, self.policy, log_handshake, others)
        self.endpoint = Endpoint(options, self.table, self._wheel)
        self.fronts = self._wheel.add_kind(self.limits.handshake_timeout, Front.abort, patient=True)

    def serve(self, namespace: str, handlers: Handlers) -> None:
        """Serve one more namespace from now on."""
        self.table.namespaces = {**self.table.namespaces, namespace: handlers}

    def attach(self, app: web.Application) -> None:
        """Serve the endpoint from an aiohttp application, and end every session when it shuts down."""
        app.add_routes(routes(self.endpoint))
        app.on_shutdown.append(lambda _app: self.close())

    async def listen(
        self, runner: web.AppRunner, host: str | None = None, port: int | None = None, **options: Any
    ) -> asyncio.Server:
        """Listen with the direct handshake in front of aiohttp.

        It is faster than aiohttp alone, and limits the time for a request head.

        Args:
            runner: set up already; it serves whatever is not a WebSocket handshake for this engine.
            host, port: where to listen.
            options: passed to `loop.create_server` (`ssl`, `sock`, `reuse_port`, …).
        Raises:
            RuntimeError: the runner is not set up.
            OSError: the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        options.setdefault("backlog", BACKLOG)
        server = await loop.create_server(self.front(runner), host, port, **options)
        for listening in server.sockets:
            bound_unsent(listening)
        return server

    def front(self, runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
        """Return a protocol factory that tries the direct handshake first.

        Raises:
            RuntimeError: the runner is not set up.
        """
        http = runner.server
        if http is None:
            raise RuntimeError("set the runner up before listening")
        return lambda: Front(self.endpoint, self.fronts, http)

    def frame(self, event: str, data: Any, namespace: str = "/") -> Frame:
        """Encode an event once for any number of connections (see `frames.encode`)."""
        return frames.encode(event, data, namespace)

    def serves(self, request: web.Request) -> bool:
        """Return whether an aiohttp request names a host that is served."""
        return self.policy.serves_host(request_head(request))

    @property
    def admitting(self) -> bool:
        """Whether new sessions may open."""
        return self.endpoint.admitting

    def refuse(self, retry_after: int | None = None) -> None:
        """Answer new handshakes with 503 from now on, while sessions go on.

        Args:
            retry_after: milliseconds after which clients should try again; None leaves it as it was.
        """
        self.endpoint.refuse(retry_after)

    def admit(self) -> None:
        """Let new sessions open again."""
        self.endpoint.admit()

    @property
    def sessions(self) -> Mapping[str, EngineSession]:
        """All sessions by their secret sid."""
        return self.table.by_sid

    @property
    def stats(self) -> EngineStats:
        """Counters since the start."""
        return self.table.stats

    @property
    def connections(self) -> dict[str, int]:
        """The number of sessions by transport."""
        polling = sum(session.transport == "polling" for session in self.sessions.values())
        return {"websocket": len(self.sessions) - polling, "polling": polling}

    async def close(self, *, reason: str = "draining", timeout: float = 1.0) -> None:
        """Refuse new sessions and drop every transport.

        Clients get no `closing` unless the caller sent one before.

        Args:
            reason: passed to `Handlers.disconnect`.
            timeout: seconds until transports that have not closed are aborted.
        """
        self.refuse()
        self.table.end_all(reason)
        for front in list(self.fronts):
            front.abort()
        await self.table.wait_until_empty(timeout)
        await self.table.abort_all()
        self._wheel.close()
