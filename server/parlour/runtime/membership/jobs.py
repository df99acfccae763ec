"""Runs jobs that one process of a database does, each under a lease; where that process ends, another takes over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from parlour.runtime.clock import Clock
from parlour.runtime.lease import Lease, renewal_s
from parlour.runtime.store import StoreError

log = structlog.get_logger()

LEASE_MS = 15_000
"""How long another process waits before it does the job of one that died."""


class JobLeases(Protocol):
    """The leases on jobs. Every method may raise StoreError."""

    async def hold(self, job: str, owner: str, ttl_ms: int, now: int) -> bool:
        """Take or renew the lease on a job; return False while another process has it."""

    async def release(self, job: str, owner: str) -> None:
        """Give a lease back."""


class MemoryJobLeases:
    """Leases in memory: for the one process of a SQLite file, and for tests. Its docstrings are `JobLeases`'."""

    def __init__(self) -> None:
        self._held: dict[str, Lease] = {}

    async def hold(self, job: str, owner: str, ttl_ms: int, now: int) -> bool:
        taken = self._held.get(job, Lease()).taken_by(owner, ttl_ms, now)
        if taken is not None:
            self._held[job] = taken
        return taken is not None

    async def release(self, job: str, owner: str) -> None:
        if self._held.get(job, Lease()).holder == owner:
            del self._held[job]


class JobRunner:
    """Does jobs in the name of this process.

    Attributes:
        doing: the jobs that this process does now.
    """

    def __init__(self, leases: JobLeases, owner: str, clock: Clock) -> None:
        self.doing: set[str] = set()
        self._leases, self._owner, self._clock = leases, owner, clock
        self._looks: set[asyncio.Event] = set()

    def look(self) -> None:
        """Try now to take the leases that others had: a process that ended may have given them back."""
        for each in self._looks:
            each.set()

    async def run(self, job: str, work: Callable[[], Awaitable[None]], lease_ms: int = LEASE_MS) -> None:
        """Do `work`, which lasts, whenever this process holds the lease on the job; until cancelled."""
        task: asyncio.Task[Any] | None = None
        until = float("-inf")
        try:
            while True:
                asked = self._clock.monotonic()
                held = await self._holds(job, lease_ms)
                if held:
                    until = asked + lease_ms / 1000
                if held is False or self._clock.monotonic() >= until:
                    await self._end(job, task)
                    task = None
                elif task is None or task.done():
                    self.doing.add(job)
                    task = asyncio.get_running_loop().create_task(_logged(job, work), name=job)
                await self._sleep(renewal_s(lease_ms))
        finally:
            await self._end(job, task)
            with contextlib.suppress(StoreError):
                await self._leases.release(job, self._owner)

    async def _sleep(self, seconds: float) -> None:
        """Wait so long, or until `look`."""
        called = asyncio.Event()
        self._looks.add(called)
        timer = self._clock.call_later(seconds, called.set)
        try:
            await called.wait()
        finally:
            timer.cancel()
            self._looks.discard(called)

    async def _holds(self, job: str, lease_ms: int) -> bool | None:
        """Take or renew the lease; None where the store cannot tell."""
        try:
            return await self._leases.hold(job, self._owner, lease_ms, self._clock.now())
        except StoreError as error:
            log.warning("job.lease_unknown", job=job, error=type(error).__name__)
            return None

    async def _end(self, job: str, task: asyncio.Task[Any] | None) -> None:
        self.doing.discard(job)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _logged(job: str, work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        log.exception("job.failed", job=job)
