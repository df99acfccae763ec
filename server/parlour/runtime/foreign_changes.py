"""Looks a few times a second at what other processes changed: at everything at once, which costs one read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

log = structlog.get_logger()

LOOK_SECONDS = 0.4
"""Between two looks: what another process changes holds here within a second."""

Look = Callable[[], Awaitable[None]]
"""Reads once what changed; raises StoreError where that cannot be read now."""


async def follow(looks: Mapping[str, Look], clock: Clock) -> None:
    """Look until cancelled.

    Args:
        looks: by the name that the log has for what they read. One that fails is logged, and tried with the next.
    """
    while True:
        came = await asyncio.gather(*(look() for look in looks.values()), return_exceptions=True)
        for name, error in zip(looks, came, strict=True):
            if isinstance(error, StoreError):
                log.warning("changes.unread", of=name, error=str(error))
            elif isinstance(error, Exception):
                log.error("changes.look_failed", of=name, exc_info=error)
        await clock.sleep(LOOK_SECONDS)
