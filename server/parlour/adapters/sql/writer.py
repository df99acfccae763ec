"""One writer per database: whatever queued while the last commit ran is the next transaction.

There is no fixed window: an idle database commits a lone post at once, a busy one shares each commit among hundreds.
Every write of the process goes through here, appends and everything else, so on SQLite nobody ever waits for a lock.
One job that fails never fails its neighbours: a batch that trips is rolled back and run again, each job in a savepoint.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parlour.adapters.sql.log_append import Append, Places, append_all, lock
from parlour.runtime.backoff import Backoff
from parlour.runtime.store import Repeated, StoreError

T = TypeVar("T")

QUEUE_LIMIT = 10_000
BATCH_LIMIT = 2_000
"""Jobs of one transaction: bounds how long a commit holds the database."""
DEADLOCK_RETRIES = 3
DEADLOCK = "40P01"
RECONNECTING = Backoff(first_s=0.1, longest_s=2.0)
"""Pauses between attempts to reach a database that is away; jobs are refused meanwhile."""

FREEZE_MS = 3_000


@dataclass(slots=True, eq=False)
class _Job:
    """Either an append or any other write; `answer` belongs to the loop's thread."""

    answer: asyncio.Future[Any]
    append: Append | None
    work: Callable[[Connection], Any] | None
    rooms: Sequence[str] = ()
    lasting: bool = True


class Writer(ABC):
    """What the process writes through. Its methods belong to the event loop; jobs run elsewhere."""

    def __init__(self, limit: int = QUEUE_LIMIT) -> None:
        self._limit = limit
        self._waiting = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """Jobs not answered yet."""
        return self._waiting

    def append(self, item: Append) -> asyncio.Future[None]:
        """Queue an append; the future ends when it is durable.

        Raises (from the future):
            Fenced: the room moved on without this writer.
            Repeated: an id or a source is in the log already.
            StoreError: not stored; at once when the queue is full.
        """
        return self._queue(item, None, (item.key,))

    def write(
        self, work: Callable[[Connection], T], rooms: Sequence[str] = (), *, lasting: bool = True
    ) -> asyncio.Future[T]:
        """Queue any other write. `work` may run more than once (a batch that trips is run again) and must not commit.

        Args:
            rooms: keys of the rows of `room` it changes; they are locked with those of the whole batch.
            lasting: False spares the disk's sync: the write survives the process, and survives a power cut as soon as
                any later lasting write does (both logs keep the order of commits).

        Raises (from the future):
            Exception: whatever `work` raised that is not the database's; what it wrote is undone.
            Repeated, StoreError: as for `append`.
        """
        return self._queue(None, work, rooms, lasting)

    def _queue(
        self,
        item: Append | None,
        work: Callable[[Connection], Any] | None,
        rooms: Sequence[str],
        lasting: bool = True,
    ) -> asyncio.Future[Any]:
        job = _Job(asyncio.get_running_loop().create_future(), item, work, rooms, lasting)
        if self._closed or self._waiting >= self._limit:
            job.answer.set_exception(
                StoreError("The store is closed." if self._closed else "The writer's queue is full.")
            )
            return job.answer
        self._waiting += 1
        self._put(job)
        return job.answer

    def _deliver(self, batch: Sequence[_Job], answers: Sequence[Any]) -> None:
        self._waiting -= len(batch)
        for job, answer in zip(batch, answers, strict=True):
            if job.answer.done():
                continue
            if isinstance(answer, Exception):
                job.answer.set_exception(answer)
            else:
                job.answer.set_result(answer)

    @abstractmethod
    def _put(self, job: _Job) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """Commit what is queued and end."""


# ── one transaction ──────────────────────────────────────────────────────────────────────────────────────────────


def commit(connection: Connection, batch: Sequence[_Job]) -> list[Any]:
    """Run the batch durably; the answer holds a value or an exception for each job.

    Raises:
        SQLAlchemyError: nothing of the batch can be said to be stored; the connection should be replaced.
    """
    for _ in range(DEADLOCK_RETRIES):
        try:
            with connection.begin():
                if connection.dialect.name == "postgresql" and not any(job.lasting for job in batch):
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
                return _together(connection, batch)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == DEADLOCK:
                continue
            if not _is_a_jobs_own(error):
                raise
            break
        except SQLAlchemyError:
            raise
        except Exception:
            break
    with connection.begin():
        _lock(connection, batch)
        return [_alone(connection, job) for job in batch]


def _lock(connection: Connection, batch: Sequence[_Job]) -> Places:
    keys = {key for job in batch for key in job.rooms}
    return lock(connection, keys) if keys else {}


def _together(connection: Connection, batch: Sequence[_Job]) -> list[Any]:
    places = _lock(connection, batch)
    appends = [job.append for job in batch if job.append is not None]
    fates = iter(append_all(connection, appends, places))
    return [next(fates) if job.work is None else job.work(connection) for job in batch]


def _alone(connection: Connection, job: _Job) -> Any:
    try:
        with connection.begin_nested():
            if job.append is not None:
                return append_all(connection, [job.append], lock(connection, job.rooms))[0]
            return cast(Callable[[Connection], Any], job.work)(connection)
    except DBAPIError as error:
        if not _is_a_jobs_own(error):
            raise
        return _because(Repeated if isinstance(error, IntegrityError) else StoreError, error)
    except SQLAlchemyError:
        raise
    except Exception as error:
        return error


def _is_a_jobs_own(error: DBAPIError) -> bool:
    """Whether a statement was wrong, not the disk, a lock or the connection (SQLite calls all of them operational)."""
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        return True
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _because(kind: type[StoreError], error: SQLAlchemyError) -> StoreError:
    failure = kind(str(error.orig if isinstance(error, DBAPIError) else error))
    failure.__cause__ = error
    return failure


# ── SQLite: a thread ─────────────────────────────────────────────────────────────────────────────────────────────


class SqliteWriter(Writer):
    """The one thread that writes a SQLite file; it outlives every error of the disk."""

    def __init__(self, engine: Engine, limit: int = QUEUE_LIMIT) -> None:
        super().__init__(limit)
        self._engine = engine
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._gathered: list[_Job] = []
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="parlour-writer", daemon=True)
        self._thread.start()

    def _put(self, job: _Job) -> None:
        """Jobs of one turn of the loop go over together: a thread woken by the first of them would compete with the
        loop for the interpreter, and commit that one alone."""
        self._gathered.append(job)
        if len(self._gathered) == 1:
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        for job in gathered:
            self._jobs.put(job)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        connection: Connection | None = None
        going = True
        while going:
            batch, going = self._collect()
            if not batch:
                break
            try:
                connection = connection or self._engine.connect()
                _wait_for_disk(connection, any(job.lasting for job in batch))
                answers = commit(connection, batch)
            except SQLAlchemyError as error:
                answers = [_because(StoreError, error)] * len(batch)
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                connection = None
            self._loop.call_soon_threadsafe(self._deliver, batch, answers)
        if connection is not None:
            connection.close()
        self._engine.dispose()

    def _collect(self) -> tuple[list[_Job], bool]:
        """Wait for a job and take what else is there; False once the writer is to end."""
        batch: list[_Job] = []
        job = self._jobs.get()
        try:
            while job is not None:
                batch.append(job)
                if len(batch) >= BATCH_LIMIT:
                    return batch, True
                job = self._jobs.get_nowait()
        except Empty:
            return batch, True
        return batch, False


def _wait_for_disk(connection: Connection, lasting: bool) -> None:
    """Choose whether the coming commits sync; SQLite takes that only between transactions, so on the raw connection."""
    info = connection.info
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


# ── Postgres: a task ─────────────────────────────────────────────────────────────────────────────────────────────


class PostgresWriter(Writer):
    """One connection, one task; a lost connection is replaced after growing pauses, and jobs are refused meanwhile."""

    def __init__(self, engine: AsyncEngine, limit: int = QUEUE_LIMIT) -> None:
        super().__init__(limit)
        self._engine = engine
        self._jobs: list[_Job] = []
        self._ready = asyncio.Event()
        self._failures = 0
        self._away_until = 0.0
        self._connection: AsyncConnection | None = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name="parlour-writer")

    def _put(self, job: _Job) -> None:
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

    async def _commit(self, batch: list[_Job]) -> list[Any]:
        if self._connection is None:
            if asyncio.get_running_loop().time() < self._away_until:
                raise StoreError("The database is away.")
            self._connection = await self._connect()
        answers = await self._connection.run_sync(commit, batch)
        self._failures = 0
        return answers

    async def _connect(self) -> AsyncConnection:
        """Should this process freeze in the middle of a transaction, Postgres gives its rooms free after a while."""
        connection = await self._engine.connect()
        await connection.exec_driver_sql(f"SET idle_in_transaction_session_timeout = {FREEZE_MS}")
        await connection.commit()
        return connection

    async def _failed(self, error: Exception) -> StoreError:
        if isinstance(error, StoreError):
            return error
        self._failures += 1
        self._away_until = asyncio.get_running_loop().time() + RECONNECTING.pause_after(self._failures)
        await self._drop()
        return _because(StoreError, error) if isinstance(error, SQLAlchemyError) else StoreError(str(error))

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.invalidate()
                await connection.close()
            except (SQLAlchemyError, OSError):
                pass
