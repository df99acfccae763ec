"""Opens databases by URL, and keeps two servers off one SQLite file.

URLs are SQLAlchemy's async ones, `sqlite+aiosqlite:///path` and `postgresql+asyncpg://user@host/name`.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from parlour.adapters.sql.prepared import driver_of, on_sqlite
from parlour.errors import OperatorError
from parlour.runtime.plugins import need

Connect = Callable[[str], sqlite3.Connection]
"""Opens a SQLite file; tests put a file system that loses power behind it."""

BUSY_TIMEOUT_MS = 5_000
"""How long the writer waits for another process's lock: longer than any commit, shorter than a client waits."""
PAGE_BYTES = 4_096
"""SQLite's own default."""
CHECKPOINT_PAGES = 4_000
"""Pages added to the write-ahead log before they are copied back: 16 MB, so that a busy hour syncs seldom."""
RESTART_PAGES = 4 * CHECKPOINT_PAGES
"""Pages of the write-ahead log at which commits wait for a copy, so that its file does not grow beyond some 64 MB."""
CONNECT_SECONDS = 5.0
"""A Postgres that lets nobody in for so long counts as away."""
WAL_RETRY_SECONDS = 0.005
"""Between two attempts to turn on the write-ahead log; another process holds the file for about as long."""


def is_sqlite(url: str) -> bool:
    """Return whether a URL names a SQLite database."""
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path:
    """Return the file of a SQLite URL.

    Raises:
        ValueError: it names none (in-memory databases cannot be shared by writer and readers).
    """
    name = make_url(url).database
    if not name or name == ":memory:":
        raise ValueError("A SQLite URL must name a file, as in sqlite+aiosqlite:///parlour.db.")
    return Path(name)


def open_file(path: str) -> sqlite3.Connection:
    """Open a SQLite file whose transactions this code begins itself; one thread at a time may use it."""
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=256)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile:
    """How the file of a SQLite database is opened.

    Attributes:
        connect: opens the file.
        synchronous: SQLite's; anything but FULL may lose acknowledged entries with the power.
        busy_timeout_ms: how long to wait for another process's lock.
    """

    connect: Connect = open_file
    synchronous: str = "FULL"
    busy_timeout_ms: int = BUSY_TIMEOUT_MS


AS_SERVED = SqliteFile()
"""As a server opens its database."""


def sqlite_engine(url: str, file: SqliteFile = AS_SERVED, *, readers: int = 0) -> Engine:
    """Make a synchronous engine: one connection that writes and one that checkpoints, or `readers` that only read.

    Every transaction of the writer starts as BEGIN IMMEDIATE, so it never has to upgrade a lock half way.

    Args:
        readers: connections that only read; 0 makes the two that do not.
    """
    path = str(sqlite_path(url))

    def create() -> sqlite3.Connection:
        raw = file.connect(path)
        raw.execute(f"PRAGMA busy_timeout={file.busy_timeout_ms}")
        if readers:
            raw.execute("PRAGMA query_only=ON")
        else:
            _write_ahead(raw, file.busy_timeout_ms)
            raw.execute(f"PRAGMA synchronous={file.synchronous}")
            raw.execute("PRAGMA secure_delete=ON")  # what is erased leaves no byte in the file
            raw.execute(f"PRAGMA wal_autocheckpoint={2 * RESTART_PAGES}")  # where the writer's own copies fail
        return raw

    engine = create_engine(
        "sqlite://",
        creator=create,
        poolclass=QueuePool,
        pool_size=readers or 2,
        max_overflow=0,
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    begin = "BEGIN" if readers else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        on_sqlite(driver_of(connection), begin)

    return engine


def _write_ahead(raw: sqlite3.Connection, patience_ms: int) -> None:
    """Turn on the write-ahead log, trying until the file is free.

    SQLite does not wait for its busy timeout here. Two processes that change the mode of one new file could wait for
    each other for ever, so SQLite answers one of them at once that the file is locked.

    Raises:
        sqlite3.OperationalError: the file stayed locked for `patience_ms`, or cannot be used.
    """
    deadline = time.monotonic() + patience_ms / 1000
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(WAL_RETRY_SECONDS)


def postgres_engine(url: str | URL, size: int, *, patience: float | None = None, reads: bool = False) -> AsyncEngine:
    """Make an engine over at most `size` connections that replaces dead ones.

    Args:
        patience: seconds until a statement without an answer ends its connection (a server that vanished says nothing).
        reads: whether each statement stands alone, which saves the round trips of a transaction.

    Raises:
        NotInstalled: the driver comes with an extra that is not installed.
    """
    need("postgres", "A Postgres database")
    timeouts = {"timeout": CONNECT_SECONDS, "command_timeout": patience}
    level = {"isolation_level": "AUTOCOMMIT"} if reads else {}
    return create_async_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=10, connect_args=timeouts, hide_parameters=True, **level
    )


# ── one server for a file ─────────────────────────────────────────────────────────────────────────────────────────────


class DatabaseInUse(OperatorError):
    """Another process serves this SQLite file; the message names it."""


class FileLock:
    """An exclusive flock(2) on `<database>.lock`; the kernel gives it back however the process ends."""

    def __init__(self, database: Path) -> None:
        """Take the lock, and make the database's folder where it is missing.

        Raises:
            DatabaseInUse: another process holds it. OSError: the file cannot be made.
        """
        database.parent.mkdir(parents=True, exist_ok=True)
        path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip() or "of another user"
            os.close(self._descriptor)
            raise DatabaseInUse(
                f"{database} is served by process {holder}. One server at a time serves a SQLite file: "
                "stop that one, or use Postgres for several."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        """Give the lock back; the file stays, because removing it would race with the next server.

        A second call does nothing.
        """
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def lock_database(url: str) -> FileLock | None:
    """Take the lock of a SQLite database; Postgres needs none, for leases and fences guard each room there.

    Raises:
        DatabaseInUse: another process serves the file.
    """
    return FileLock(sqlite_path(url)) if is_sqlite(url) else None
