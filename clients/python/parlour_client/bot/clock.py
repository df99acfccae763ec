"""Time and chance, as a bot has them; a test has its own."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol


class Clock(Protocol):
    """What a bot asks of time and chance."""

    def now(self) -> float:
        """Return the seconds since 1970 UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    def chance(self) -> float:
        """Draw a number from 0 up to 1."""


class WallClock:
    """Implements `Clock` by the machine's clock."""

    def now(self) -> float:
        """Return the seconds since 1970 UTC."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def chance(self) -> float:
        """Draw a number from 0 up to 1."""
        return random.random()
