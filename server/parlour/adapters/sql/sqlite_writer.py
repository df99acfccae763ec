"""Writes a SQLite file over one connection, which survives errors of the disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from operator import attrgetter
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from parlour.adapters.sql.database import CHECKPOINT_PAGES, PAGE_BYTES, RESTART_PAGES
from parlour.adapters.sql.prepared import driver_of, on_sqlite
from parlour.adapters.sql.sqlite_append import commit_rows, only_adds_rows
from parlour.adapters.sql.writer import (
    BATCH_LIMIT,
    QUEUE_LIMIT,
    Job,
    Writer,
    commit,
    store_error,
)
from parlour.runtime.commit_pace import CommitPace
from parlour.runtime.store import Append, Done

PAGES_AN_APPEND = 5
"""Pages that a small write adds to the write-ahead log: its entry, two indexes, its room, a membership."""

APPEND_OF = attrgetter("append")
"""Takes a job's append: without a Python call for each."""


class SqliteWriter(Writer):
    """Writes a SQLite file: from a thread of its own, or appends from the loop's thread while commits are short.

    Going to the thread and back costs a lone post two switches of threads; a slow commit in the loop's thread would
    cost everybody its time. The connection belongs to the thread while anything that was handed over waits for its
    answer, else to the loop. Appends that the loop should commit wait for that answer, one of the thread's commits at
    most: behind them in the thread's queue they would keep it busy, and no later append could return to the loop.

    The jobs of one turn of the loop go to the thread as one list, so they are one commit: a thread woken by the first
    of them would compete with the loop for the interpreter and commit that one alone.

    The write-ahead log is copied back over a second connection, while commits go on. What they add meanwhile keeps
    SQLite from using the log's file from its beginning again, so once in `RESTART_PAGES` commits wait for a copy.

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
        self._held: list[tuple[Sequence[Append], Done]] = []  # until the thread has answered
        self._copier: _Connection | None = None
        self._copying: asyncio.Task[None] | None = None
        self._uncopied = 0  # pages added to the write-ahead log since the last copy began, by our own count
        self._restart_due = False
        self._handed: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._gathered: list[Job] = []
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="parlour-writer", daemon=True)
        self._thread.start()

    def append_all(self, items: Sequence[Append], done: Done) -> None:
        """Commit the appends in the loop where it may, now or after the thread; else queue them for the thread.

        See `Writer.append_all`.
        """
        if self._closed or self._connection is None or not items or not self._pace.in_loop():
            super().append_all(items, done)
        elif not self._waiting:
            self._commit_or_queue(self._connection, [(items, done)])
        elif self._waiting < self._limit:
            self._held.append((items, done))
        else:
            super().append_all(items, done)

    def _commit_or_queue(self, connection: _Connection, groups: Sequence[tuple[Sequence[Append], Done]]) -> None:
        """Commit in the loop's thread, or queue where another process holds the file."""
        items = groups[0][0] if len(groups) == 1 else [item for group, _ in groups for item in group]
        answers = self._commit_here(connection, items)
        first = 0
        for group, done in groups:
            if answers is None:
                super().append_all(group, done)
            else:
                done(answers[first : first + len(group)])
                first += len(group)
        if answers is not None:
            self._count_pages(items)

    def _deliver(self, batch: Sequence[Job], answers: Sequence[Any]) -> None:
        super()._deliver(batch, answers)
        self._count_pages(map(APPEND_OF, batch))
        if self._held:
            self._go_on()

    def _go_on(self) -> None:
        """Commit what waited for the thread; where it has more to do, it takes that too."""
        held, self._held = self._held, []
        if not self._waiting and self._connection is not None and self._pace.in_loop():
            self._commit_or_queue(self._connection, held)
        else:
            for items, done in held:
                super().append_all(items, done)

    def _commit_here(self, connection: _Connection, items: Sequence[Append]) -> Sequence[Any] | None:
        """Commit in the loop's thread; None where another process holds the file, which only the thread waits for."""
        clock = self._pace.monotonic
        began = clock()
        try:
            answers = connection.append(items)
        except SQLAlchemyError as error:
            if _is_busy(error):
                self._pace.failed()
                return None
            self._connection = None
            connection.drop()
            return [store_error(error)] * len(items)
        seconds = clock() - began
        self._pace.took(seconds)
        self.commits["loop"] += 1
        self.commit_seconds.add(seconds, "loop")
        return answers

    def _count_pages(self, items: Iterable[Append | None]) -> None:
        """Begin a copy in time, so that SQLite copies at the end of no commit: that syncs the whole file.

        Args:
            items: what was committed; None is a write that is no append.
        """
        for item in items:
            self._uncopied += PAGES_AN_APPEND
            if item is not None:
                for entry in item.entries:
                    self._uncopied += len(entry.raw or b"") // PAGE_BYTES
        if self._uncopied >= CHECKPOINT_PAGES and self._copying is None and not self._closed:
            self._uncopied = 0
            self._copying = asyncio.create_task(self._copy(), name="checkpoint")

    async def _copy(self) -> None:
        pages = await asyncio.to_thread(self._copy_beside)
        self._copying = None
        if pages >= RESTART_PAGES and not self._restart_due and not self._closed:
            self._waiting += 1
            self._restart_due = True
            self._handed.put([])

    def _copy_beside(self) -> int:
        """Copy the write-ahead log while others commit; return how many pages it has, 0 where that failed."""
        try:
            if self._copier is None:
                self._copier = _Connection(self._engine)
            return self._copier.checkpoint()
        except SQLAlchemyError:  # a full disk, for one: commits say so themselves, and the next copy tries again
            if self._copier is not None:
                self._copier.drop()
            self._copier = None
            return 0

    def _restarted(self) -> None:
        self._waiting -= 1
        if self._held:
            self._go_on()

    def _put(self, job: Job) -> None:
        self._gathered.append(job)
        if len(self._gathered) == 1:
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._handed.put(gathered)

    async def close(self) -> None:
        if not self._closed:
            for items, done in self._held:
                super().append_all(items, done)
            self._held = []
            self._closed = True
            if self._copying is not None:
                await self._copying
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
            if self._restart_due:
                self._restart_due = False
                self._restart()
            batch, jobs = jobs[:BATCH_LIMIT], jobs[BATCH_LIMIT:]
            if batch:
                answers = self._commit(batch)
                self._loop.call_soon_threadsafe(self._deliver, batch, answers)
        for connection in (self._connection, self._copier):
            if connection is not None:
                connection.close()
        self._engine.dispose()

    def _commit(self, batch: list[Job]) -> Sequence[Any]:
        try:
            if self._connection is None:
                self._connection = _Connection(self._engine)
            began = time.monotonic()
            answers = self._connection.commit(batch)
            self.commits["thread"] += 1
            self.commit_seconds.add(time.monotonic() - began, "thread")
            return answers
        except SQLAlchemyError as error:
            self._drop()
            return [store_error(error)] * len(batch)

    def _restart(self) -> None:
        """Copy all of the write-ahead log, so that the next commit writes to its beginning."""
        try:
            if self._connection is not None:
                self._connection.checkpoint()
        except SQLAlchemyError:
            self._drop()
        self._loop.call_soon_threadsafe(self._restarted)

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
    """A connection that writes or checkpoints; one thread at a time uses it.

    SQLite takes these pragmas only between transactions, so they go to the driver's own connection.

    Args:
        engine: opens it.
    """

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        self._driver = driver_of(self._connection)
        self._full = self._level = self._read("synchronous")
        self._patience_ms = self._patience = self._read("busy_timeout")
        self._mode = (True, True)  # lasting, patient

    def append(self, items: Sequence[Append]) -> Sequence[Any]:
        """Store appends without waiting for another process that holds the file; answers and raises as `commit`."""
        if self._mode != (True, False):
            self._set(lasting=True, patient=False)
        if only_adds_rows(items) and commit_rows(self._driver, items):
            return [None] * len(items)
        return commit(self._connection, [Job(_ignore, item, None, (item.room.lower(),)) for item in items])

    def commit(self, batch: Sequence[Job]) -> Sequence[Any]:
        """Run a batch in one transaction; the answer holds a value or an exception for each job.

        Raises:
            SQLAlchemyError: nothing of the batch can be said to be stored; the connection should be replaced.
        """
        appends, lasting = list[Append](), False
        for job in batch:
            lasting = lasting or job.lasting
            if job.append is not None:
                appends.append(job.append)
        if self._mode != (lasting, True):
            self._set(lasting=lasting, patient=True)
        if len(appends) == len(batch) and only_adds_rows(appends) and commit_rows(self._driver, appends):
            return [None] * len(batch)
        return commit(self._connection, batch)

    def checkpoint(self) -> int:
        """Copy the write-ahead log back into the file, as far as readers allow; return how many pages the log has.

        Raises:
            SQLAlchemyError: the disk failed, nothing is lost.
        """
        _, pages, _ = on_sqlite(self._driver, "PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return int(pages)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def drop(self) -> None:
        """Close the connection for good after an error of the disk."""
        self._connection.invalidate()
        self._connection.close()

    def _set(self, *, lasting: bool, patient: bool) -> None:
        """Choose whether the coming commits sync, and whether they wait for another process."""
        level = self._full if lasting else min(self._full, 1)
        if level != self._level:
            on_sqlite(self._driver, f"PRAGMA synchronous={level}")
            self._level = level
        patience = self._patience_ms if patient else 0
        if patience != self._patience:
            on_sqlite(self._driver, f"PRAGMA busy_timeout={patience}").fetchall()
            self._patience = patience
        self._mode = (lasting, patient)

    def _read(self, pragma: str) -> int:
        return int(on_sqlite(self._driver, f"PRAGMA {pragma}").fetchone()[0])


def _is_busy(error: SQLAlchemyError) -> bool:
    """Return whether another process held the file."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return bool(code) and code & 0xFF == sqlite3.SQLITE_BUSY
