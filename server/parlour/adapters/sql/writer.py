"""Queues every write of the process, and commits those that wait together.

There is no fixed window: an idle database commits a lone post at once, a busy one shares each commit among hundreds.
On SQLite nobody waits for a lock, because nothing else in the process writes. A job that fails never fails its
neighbours: the batch is rolled back and run again, each job in a savepoint of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError

from parlour.adapters.sql.log_append import LockedRooms, append_all, lock
from parlour.runtime.store import Append, Done, Repeated, StoreError
from parlour.runtime.timings import Timings

T = TypeVar("T")

QUEUE_LIMIT = 10_000
"""Jobs that may wait: at 1,000 commits a second, ten seconds of a database that stands still."""
BATCH_LIMIT = 2_000
"""Jobs of one transaction: bounds how long a commit holds the database."""
DEADLOCK_RETRIES = 3
"""Runs of a batch that Postgres chose as a deadlock's victim; another process's transaction is through by then."""
DEADLOCK = "40P01"
"""Postgres' SQLSTATE `deadlock_detected`."""


@dataclass(slots=True, eq=False)
class Job:
    """One write that waits: an append, or any other work.

    Attributes:
        answer: told what came of it, a value or an exception, in the event loop's thread.
        append: the append, where it is one; else `work` is set.
        work: what to run in the transaction.
        rooms: keys of the rows of `room` that it changes.
        lasting: whether the commit waits for the disk.
        listed: `answer` takes a list, of this one answer.
    """

    answer: Callable[[Any], None]
    append: Append | None
    work: Callable[[Connection], Any] | None
    rooms: Sequence[str] = ()
    lasting: bool = True
    listed: bool = False


class Writer(ABC):
    """The one way to write to a database. Its methods belong to the event loop; jobs run elsewhere.

    Attributes:
        commits: how many there were, by where they ran: `loop`, `thread` or `task`.
        commit_seconds: how long each took, by the same.
    """

    def __init__(self, limit: int = QUEUE_LIMIT) -> None:
        self.commits: Counter[str] = Counter()
        self.commit_seconds = Timings()
        self._limit = limit
        self._waiting = 0
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many jobs have no answer yet."""
        return self._waiting

    def append(self, item: Append) -> asyncio.Future[None]:
        """Queue an append; the future ends when it is durable.

        Raises (from the future):
            Fenced: another writer moved the room.
            Repeated: an id or a source is in the log already.
            StoreError: not stored; at once when the queue is full.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue(Job(partial(_resolve, future), item, None, (item.room.lower(),)))
        return future

    def append_all(self, items: Sequence[Append], done: Done) -> None:
        """Queue the appends of several rooms; `done` gets for each None or the StoreError that `append` would raise."""
        if len(items) == 1:
            (item,) = items
            self._queue(Job(done, item, None, (item.room.lower(),), listed=True))
        elif items:
            group = _Group(len(items), done)
            for item in items:
                self._queue(Job(group.add, item, None, (item.room.lower(),)))
        else:
            done([])

    def write(
        self, work: Callable[[Connection], T], rooms: Sequence[str] = (), *, lasting: bool = True
    ) -> asyncio.Future[T]:
        """Queue any other write. `work` may run more than once and must not commit.

        Args:
            rooms: keys of the rows of `room` it changes; they are locked with those of the whole batch.
            lasting: False spares the disk's sync: the write survives the process, and survives a power cut as soon as
                any later lasting write does (both databases keep the order of commits).

        Raises (from the future):
            Exception: whatever `work` raised that is not the database's; what it wrote is undone.
            Repeated, StoreError: as for `append`.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue(Job(partial(_resolve, future), None, work, rooms, lasting))
        return future

    def _queue(self, job: Job) -> None:
        if self._closed or self._waiting >= self._limit:
            error = StoreError("The store is closed." if self._closed else "The writer's queue is full.")
            job.answer([error] if job.listed else error)
            return
        self._waiting += 1
        self._put(job)

    def _deliver(self, batch: Sequence[Job], answers: Sequence[Any]) -> None:
        """Answer the callers of a batch; an answer that is an exception is raised to its caller."""
        self._waiting -= len(batch)
        for job, answer in zip(batch, answers, strict=True):
            job.answer([answer] if job.listed else answer)

    @abstractmethod
    def _put(self, job: Job) -> None:
        """Hand a job to whoever commits."""

    @abstractmethod
    async def close(self) -> None:
        """Commit what is queued and end."""


class _Group:
    """Collects the answers to the appends of one call."""

    def __init__(self, count: int, done: Done) -> None:
        self._count = count
        self._done = done
        self._answers: list[StoreError | None] = []

    def add(self, answer: StoreError | None) -> None:
        self._answers.append(answer)
        if len(self._answers) == self._count:
            self._done(self._answers)


def _resolve(future: asyncio.Future[Any], answer: Any) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


# ── one transaction ──────────────────────────────────────────────────────────────────────────────────────────────


def commit(connection: Connection, batch: Sequence[Job]) -> list[Any]:
    """Run a batch in one transaction; the answer holds a value or an exception for each job.

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
            if not is_a_jobs_own(error):
                raise
            break
        except SQLAlchemyError:
            raise
        except Exception:
            break
    with connection.begin():
        _lock(connection, batch)
        return [_alone(connection, job) for job in batch]


def store_error(error: SQLAlchemyError, kind: type[StoreError] = StoreError) -> StoreError:
    """Make a StoreError from a database's error, with its message and cause."""
    failure = kind(str(error.orig if isinstance(error, DBAPIError) else error))
    failure.__cause__ = error
    return failure


def _lock(connection: Connection, batch: Sequence[Job]) -> LockedRooms:
    keys = {key for job in batch for key in job.rooms}
    return lock(connection, keys) if keys else {}


def _together(connection: Connection, batch: Sequence[Job]) -> list[Any]:
    """Run a batch whose jobs are expected to succeed."""
    locked = _lock(connection, batch)
    appends = [job.append for job in batch if job.append is not None]
    fates = iter(append_all(connection, appends, locked))
    return [next(fates) if job.work is None else job.work(connection) for job in batch]


def _alone(connection: Connection, job: Job) -> Any:
    """Run one job in a savepoint, so that its failure undoes nothing else."""
    try:
        with connection.begin_nested():
            if job.append is not None:
                return append_all(connection, [job.append], lock(connection, job.rooms))[0]
            return cast(Callable[[Connection], Any], job.work)(connection)
    except DBAPIError as error:
        if not is_a_jobs_own(error):
            raise
        return store_error(error, Repeated if isinstance(error, IntegrityError) else StoreError)
    except SQLAlchemyError:
        raise
    except Exception as error:
        return error


def is_a_jobs_own(error: DBAPIError) -> bool:
    """Return whether a statement failed by itself, and not through the disk, a lock or the connection.

    SQLite calls all of them operational errors; its own code tells them apart.
    """
    if isinstance(error, IntegrityError | DataError | ProgrammingError):
        return True
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
