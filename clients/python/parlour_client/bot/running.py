"""The handlers of a bot that run now: bounded, guarded, and given time to finish when the bot ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from parlour_client.listeners import Guard
from parlour_client.ports import ErrorHook

log = logging.getLogger("parlour.bot")

DRAIN_S = 5.0
"""For running handlers to finish after SIGTERM."""


class Running:
    """Runs handlers; what one raises is logged and goes to the error hook.

    Attributes:
        begun: how many were started so far.

    Args:
        hook: gets what was raised; None logs it with its traceback.
        most: handlers that run at once; the others wait.
    """

    def __init__(self, hook: ErrorHook | None, most: int = 64) -> None:
        self.begun = 0
        self._guard = None if hook is None else Guard(hook)
        self._handlers: set[asyncio.Future[None]] = set()
        self._free = asyncio.Semaphore(most)

    async def run(self, work: Callable[[], Awaitable[None]], failure: str, waits: asyncio.Event | None = None) -> None:
        """Run a handler to its end, or until it waits for an answer; also when the task that waits here is cancelled.

        Args:
            failure: the sentence that is logged where it raises.
            waits: set by a handler that waits for an answer, after which it runs beside whoever called this.
        """
        async with self._free:
            self.begun += 1
            running = asyncio.ensure_future(self._guarded(work, failure))
            self._handlers.add(running)
            running.add_done_callback(self._handlers.discard)
            if waits is None:
                await asyncio.shield(running)
                return
            aside = asyncio.ensure_future(waits.wait())
            try:
                await asyncio.wait({running, aside}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                aside.cancel()

    async def _guarded(self, work: Callable[[], Awaitable[None]], failure: str) -> None:
        try:
            await work()
        except Exception as error:
            self.report(error, failure)

    def report(self, error: Exception, what: str) -> None:
        """Log an error, and tell the hook."""
        if self._guard is None:
            log.error(what, exc_info=error)
        else:
            log.error("%s: %r", what, error)
            self._guard.report(error)

    async def drain(self) -> None:
        """Wait for the running handlers, five seconds at most, and cancel those that are late."""
        if self._handlers:
            await asyncio.wait(self._handlers, timeout=DRAIN_S)
        for late in self._handlers:
            late.cancel()
        if self._guard is not None:
            await self._guard.close()
