"""Tune the process: event loop, garbage collector, thread switching, TCP, and aiohttp's log."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
from collections.abc import Callable

from aiohttp.http_exceptions import HttpProcessingError

_UNSENT_BYTES = 131_072
"""Bytes of one connection that the kernel takes before the peer has room for them: 10 ms at 100 Mbit/s."""
SWITCH_SECONDS = 0.0005
"""How long one thread keeps the interpreter while another waits for it.

With Python's 5 ms the loop and the writer's thread, which needs tens of microseconds, delayed each other: at 1,000
durable posts a second this lowered the ack p99 from 11.5 to 7.1 ms and the CPU from 82 to 75 % of a core; at saturation
nothing changed.
"""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return uvloop's loop factory, or asyncio's on Windows; for `asyncio.Runner(loop_factory=…)`."""
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


class _NoBadRequests(logging.Filter):
    """Drops aiohttp's traceback for each request that is not HTTP: anybody can send those."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_no_bad_requests = _NoBadRequests()


def quiet_http_log() -> None:
    """Keep requests that are not HTTP out of the error log; they are still answered 400. Idempotent."""
    logging.getLogger("aiohttp.server").addFilter(_no_bad_requests)


def exempt_imports() -> None:
    """Exempt what imports made from garbage collection, so that no collection of the start looks through it."""
    gc.freeze()


def tune_gc() -> None:
    """Exempt all present objects from garbage collection, and collect young ones in large batches.

    Call it once, after the start. Measured on 10,000 connections: it divides the ack p99 by four
    (docs/decisions/0004-engine.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def bound_unsent(listening: socket.socket) -> None:
    """Limit what the kernel takes for a peer that does not read (TCP_NOTSENT_LOWAT).

    What it does not take waits in the send queue, where limits count it and all connections share one copy of a frame.
    Without this Linux copies up to 4 MB for each such peer before `send` reports it: a slow reader is then cut seconds
    late, and everybody else waits for those copies. Accepted sockets inherit the option. Does nothing where TCP lacks
    the option.
    """
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None and listening.family in (socket.AF_INET, socket.AF_INET6):
        listening.setsockopt(socket.IPPROTO_TCP, option, _UNSENT_BYTES)


def share_interpreter() -> None:
    """Let threads take turns every `SWITCH_SECONDS`. Call it once, before the writer's thread has work."""
    sys.setswitchinterval(SWITCH_SECONDS)
