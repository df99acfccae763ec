"""The handlers of a bot that run now: guarded, and given time to finish when the bot ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from parlour_client.bot.commands import AsyncHandler
from parlour_client.listeners import Guard
from parlour_client.ports import ErrorHook

log = logging.getLogger("parlour.bot")

DRAIN_S = 5.0
"""For running handlers to finish after SIGTERM."""


class Running:
    """Runs handlers; what one raises is logged and goes to the error hook.

    Args:
        hook: gets what was raised; None logs it with its traceback.
    """

    def __init__(self, hook: ErrorHook | None) -> None:
        self._guard = None if hook is None else Guard(hook)
        self._handlers: set[asyncio.Future[object]] = set()

    async def run(self, room: str, handler: AsyncHandler, *arguments: Any, **named: Any) -> None:
        """Run a handler to its end, also when the task that waits for it is cancelled meanwhile."""
        try:
            running = asyncio.ensure_future(handler(*arguments, **named))
            self._handlers.add(running)
            try:
                await asyncio.shield(running)
            finally:
                self._handlers.discard(running)
        except Exception as error:
            self.report(error, f"handler {getattr(handler, '__name__', handler)} failed in room {room}")

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
