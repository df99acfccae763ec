"""Migrates a database to the tables of this release; used by `parlour migrate` and at every start.

One transaction holds all steps, so a process killed half way leaves the old tables. It begins with a lock, so two
processes that start together run one after the other. Alembic is loaded only where there is a step to run.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TypeVar

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from parlour import adapters
from parlour.adapters.sql.database import SqliteFile, is_sqlite, postgres_engine, sqlite_engine, sqlite_path
from parlour.errors import OperatorError

T = TypeVar("T")

LOCK = 0x7061726C6F7572
"""The Postgres advisory lock of an upgrade: "parlour" in ASCII."""
SQLITE_WAIT_MS = 60_000
"""How long an upgrade waits for another process's: as long as the slowest step on a large file."""


class MigrationError(OperatorError):
    """The database could not be migrated; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Status:
    """A database's revisions: `current` (None: empty), the newest `head`, and steps `pending` in order."""

    current: str | None
    head: str | None
    pending: tuple[str, ...]


def tables() -> MetaData:
    """Return the tables of every `tables.py` and `tables_*.py` below `adapters`."""
    for module in walk_packages(adapters.__path__, f"{adapters.__name__}."):
        if module.name.rpartition(".")[2].partition("_")[0] == "tables":
            import_module(module.name)
    return SQLModel.metadata


def scripts_folder() -> Path:
    """Return `parlour/migrations` of the installed wheel, else `alembic/` of a checkout; raises MigrationError."""
    package = Path(__file__).parents[2]
    for folder in (package / "migrations", package.parents[1] / "alembic"):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationError("The migration scripts are missing from this installation.")


def revisions() -> list[str]:
    """Return every revision in order; each file is named after its revision, `0001_rooms.py` first."""
    return sorted(step.stem for step in (scripts_folder() / "versions").glob("[0-9]*.py"))


async def upgrade(url: str, revision: str = "head") -> Status:
    """Run every pending step and return the status after them.

    Raises:
        MigrationError: the database cannot be reached or opened, or was written by a newer version.
    """

    def work(connection: Connection) -> Status:
        target = revisions()[-1] if revision == "head" else revision
        current = _check_known(connection)
        if current != target:
            _run(connection, target)
            current = _current(connection)
        return _status_at(current)

    if is_sqlite(url):
        make_private(sqlite_path(url))
    return await _with_connection(url, work)


async def status(url: str) -> Status:
    """Return the status of a database; change nothing, and create no SQLite file.

    Raises:
        MigrationError: the database cannot be reached.
    """
    if is_sqlite(url) and not sqlite_path(url).exists():
        return _status_at(None)
    return await _with_connection(url, _status)


def make_private(path: Path) -> None:
    """Create the file if it does not exist, readable by its owner only.

    It holds the server's key. SQLite gives the write-ahead log the same permissions.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return current


def _status(connection: Connection) -> Status:
    return _status_at(_check_known(connection))


def _status_at(current: str | None) -> Status:
    steps = revisions()
    done = 0 if current is None else steps.index(current) + 1
    return Status(current, steps[-1], tuple(steps[done:]))


def _check_known(connection: Connection) -> str | None:
    current = _current(connection)
    if current is None and inspect(connection).has_table("room"):
        raise MigrationError("The database has a table `room` that is not ours; choose an empty database.")
    if current is not None and current not in revisions():
        raise MigrationError(f"The database is at revision {current}, which a newer Parlour wrote; upgrade this one.")
    return current


def _run(connection: Connection, revision: str) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(scripts_folder()))
    config = Config()
    config.attributes["connection"] = connection
    steps = EnvironmentContext(
        config, scripts, fn=lambda rev, _context: scripts._upgrade_revs(revision, rev), destination_rev=revision
    )
    with steps:
        scripts.run_env()


async def _with_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction that no other upgrade can share."""
    try:
        if is_sqlite(url):
            return await asyncio.to_thread(_on_sqlite, url, work)
        return await _on_postgres(url, work)
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise MigrationError(f"The database is not usable: {cause}") from error


def _on_sqlite(url: str, work: Callable[[Connection], T]) -> T:
    engine = sqlite_engine(url, SqliteFile(busy_timeout_ms=SQLITE_WAIT_MS))
    try:
        with engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


async def _on_postgres(url: str, work: Callable[[Connection], T]) -> T:
    engine = postgres_engine(url, 1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
