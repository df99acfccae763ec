"""A clock that stands still until a test moves it on."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count

BEGIN = 1_800_000_000.0
"""What time it is when a test begins, in seconds since 1970 UTC: a Friday morning in 2027, 08:00."""


class StillClock:
    """Implements `parlour_client.bot.clock.Clock`."""

    def __init__(self) -> None:
        self._now = BEGIN
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return what time it is."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the time on."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self._now + seconds, next(self._numbers), woken))
        await woken

    def chance(self) -> float:
        """Draw 0, always."""
        return 0.0

    def move_to(self, until: float) -> bool:
        """Move on to the next moment somebody waits for, at most to `until`; returns whether somebody was woken."""
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[2].done()]
        self._sleepers.sort()
        if not self._sleepers or self._sleepers[0][0] > until:
            self._now = until
            return False
        due, _, woken = heappop(self._sleepers)
        self._now = max(self._now, due)
        woken.set_result(None)
        return True
