"""Writes a backup of the whole database into one file, and restores it into an empty one.

A backup is a SQLite file whatever the server runs on, so it can be restored to either kind. It is written while servers
run, from one consistent view. A restore gives every room a new epoch: clients that saw more than the backup holds must
not mistake its numbers for theirs. Old entries keep the epoch they were hashed under.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from parlour.adapters.sql import migrations
from parlour.adapters.sql.database import SqliteFile, is_sqlite, postgres_engine, sqlite_engine, sqlite_path
from parlour.adapters.sql.tables_auth import session
from parlour.adapters.sql.tables_rooms import room
from parlour.adapters.webhooks.tables import webhook, webhook_parked, webhook_place
from parlour.errors import OperatorError

ROWS = 1_000
"""Rows copied at once: some megabytes at most."""
INDEX = frozenset({"searched_room", "searched_document", "message_text"})
"""Tables of the index of search: no backup has them, and the indexer makes them anew."""
NOT_RESTORED = frozenset({"nonce", "cluster_node", "job_lease", *INDEX})
"""Tables left empty: a sign-in under way and the processes themselves do not outlive the servers they began on."""


class BackupError(OperatorError):
    """The backup or restore did not happen; the message is for the operator."""


async def backup(url: str, target: Path) -> None:
    """Write the whole database into a new file, while servers run.

    Raises:
        BackupError: the target exists, or the database is not migrated or cannot be read.
    """
    part = _part_of(target)
    if (await migrations.status(url)).pending:
        raise BackupError("The database has pending migrations; run `parlour migrate` first.")
    try:
        migrations.make_private(part)
        if is_sqlite(url):
            await asyncio.to_thread(_vacuum_into, sqlite_path(url), part)
        else:
            await _dump(url, part)
        _settle(part, target)
    except (sqlite3.Error, DBAPIError, OSError) as error:
        raise BackupError(f"The backup failed: {_first_line(error)}") from error
    finally:
        part.unlink(missing_ok=True)


def _part_of(target: Path) -> Path:
    """Return the file in which the backup grows; what a killed backup left there is removed."""
    if target.exists():
        raise BackupError(f"{target} exists already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    return part


async def restore(source: Path, url: str) -> int:
    """Fill an empty database from a backup and return how many rooms it holds, each in a new epoch.

    Raises:
        BackupError: the file is no backup, or the database holds rooms already.
    """
    with tempfile.TemporaryDirectory(prefix="parlour-restore-") as folder:
        copy_url = f"sqlite+aiosqlite:///{_copy_of(source, Path(folder))}"
        try:
            if (await migrations.status(copy_url)).current is None:
                raise BackupError(f"{source} is not a backup of Parlour.")
            await migrations.upgrade(copy_url)
            await migrations.upgrade(url)
            return await _fill(copy_url, url)
        except (migrations.MigrationError, DBAPIError, OSError) as error:
            raise BackupError(f"The restore failed: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """Return what went wrong, without the statement and the address of a manual that SQLAlchemy adds."""
    return str(error).partition("\n")[0]


def _copy_of(source: Path, folder: Path) -> Path:
    """Copy the backup, so that migrations change the copy only."""
    if not source.is_file():
        raise BackupError(f"{source} does not exist.")
    return Path(shutil.copyfile(source, folder / "backup.db"))


def _vacuum_into(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    connection.close()
    with sqlite3.connect(target) as connection:
        connection.execute("INSERT INTO message_index(message_index) VALUES ('delete-all')")
        for table in sorted(INDEX):
            connection.execute(f"DELETE FROM {table}")
    connection.execute("VACUUM")
    connection.close()


def _settle(part: Path, target: Path) -> None:
    """Sync the file before it gets its name, so that a file of that name is always complete."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


async def _dump(url: str, target: Path) -> None:
    """Copy Postgres row by row, in one repeatable-read transaction."""
    target_url = f"sqlite+aiosqlite:///{target}"
    await migrations.upgrade(target_url)
    source, file = postgres_engine(url, 1), sqlite_engine(target_url, SqliteFile(synchronous="OFF"))
    try:
        async with source.connect() as reading:
            await reading.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            with file.begin() as writing:
                for table in (each for each in migrations.tables().sorted_tables if each.name not in INDEX):
                    writing.execute(table.delete())  # migrations fill some
                    rows = await reading.stream(select(table))
                    async for chunk in rows.mappings().partitions(ROWS):
                        writing.execute(insert(table), [dict(row) for row in chunk])
        with file.connect() as checkpointing:
            checkpointing.connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        file.dispose()
        await source.dispose()


async def _fill(copy_url: str, url: str) -> int:
    source = sqlite_engine(copy_url)
    try:
        with source.connect() as reading:
            if is_sqlite(url):
                return await asyncio.to_thread(_into_sqlite, reading, url)
            target = postgres_engine(url, 1)
            try:
                async with target.begin() as writing:
                    return await writing.run_sync(lambda connection: _copy(reading, connection))
            finally:
                await target.dispose()
    finally:
        source.dispose()


def _into_sqlite(reading: Connection, url: str) -> int:
    target = sqlite_engine(url)
    try:
        with target.begin() as writing:
            return _copy(reading, writing)
    finally:
        target.dispose()


def _copy(reading: Connection, writing: Connection) -> int:
    if writing.scalar(select(func.count()).select_from(room)):
        raise BackupError("The database holds rooms already; restore into an empty one.")
    for table in migrations.tables().sorted_tables:
        if table.name not in NOT_RESTORED:
            writing.execute(table.delete())
            for chunk in _chunks(reading, table):
                writing.execute(insert(table), chunk)
            _advance_counter(writing, table)
    _end_sessions(writing)
    _begin_webhooks_anew(writing)
    return _new_epochs(writing)


def _advance_counter(writing: Connection, table: Table) -> None:
    """Set a Postgres counter beyond the copied rows, which it has not counted."""
    counted = table.autoincrement_column
    if counted is None or writing.dialect.name != "postgresql":
        return
    sequence = writing.scalar(select(func.pg_get_serial_sequence(table.name, counted.name)))
    if sequence is not None:
        writing.execute(select(func.setval(sequence, select(func.coalesce(func.max(counted), 1)).scalar_subquery())))


def _end_sessions(writing: Connection) -> None:
    """End every session, so that a token revoked after the backup stays revoked; everybody signs in again."""
    now = time.time_ns() // 1_000_000
    ended = {"ended_at": now, "ended_by": "restored", "changed_at": now}
    writing.execute(update(session).where(session.c.ended_at.is_(None)).values(ended))


def _begin_webhooks_anew(writing: Connection) -> None:
    """Forget how far webhooks were: what they got after the backup is in no log now."""
    for table in (webhook, webhook_place, webhook_parked):
        writing.execute(delete(table))


def _new_epochs(writing: Connection) -> int:
    keys = list(writing.scalars(select(room.c.key)))
    for key in keys:
        fresh = {"epoch": secrets.token_hex(8), "fence": room.c.fence + 1, "lease_owner": None, "lease_until": 0}
        writing.execute(update(room).where(room.c.key == key).values(fresh))
    return len(keys)


def _chunks(reading: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    for chunk in reading.execute(select(table)).mappings().partitions(ROWS):
        yield [dict(row) for row in chunk]
