"""Keeps two servers off one SQLite file: a lock file beside it, held as long as the server lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from parlour.adapters.sql.database import is_sqlite, sqlite_path
from parlour.errors import OperatorError


class DatabaseInUse(OperatorError):
    """Another process serves this SQLite file; the message names it."""


class FileLock:
    """An exclusive flock(2) on `<database>.lock`; the kernel gives it back however the process ends."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            DatabaseInUse: another process holds it. OSError: the file cannot be made.
        """
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
