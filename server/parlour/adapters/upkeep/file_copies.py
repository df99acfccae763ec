"""Copies the files that a backup names, beside the backup and back."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from parlour.adapters.files.disk import DiskStore
from parlour.adapters.upkeep.backup import BackupError
from parlour.runtime.files.store import FileStore


def folder_of(backup: Path) -> Path:
    """Return the folder of a backup's files: its own name and `.files`."""
    return backup.with_name(f"{backup.name}.files")


async def copy_out(backup: Path, store: FileStore) -> int:
    """Copy every file that a finished backup names into the folder beside it, and return how many.

    A file that was erased meanwhile is left out: whoever restores finds it gone.

    Raises:
        BackupError: the folder exists, or a file cannot be read or written.
    """
    folder = folder_of(backup)
    part = folder.with_name(f".{folder.name}.part")
    if folder.exists():
        raise BackupError(f"{folder} exists already.")
    try:
        await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)
        part.mkdir(mode=0o700)
        copied = await _copy(backup, store, DiskStore(part))
        part.rename(folder)
        return copied
    except OSError as error:
        raise BackupError(f"The files could not be copied: {error}") from error


async def copy_in(backup: Path, store: FileStore) -> int:
    """Copy a backup's files into the store they are served from, and return how many; raises BackupError."""
    try:
        return await _copy(backup, DiskStore(folder_of(backup)), store)
    except OSError as error:
        raise BackupError(f"The files could not be copied: {error}") from error


async def _copy(backup: Path, source: FileStore, target: FileStore) -> int:
    copied = 0
    for key, size in await asyncio.to_thread(_named, backup):
        await target.remove(key)
        spool = await target.spool(key)
        with suppress(FileNotFoundError):
            async for piece in source.read(key, 0, size):
                await spool.write(piece)
            await spool.end()
            await target.keep(spool)
            copied += 1
        await spool.drop()
    return copied


def _named(backup: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as connection:
        there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'file'").fetchone()
        return connection.execute("SELECT key, size FROM file ORDER BY key").fetchall() if there else []
