"""Writes a SQLite file from one thread, which outlives every error of the disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from queue import Empty, SimpleQueue
from typing import Any, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from parlour.adapters.sql.writer import BATCH_LIMIT, QUEUE_LIMIT, Job, Writer, commit, store_error


class SqliteWriter(Writer):
    """The one thread that writes a SQLite file.

    The jobs of one turn of the loop go to the thread as one list, so they are one commit: a thread woken by the first
    of them would compete with the loop for the interpreter and commit that one alone.
    """

    def __init__(self, engine: Engine, limit: int = QUEUE_LIMIT) -> None:
        super().__init__(limit)
        self._engine = engine
        self._handed: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._gathered: list[Job] = []
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="parlour-writer", daemon=True)
        self._thread.start()

    def _put(self, job: Job) -> None:
        self._gathered.append(job)
        if len(self._gathered) == 1:
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._handed.put(gathered)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._handed.put(None)
        await asyncio.to_thread(self._thread.join)

    # ── in the thread ────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        connection: Connection | None = None
        jobs: list[Job] = []
        going = True
        while going or jobs:
            if going:
                going = self._collect(jobs)
            batch, jobs = jobs[:BATCH_LIMIT], jobs[BATCH_LIMIT:]
            if not batch:
                continue
            try:
                connection = connection or self._engine.connect()
                _wait_for_disk(connection, any(job.lasting for job in batch))
                answers = commit(connection, batch)
            except SQLAlchemyError as error:
                answers = [store_error(error)] * len(batch)
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                connection = None
            self._loop.call_soon_threadsafe(self._deliver, batch, answers)
        if connection is not None:
            connection.close()
        self._engine.dispose()

    def _collect(self, jobs: list[Job]) -> bool:
        """Add what was handed over to `jobs`, and wait for some where there are none; False: nothing comes any more."""
        try:
            handed = self._handed.get(not jobs)
            while handed is not None:
                jobs += handed
                if len(jobs) >= BATCH_LIMIT:
                    return True
                handed = self._handed.get_nowait()
        except Empty:
            return True
        return False


def _wait_for_disk(connection: Connection, lasting: bool) -> None:
    """Choose whether the coming commits sync.

    SQLite takes `PRAGMA synchronous` only between transactions, so it goes to the driver's own connection.
    """
    info: dict[Any, Any] = connection.info
    if lasting and "full" not in info:
        return
    cursor = cast(sqlite3.Connection, connection.connection.driver_connection).cursor()
    try:
        if "full" not in info:
            cursor.execute("PRAGMA synchronous")
            info["full"] = info["level"] = int(cursor.fetchone()[0])
        level = info["full"] if lasting else min(info["full"], 1)
        if level != info["level"]:
            cursor.execute(f"PRAGMA synchronous={level}")
            info["level"] = level
    except sqlite3.Error as error:
        raise OperationalError("PRAGMA synchronous", None, error) from error
