"""Hold all sessions of the engine, their timeouts and their running connect handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from secrets import token_urlsafe
from typing import Any

from parlour.adapters.engine.engine_connection import Handlers
from parlour.adapters.engine.engine_session import EngineSession
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.send_queue import TurnFlush
from parlour.adapters.engine.stats import EngineStats
from parlour.adapters.engine.timeouts import Wheel


class SessionTable:
    """All sessions by their sid; implements `session_host.SessionHost`.

    Args:
        limits: the limits of every session.
        namespaces: the handlers of each namespace served, "/" among them.
        wheel: the timer of all timeouts.
        prefix: how sids begin; other processes tell by it whose a session is.

    Attributes:
        limits, namespaces: as given.
        stats: the engine's counters.
        flushes: flushes send queues at the end of a loop turn.
        by_sid: open sessions, and ended ones that a poll may still fetch from.
        pings: sessions whose next heartbeat is due.
        pongs: sessions that have to answer a heartbeat.
        connects: sessions without a connected namespace.
        closes: ended sessions whose last frames a poll may still fetch.
    """

    def __init__(
        self, limits: EngineLimits, namespaces: Mapping[str, Handlers], wheel: Wheel, prefix: str = ""
    ) -> None:
        self.limits = limits
        self.namespaces = namespaces
        self.stats = EngineStats()
        self.flushes = TurnFlush(self.stats)
        self.by_sid: dict[str, EngineSession] = {}
        self.pings = wheel.add_kind(limits.ping_interval, EngineSession.ping)
        self.pongs = wheel.add_kind(limits.ping_timeout, EngineSession.pong_missing, patient=True)
        self.connects = wheel.add_kind(limits.connect_timeout, EngineSession.connect_missing, patient=True)
        self.closes = wheel.add_kind(limits.close_timeout, self.remove)
        self._connecting: set[asyncio.Task[None]] = set()
        self._prefix = f"{prefix}." if prefix else ""
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def full(self) -> bool:
        """Whether no further session may open: too many are open, or too many connect handlers run."""
        return len(self._connecting) >= self.limits.connecting or len(self.by_sid) >= self.limits.connections

    def open(self, remote: str, headers: Mapping[str, str]) -> EngineSession:
        """Open a session for the client at this IP address; `headers` are those of its handshake."""
        session = EngineSession(self, self._prefix + token_urlsafe(15), remote, headers)
        self.by_sid[session.sid] = session
        self._empty.clear()
        self.stats.opened += 1
        return session

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a connect handler as a task; it counts as connecting until it returns."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def remove(self, session: EngineSession) -> None:
        """Forget a session of which nothing is left to fetch or to close."""
        self.closes.remove(session)
        self.by_sid.pop(session.sid, None)
        if not self.by_sid:
            self._empty.set()

    def end_all(self, reason: str) -> None:
        """End every session with this reason; transports close after what was queued."""
        for session in list(self.by_sid.values()):
            session.end(reason)

    async def wait_until_empty(self, timeout: float) -> None:
        """Wait until no session is left, `timeout` seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._empty.wait()

    async def abort_all(self) -> None:
        """Drop the transports that are left, and cancel the connect handlers that still run."""
        for session in list(self.by_sid.values()):
            session.abort()
        for task in list(self._connecting):
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
