"""Implements `runtime.membership.jobs.JobLeases` over SQLite or Postgres."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, or_, select, update

from parlour.adapters.membership.tables import job_lease
from parlour.adapters.sql.writer import Writer
from parlour.runtime.lease import LONGEST_MS
from parlour.runtime.store import Repeated

_C = job_lease.c


class SqlJobLeases:
    """Its docstrings are those of `JobLeases`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def hold(self, job: str, owner: str, ttl_ms: int, now: int) -> bool:
        try:
            return await self._writer.write(lambda connection: _hold(connection, job, owner, ttl_ms, now))
        except Repeated:  # another process took it for the first time at the same moment
            return False

    async def release(self, job: str, owner: str) -> None:
        held = delete(job_lease).where(_C.job == job, _C.owner == owner)
        await self._writer.write(lambda connection: connection.execute(held).rowcount)


def _hold(connection: Connection, job: str, owner: str, ttl_ms: int, now: int) -> bool:
    """Take the lease by the rule of runtime/lease.py, in one statement where it has a row."""
    free = or_(_C.owner == owner, _C.until <= now, _C.until > now + LONGEST_MS)
    taken = update(job_lease).where(_C.job == job, free).values(owner=owner, until=now + ttl_ms)
    if connection.execute(taken).rowcount:
        return True
    if connection.scalar(select(_C.job).where(_C.job == job)) is not None:
        return False
    connection.execute(insert(job_lease).values(job=job, owner=owner, until=now + ttl_ms))
    return True
