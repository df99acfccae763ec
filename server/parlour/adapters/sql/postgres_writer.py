"""Writes to Postgres over one connection from one task, and replaces the connection when it is lost."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parlour.adapters.sql.writer import BATCH_LIMIT, QUEUE_LIMIT, Job, Writer, commit, store_error
from parlour.runtime.backoff import Backoff
from parlour.runtime.store import StoreError

RECONNECTING = Backoff(first_s=0.1, longest_s=2.0)
"""Pauses between attempts to reach a database that is away; jobs are refused meanwhile. A restart takes a second or
two."""
FREEZE_MS = 3_000
"""A transaction whose process stands still for longer is ended by Postgres, which then frees its rooms. Shorter than a
lease, longer than any pause of a healthy process."""


class PostgresWriter(Writer):
    """The one connection that writes to Postgres; jobs are refused while the database is down."""

    def __init__(self, engine: AsyncEngine, limit: int = QUEUE_LIMIT) -> None:
        super().__init__(limit)
        self._engine = engine
        self._jobs: list[Job] = []
        self._ready = asyncio.Event()
        self._failures = 0
        self._away_until = 0.0
        self._connection: AsyncConnection | None = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name="parlour-writer")

    def _put(self, job: Job) -> None:
        self._jobs.append(job)
        self._ready.set()

    async def close(self) -> None:
        self._closed = True
        self._ready.set()
        await self._task

    async def _run(self) -> None:
        while await self._ready.wait():
            batch, self._jobs = self._jobs[:BATCH_LIMIT], self._jobs[BATCH_LIMIT:]
            if not batch:
                if self._closed:
                    break
                self._ready.clear()
                continue
            try:
                answers = await self._commit(batch)
            except (SQLAlchemyError, OSError, StoreError) as error:
                answers = [await self._failed(error)] * len(batch)
            self._deliver(batch, answers)
        await self._drop()
        await self._engine.dispose()

    async def _commit(self, batch: list[Job]) -> list[Any]:
        if self._connection is None:
            if asyncio.get_running_loop().time() < self._away_until:
                raise StoreError("The database cannot be reached.")
            self._connection = await self._connect()
        began = time.monotonic()
        answers = await self._connection.run_sync(commit, batch)
        self._failures = 0
        self.commits["task"] += 1
        self.commit_seconds.add(time.monotonic() - began, "task")
        return answers

    async def _connect(self) -> AsyncConnection:
        connection = await self._engine.connect()
        await connection.exec_driver_sql(f"SET idle_in_transaction_session_timeout = {FREEZE_MS}")
        await connection.commit()
        return connection

    async def _failed(self, error: Exception) -> StoreError:
        """Drop the connection after an error of the connection itself, and wait before the next one."""
        if isinstance(error, StoreError):
            return error
        self._failures += 1
        self._away_until = asyncio.get_running_loop().time() + RECONNECTING.pause_after(self._failures)
        await self._drop()
        return store_error(error) if isinstance(error, SQLAlchemyError) else StoreError(str(error))

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.invalidate()
                await connection.close()
            except (SQLAlchemyError, OSError):
                pass
