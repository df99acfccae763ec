"""Reports an event loop that is blocked: logs the blocking call, once per stall, and counts stalls.

A thread compares the loop's last sign of life with the time. While one long call holds the loop nothing else of the
process runs, so the stack of the loop's thread shows that call.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback

import structlog

from parlour.runtime.timings import Timings

log = structlog.get_logger()

FRAMES_SHOWN = 12
"""Innermost frames of the stack that are logged: enough to name the caller, short enough for one line of a log."""


class LoopWatch:
    """Watches the running loop from a thread.

    Attributes:
        stalls: how often the loop stood still.
        stalled_seconds: for how long in all, known when each stall ends.
        lags: how late the loop came to a timer, four times in `limit_seconds`.
    """

    def __init__(self, limit_seconds: float = 1.0) -> None:
        """Args: limit_seconds: a loop that gives no sign of life for longer is stalled."""
        self.stalls = 0
        self.stalled_seconds = 0.0
        self.lags = Timings()
        self._limit = limit_seconds
        self._every = limit_seconds / 4
        self._alive_at = 0.0
        self._stalled_since: float | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._sign: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch the loop that runs in the calling thread."""
        loop = asyncio.get_running_loop()
        self._ended.clear()
        self._give_sign(loop)
        watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, args=(watched,), name="loop watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        if self._sign is not None:
            self._sign.cancel()
        if self._thread is not None:
            self._ended.set()
            self._thread.join()
            self._thread = None

    def _give_sign(self, loop: asyncio.AbstractEventLoop) -> None:
        now = time.monotonic()
        began, self._stalled_since = self._stalled_since, None
        if self._alive_at:
            self.lags.add(max(0.0, now - self._alive_at - self._every))
        self._alive_at = now
        if began is not None:
            self.stalled_seconds += now - began
            log.warning("loop.went_on", stalled_seconds=round(now - began, 2))
        self._sign = loop.call_later(self._every, self._give_sign, loop)

    def _watch(self, watched: int) -> None:
        while not self._ended.wait(self._every):
            alive_at = self._alive_at
            if self._stalled_since is not None or time.monotonic() - alive_at <= self._limit:
                continue
            self._stalled_since = alive_at
            self.stalls += 1
            log.error("loop.stalled", seconds=self._limit, stack=_stack_of(watched))


def _stack_of(thread: int) -> str:
    """Return the innermost calls of a thread, outermost first."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "the thread has ended"
    shown = traceback.extract_stack(frame)[-FRAMES_SHOWN:]
    return " > ".join(f"{each.filename.rpartition('/')[2]}:{each.lineno} {each.name}" for each in shown)
