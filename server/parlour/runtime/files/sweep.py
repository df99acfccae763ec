"""Removes the bytes of files that are on no list any more, and takes those off the lists that nobody named."""

from __future__ import annotations

import asyncio

import structlog

from parlour.runtime.clock import Clock
from parlour.runtime.files.store import FileRows, FileStore
from parlour.runtime.store import StoreError

log = structlog.get_logger()

SWEEP_SECONDS = 600.0
"""Between two looks at what was not named for a day; what was erased goes at once."""
AT_ONCE = 100
"""Files removed before the rows are told."""


class Sweeper:
    """Sweeps every ten minutes, and as soon as it is called; other processes may sweep meanwhile."""

    def __init__(self, store: FileStore, rows: FileRows, clock: Clock) -> None:
        self._store = store
        self._rows = rows
        self._clock = clock
        self._called = asyncio.Event()
        self._sweeping = asyncio.Lock()

    def call(self) -> None:
        """Sweep soon: something was erased."""
        self._called.set()

    async def run(self) -> None:
        """Sweep every ten minutes until cancelled: one process of several does."""
        while True:
            await self._try()
            await asyncio.sleep(SWEEP_SECONDS)

    async def follow_calls(self) -> None:
        """Sweep whenever this process is called, until cancelled."""
        while True:
            await self._called.wait()
            self._called.clear()
            await self._try()

    async def _try(self) -> None:
        """Sweep; what fails is logged and tried again."""
        try:
            async with self._sweeping:
                await self.sweep()
        except (StoreError, OSError) as error:
            log.warning("files.sweep_failed", error=type(error).__name__)

    async def sweep(self) -> int:
        """Remove what may go, and return how many files that were."""
        now = self._clock.now()
        await self._rows.forget_unnamed(now)
        removed = 0
        while keys := await self._rows.garbage(now, AT_ONCE):
            for key in keys:
                await self._store.remove(key)
            await self._rows.collected(keys)
            removed += len(keys)
        return removed
