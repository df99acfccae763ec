"""A file on the local disk that grows while an upload arrives."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from parlour.core.files.layout import Read, Slice
from parlour.core.files.types import HEAD_BYTES, TextCheck

T = TypeVar("T")

PIECE_BYTES = 1 << 20
"""Bytes gathered before a thread writes and hashes them: a hop costs about as much as writing 50 kB."""


class SpoolFile:
    """Implements `runtime.files.store.Spool`; its docstrings hold here.

    Attributes:
        path: where the file is.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key
        self.size = 0
        self.head = b""
        self.kept = False
        self._hash = hashlib.sha256()
        self._text = TextCheck()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Future[None] | None = None
        self._file = -1
        self._turn = threading.Lock()  # an upload may be dropped while a thread still writes

    @property
    def hash(self) -> bytes:
        """SHA-256 of what was written; complete after `end`."""
        return self._hash.digest()

    @property
    def is_text(self) -> bool:
        """Whether the whole of it is UTF-8 text; complete after `end`."""
        return self._text.holds

    def open(self) -> None:
        """Make the file; raises OSError where there is one of this key."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    async def write(self, piece: bytes) -> None:
        self._waiting.append(piece)
        self._waiting_bytes += len(piece)
        self.size += len(piece)
        if self._waiting_bytes >= PIECE_BYTES:
            await self._flush()

    async def end(self) -> None:
        await self._flush()
        await self._written()
        self._text.add(b"", last=True)

    async def look(self, work: Callable[[Read, int], T]) -> T:
        return await asyncio.to_thread(self._look, work)

    async def rewrite(self, parts: Sequence[Slice | bytes]) -> None:
        await asyncio.to_thread(self._rewrite, parts)

    async def sync(self) -> None:
        """Sync what was written to the disk."""
        await asyncio.to_thread(self._sync)

    async def drop(self) -> None:
        with suppress(OSError):
            await self._written()
        await asyncio.to_thread(self._drop)

    async def _flush(self) -> None:
        """Let a thread write what was gathered while more of it comes in, one piece at a time."""
        await self._written()
        if self._waiting:
            pieces, self._waiting, self._waiting_bytes = self._waiting, [], 0
            self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, b"".join(pieces))

    async def _written(self) -> None:
        """Wait until the piece under way is written; raises OSError where it could not be."""
        if (writing := self._writing) is not None:
            self._writing = None
            await writing

    def _write(self, piece: bytes) -> None:
        with self._turn:
            if len(self.head) < HEAD_BYTES:
                self.head += piece[: HEAD_BYTES - len(self.head)]
            self._hash.update(piece)
            self._text.add(piece)
            _write_all(self._file, piece)

    def _look(self, work: Callable[[Read, int], T]) -> T:
        with self._turn:
            return work(lambda at, count: os.pread(self._file, count, at), self.size)

    def _sync(self) -> None:
        with self._turn:
            os.fsync(self._file)

    def _drop(self) -> None:
        with self._turn:
            file, self._file = self._file, -1
            if file >= 0:
                os.close(file)
        if not self.kept:
            with suppress(FileNotFoundError):
                self.path.unlink()

    def _rewrite(self, parts: Sequence[Slice | bytes]) -> None:
        with self._turn:
            self._copy(parts)

    def _copy(self, parts: Sequence[Slice | bytes]) -> None:
        """Copy the parts into a new file that takes the place of this one."""
        beside = self.path.with_name(f"{self.path.name}.new")
        target = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            hasher, size = hashlib.sha256(), 0
            for part in parts:
                for piece in [part] if isinstance(part, bytes) else _slices(self._file, *part):
                    hasher.update(piece)
                    size += len(piece)
                    _write_all(target, piece)
            beside.replace(self.path)
        except BaseException:
            os.close(target)
            beside.unlink(missing_ok=True)
            raise
        os.close(self._file)
        self._file, self._hash, self.size = target, hasher, size


def _slices(file: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        piece = os.pread(file, min(PIECE_BYTES, end - start), start)
        if not piece:
            return
        yield piece
        start += len(piece)


def _write_all(file: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(file, rest) :]
