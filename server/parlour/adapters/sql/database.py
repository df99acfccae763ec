"""Opening a database: URLs, pragmas and what counts as a lost connection.

URLs are SQLAlchemy's async ones, `sqlite+aiosqlite:///path` and `postgresql+asyncpg://user@host/name`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from parlour.adapters.sql.prepared import on_sqlite

Connect = Callable[[str], sqlite3.Connection]
"""Opens a SQLite file; tests put a file system that loses power behind it."""

BUSY_TIMEOUT_MS = 5_000
CHECKPOINT_PAGES = 4_000
CONNECT_SECONDS = 5.0
WAL_RETRY_SECONDS = 0.005


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite URL.

    Raises:
        ValueError: it names none (in-memory databases cannot be shared by writer and readers).
    """
    name = make_url(url).database
    if not name or name == ":memory:":
        raise ValueError("A SQLite URL must name a file, as in sqlite+aiosqlite:///parlour.db.")
    return Path(name)


def open_file(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=256)


def sqlite_engine(
    url: str,
    connect: Connect = open_file,
    *,
    synchronous: str = "FULL",
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    readers: int = 0,
) -> Engine:
    """A synchronous engine: one connection that writes, or a pool of `readers` that only read.

    Every transaction of the writer starts as BEGIN IMMEDIATE, so it never has to upgrade a lock half way.
    """
    path = str(sqlite_path(url))

    def create() -> sqlite3.Connection:
        raw = connect(path)
        raw.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")
        if readers:
            raw.execute("PRAGMA query_only=ON")
        else:
            _write_ahead(raw, busy_timeout_ms)
            raw.execute(f"PRAGMA synchronous={synchronous}")
            raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        return raw

    engine = create_engine(
        "sqlite://",
        creator=create,
        poolclass=QueuePool,
        pool_size=readers or 1,
        max_overflow=0,
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    begin = "BEGIN" if readers else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        on_sqlite(connection, begin)

    return engine


def _write_ahead(raw: sqlite3.Connection, patience_ms: int) -> None:
    """Turn on the write-ahead log.

    SQLite does not wait for its busy timeout here: two processes that both change the mode of one new file could wait
    for each other for ever, so one of them is told at once that the file is locked. The mode is there soon after.

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
    """An engine over at most `size` connections; a dead one is noticed and replaced.

    Args:
        patience: seconds a statement may take before its connection is given up (a server that vanished sends nothing).
        reads: each statement stands alone, which saves the round trips of a transaction.
    """
    timeouts = {"timeout": CONNECT_SECONDS, "command_timeout": patience}
    level = {"isolation_level": "AUTOCOMMIT"} if reads else {}
    return create_async_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=10, connect_args=timeouts, hide_parameters=True, **level
    )
