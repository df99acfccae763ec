"""The process under the engine: its event loop, its garbage collector, and what stays out of its log."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
from collections.abc import Callable

from aiohttp.http_exceptions import HttpProcessingError


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it runs (everywhere but Windows), else asyncio's own; for `asyncio.Runner(loop_factory=…)`."""
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


class _BadRequests(logging.Filter):
    """aiohttp logs a traceback for every request that is not HTTP; anybody can send those."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_bad_requests = _BadRequests()


def quiet_http_log() -> None:
    """Keep requests that are not HTTP out of the error log; they are answered 400 all the same. Idempotent."""
    logging.getLogger("aiohttp.server").addFilter(_bad_requests)


def tune_gc() -> None:
    """Call once, after the start: what lives now lives for ever, and young garbage is collected in large batches.

    Measured on 10,000 connections: the ack p99 falls to a quarter (docs/decisions/0004-engine.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


_UNSENT_BYTES = 131_072
"""What the kernel takes of a connection before the peer has room for it: enough for 10 ms at 100 Mbit/s."""


def bound_unsent(listening: socket.socket) -> None:
    """Let what a peer does not read wait here, where limits count it and all connections share one copy of a frame.

    Linux alone would copy another 4 MB for each that does not read before it says a word of it: a cut comes seconds
    late, and everybody else waits for those copies. Accepted sockets inherit it; nothing where TCP cannot do it.
    """
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None and listening.family in (socket.AF_INET, socket.AF_INET6):
        listening.setsockopt(socket.IPPROTO_TCP, option, _UNSENT_BYTES)


SWITCH_SECONDS = 0.0005
"""How long one thread keeps the interpreter while another waits. With Python's 5 ms the loop and the writer's thread,
which needs tens of microseconds, stood in each other's way: at 1,000 durable posts a second the ack p99 fell from 11.5
to 7.1 ms and the CPU from 82 to 75 % of a core; at saturation nothing changed."""


def share_interpreter() -> None:
    """Call once, before the writer's thread has work."""
    sys.setswitchinterval(SWITCH_SECONDS)
