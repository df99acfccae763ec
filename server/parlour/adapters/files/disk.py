"""Keeps files in a folder of the local disk, or of one that several machines mount."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from parlour.adapters.files.spool import SpoolFile
from parlour.runtime.files.store import Spool

_KEY = re.compile(r"[0-9a-f]{4,64}")
"""What a key is. A backup of somebody else's may name others, such as `../../etc/passwd`."""
READ_BYTES = 256 * 1024
"""Bytes read at once for whoever downloads."""
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""What lies in the folder is read and nothing that it points to, and nobody waits for the writer of a pipe."""
ARRIVING = "arriving"
"""The folder, below the store's, of what is still on its way."""


class DiskStore:
    """Implements `runtime.files.store.FileStore`; its docstrings hold here. A key is `ab/abcd…` below the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def spool(self, key: str) -> Spool:
        spool = SpoolFile(self._arriving(key), key)
        await asyncio.to_thread(spool.open)
        return spool

    async def keep(self, spool: Spool) -> None:
        assert isinstance(spool, SpoolFile), "a spool of this store"
        await spool.sync()
        await asyncio.to_thread(_settle, spool.path, self.path(spool.key))
        spool.kept = True

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(os.open, self.path(key), _READING)
        try:
            while start < end:
                piece = await asyncio.to_thread(os.pread, file, min(READ_BYTES, end - start), start)
                if not piece:
                    raise FileNotFoundError(key)
                yield piece
                start += len(piece)
        finally:
            os.close(file)

    async def remove(self, key: str) -> None:
        with suppress(FileNotFoundError):  # what is no key
            await asyncio.to_thread(self._remove, key)

    async def close(self) -> None:
        return

    def path(self, key: str) -> Path:
        """Return where a key's bytes are kept; raises FileNotFoundError for what is no key."""
        return self._folder / key[:2] / _checked(key)

    def _arriving(self, key: str) -> Path:
        return self._folder / ARRIVING / _checked(key)

    def _remove(self, key: str) -> None:
        arriving = self._arriving(key)
        for path in (self.path(key), arriving, arriving.with_name(f"{key}.new")):
            with suppress(FileNotFoundError):
                path.unlink()


def _checked(key: str) -> str:
    if _KEY.fullmatch(key) is None:
        raise FileNotFoundError("no key of this server's")
    return key


def _settle(path: Path, target: Path) -> None:
    """Give a synced file its name, durably."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.replace(target)
    # The folder above too: another upload may have made this one and not have synced it yet.
    for folder in (target.parent, target.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
