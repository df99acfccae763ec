"""Declare what a session needs from the table of all sessions; a protocol of its own keeps imports one-way."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from parlour.adapters.engine.engine_connection import Handlers
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.send_queue import TurnFlush
from parlour.adapters.engine.stats import EngineStats
from parlour.adapters.engine.timeouts import Timeouts

SessionT = TypeVar("SessionT")


class SessionHost(Protocol[SessionT]):
    """Implemented by `SessionTable` for `EngineSession`.

    Attributes:
        limits: the limits of every session.
        stats: the engine's counters.
        flushes: flushes send queues at the end of a loop turn.
        namespaces: the handlers of each namespace served.
        pings: sessions whose next heartbeat is due.
        pongs: sessions that have to answer a heartbeat.
        connects: sessions without a connected namespace.
        closes: ended sessions whose last frames a poll may still fetch.
    """

    limits: EngineLimits
    stats: EngineStats
    flushes: TurnFlush
    namespaces: Mapping[str, Handlers]
    pings: Timeouts[SessionT]
    pongs: Timeouts[SessionT]
    connects: Timeouts[SessionT]
    closes: Timeouts[SessionT]

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a connect handler as a task."""

    def remove(self, session: SessionT) -> None:
        """Forget a session of which nothing is left to fetch or to close."""
