"""Timers of a bot: handlers that are called again and again, each counted from its last start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from parlour_client.bot.clock import Clock
from parlour_client.bot.router import Timer


def pause(timer: Timer, started: float, now: float, chance: float) -> float:
    """Return the seconds until a timer's next start.

    Args:
        started: when it was started last, or when the bot began (seconds since 1970 UTC).
        chance: from 0 up to 1, what the jitter is drawn by.
    """
    if timer.seconds is None:
        assert timer.at is not None  # a router makes timers with one of the two
        begin = datetime.fromtimestamp(now, UTC)
        due = datetime.combine(begin.date(), timer.at.replace(tzinfo=None), UTC)
        return ((due if due > begin else due + timedelta(days=1)) - begin).total_seconds()
    return max(0.0, started + timer.seconds * (1 + timer.jitter * chance) - now)


async def keep_calling(timer: Timer, clock: Clock, call: Callable[[], Awaitable[None]]) -> None:
    """Call a timer's handler whenever it is due, until cancelled; two calls never overlap."""
    started = clock.now()
    while True:
        await clock.sleep(pause(timer, started, clock.now(), clock.chance()))
        started = clock.now()
        await call()
