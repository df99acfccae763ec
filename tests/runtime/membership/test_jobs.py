"""Jobs under a lease: one process does each, another takes over, and nobody does one without the lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from parlour.runtime.lease import renewal_s
from parlour.runtime.membership.jobs import LEASE_MS, JobRunner, MemoryJobLeases
from parlour.runtime.store import StoreError
from parlour.testing.fakes import FakeClock, settle

LEASE_S = LEASE_MS / 1000


class Leases(MemoryJobLeases):
    """Leases whose store can be away."""

    away = False

    async def hold(self, job: str, owner: str, ttl_ms: int, now: int) -> bool:
        if self.away:
            raise StoreError("away")
        return await super().hold(job, owner, ttl_ms, now)


def lasting(doing: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        doing.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            doing.remove(name)

    return work


async def begun(clock: FakeClock, leases: Leases, doing: list[str], name: str) -> asyncio.Task[None]:
    task = asyncio.ensure_future(JobRunner(leases, name, clock).run("sweep", lasting(doing, name)))
    await settle()
    return task


async def test_job_of_a_process_that_ends_is_taken_over() -> None:
    clock, leases, doing = FakeClock(), Leases(), list[str]()
    one = await begun(clock, leases, doing, "one")
    two = await begun(clock, leases, doing, "two")
    await clock.advance(3 * LEASE_S)
    assert doing == ["one"]
    one.cancel()
    await settle()
    assert doing == []
    await clock.advance(renewal_s(LEASE_MS))
    assert doing == ["two"]
    two.cancel()


async def test_lease_that_is_given_back_is_taken_at_once_by_who_looks() -> None:
    clock, leases, doing = FakeClock(), Leases(), list[str]()
    one, others = await begun(clock, leases, doing, "one"), JobRunner(leases, "two", clock)
    two = asyncio.ensure_future(others.run("sweep", lasting(doing, "two")))
    await settle()
    others.look()
    await settle()
    assert doing == ["one"]
    one.cancel()
    await settle()
    others.look()
    await settle()
    assert doing == ["two"]
    two.cancel()


async def test_job_of_a_process_that_died_is_taken_over_after_its_lease() -> None:
    clock, leases, doing = FakeClock(), Leases(), list[str]()
    await leases.hold("sweep", "dead", LEASE_MS, clock.now())
    two = await begun(clock, leases, doing, "two")
    assert doing == []
    await clock.advance(LEASE_S)
    assert doing == ["two"]
    two.cancel()


async def test_job_goes_on_through_a_short_outage_and_ends_with_its_lease() -> None:
    clock, leases, doing = FakeClock(), Leases(), list[str]()
    one = await begun(clock, leases, doing, "one")
    leases.away = True
    await clock.advance(LEASE_S * 0.7)
    assert doing == ["one"]
    await clock.advance(LEASE_S)
    assert doing == [], "another process may do it now"
    leases.away = False
    await clock.advance(renewal_s(LEASE_MS))
    assert doing == ["one"]
    one.cancel()


async def test_job_that_fails_is_begun_again() -> None:
    clock, tries = FakeClock(), list[int]()

    async def work() -> None:
        tries.append(len(tries))
        raise RuntimeError("a defect")

    task = asyncio.ensure_future(JobRunner(Leases(), "one", clock).run("sweep", work))
    await settle()
    await clock.advance(2 * renewal_s(LEASE_MS))
    assert tries == [0, 1, 2]
    task.cancel()
