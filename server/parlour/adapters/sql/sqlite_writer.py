"""Writes a SQLite file over one connection, which survives errors of the disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from parlour.adapters.sql.database import CHECKPOINT_PAGES
from parlour.adapters.sql.prepared import driver_of, on_sqlite
from parlour.adapters.sql.writer import (
    BATCH_LIMIT,
    QUEUE_LIMIT,
    Job,
    Writer,
    commit,
    commit_rows,
    is_a_jobs_own,
    only_adds_rows,
    store_error,
)
from parlour.runtime.commit_pace import CommitPace
from parlour.runtime.store import Append, Done

PAGES_AN_APPEND = 4
"""Pages that a small append adds to the write-ahead log: its entry, two indexes and its room."""
CHECKPOINT_AT = CHECKPOINT_PAGES * 3 // 4
"""Pages by our own count after which the thread checkpoints, so that SQLite does not while the loop commits."""


class SqliteWriter(Writer):
    """Writes a SQLite file: from a thread of its own, or appends from the loop's thread while commits are short.

    Going to the thread and back costs a lone post two switches of threads; a slow commit in the loop's thread would
    cost everybody its time. The connection belongs to the thread while anything that was handed over waits for its
    answer, else to the loop.

    The jobs of one turn of the loop go to the thread as one list, so they are one commit: a thread woken by the first
    of them would compete with the loop for the interpreter and commit that one alone.

    Args:
        engine: opens the connection.
        limit: jobs that may wait.
        pace: chooses the thread; left out, the one that suits the disk.
    """

    def __init__(self, engine: Engine, limit: int = QUEUE_LIMIT, pace: CommitPace | None = None) -> None:
        super().__init__(limit)
        self._engine = engine
        self._pace = pace or CommitPace()
        self._connection: _Connection | None = None
        self._uncopied = 0  # pages in the write-ahead log, by our own count
        self._checkpoint_due = False
        self._handed: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._gathered: list[Job] = []
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="parlour-writer", daemon=True)
        self._thread.start()

    def append_all(self, items: Sequence[Append], done: Done) -> None:
        """Commit the appends now where the loop may, else queue them; see `Writer.append_all`."""
        if self._waiting or self._closed or self._connection is None or not items or not self._pace.in_loop():
            super().append_all(items, done)
            return
        batch = [Job(_ignore, item, None, (item.room.lower(),)) for item in items]
        answers = self._commit_here(self._connection, batch)
        if answers is None:
            super().append_all(items, done)
        else:
            done(answers)
            self._count_pages(len(batch))

    def _commit_here(self, connection: _Connection, batch: list[Job]) -> list[Any] | None:
        """Commit in the loop's thread; None where another process holds the file, which only the thread waits for."""
        clock = self._pace.monotonic
        began = clock()
        try:
            answers = connection.commit(batch, patient=False)
        except SQLAlchemyError as error:
            if _is_busy(error):
                self._pace.failed()
                return None
            self._connection = None
            connection.drop()
            return [store_error(error)] * len(batch)
        self._pace.took(clock() - began)
        self.commits["loop"] += 1
        return answers

    def _count_pages(self, appends: int) -> None:
        """Let the thread checkpoint in time: a checkpoint syncs the whole file."""
        self._uncopied += appends * PAGES_AN_APPEND
        if self._uncopied >= CHECKPOINT_AT and not self._waiting:
            self._uncopied = 0
            self._waiting += 1
            self._checkpoint_due = True
            self._handed.put([])

    def _checkpointed(self) -> None:
        self._waiting -= 1

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
        jobs: list[Job] = []
        going = True
        while going or jobs:
            if going:
                going = self._collect(jobs)
            if self._checkpoint_due:
                self._checkpoint_due = False
                self._checkpoint()
            batch, jobs = jobs[:BATCH_LIMIT], jobs[BATCH_LIMIT:]
            if batch:
                answers = self._commit(batch)
                self._loop.call_soon_threadsafe(self._deliver, batch, answers)
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _commit(self, batch: list[Job]) -> list[Any]:
        try:
            if self._connection is None:
                self._connection = _Connection(self._engine)
            answers = self._connection.commit(batch)
            self.commits["thread"] += 1
            return answers
        except SQLAlchemyError as error:
            self._drop()
            return [store_error(error)] * len(batch)

    def _checkpoint(self) -> None:
        try:
            if self._connection is not None:
                self._connection.checkpoint()
        except SQLAlchemyError:
            self._drop()
        self._loop.call_soon_threadsafe(self._checkpointed)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop()

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


def _ignore(_answer: Any) -> None:
    """Stand for the caller of a job whose answer is passed on otherwise."""


# ── the connection ───────────────────────────────────────────────────────────────────────────────────────────────


class _Connection:
    """The one connection that writes; one thread at a time uses it.

    SQLite takes these pragmas only between transactions, so they go to the driver's own connection.

    Args:
        engine: opens it.
    """

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        self._driver = driver_of(self._connection)
        self._full = self._level = self._read("synchronous")
        self._patience_ms = self._patience = self._read("busy_timeout")

    def commit(self, batch: Sequence[Job], *, patient: bool = True) -> list[Any]:
        """Run a batch in one transaction; the answer holds a value or an exception for each job.

        Args:
            patient: wait for another process that holds the file; else fail at once.

        Raises:
            SQLAlchemyError: nothing of the batch can be said to be stored; the connection should be replaced.
        """
        self._set(any(job.lasting for job in batch), patient)
        if only_adds_rows(batch):
            try:
                return commit_rows(self._driver, batch)
            except DBAPIError as error:
                if not is_a_jobs_own(error):
                    raise
        return commit(self._connection, batch)

    def checkpoint(self) -> None:
        """Copy the write-ahead log back into the file, as far as readers allow; raises SQLAlchemyError."""
        on_sqlite(self._connection, "PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def drop(self) -> None:
        """Close the connection for good after an error of the disk."""
        self._connection.invalidate()
        self._connection.close()

    def _set(self, lasting: bool, patient: bool) -> None:
        """Choose whether the coming commits sync, and whether they wait for another process."""
        level = self._full if lasting else min(self._full, 1)
        if level != self._level:
            on_sqlite(self._driver, f"PRAGMA synchronous={level}")
            self._level = level
        patience = self._patience_ms if patient else 0
        if patience != self._patience:
            on_sqlite(self._driver, f"PRAGMA busy_timeout={patience}").fetchall()
            self._patience = patience

    def _read(self, pragma: str) -> int:
        return int(on_sqlite(self._driver, f"PRAGMA {pragma}").fetchone()[0])


def _is_busy(error: SQLAlchemyError) -> bool:
    """Return whether another process held the file."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return bool(code) and code & 0xFF == sqlite3.SQLITE_BUSY
