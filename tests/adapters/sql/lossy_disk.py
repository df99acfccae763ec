"""A disk that loses its cache with the power.

Every write, truncate, sync and delete of SQLite goes through to a real file and is noted. `cut` then rebuilds the files
as a power cut after any noted step could have left them: what was synced is there, and of the rest a random part, out
of order and with the last write torn at a 512-byte sector.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


@dataclass(slots=True)
class Step:
    """One thing SQLite asked of a file: `write`, `truncate` (offset is the size), `sync` or `delete`."""

    file: str
    what: str
    offset: int = 0
    data: bytes = b""


@dataclass(slots=True)
class _Image:
    """A file as the disk has it: what is safe, and what is only in the cache."""

    synced: bytearray = field(default_factory=bytearray)
    cached: list[Step] = field(default_factory=list)


class LossyDisk:
    """A VFS and its notes. `steps` grows in the writer's thread; reading its length is the time of an ack."""

    def __init__(self, name: str) -> None:
        self.steps: list[Step] = []
        self.name = name
        self._vfs = _Vfs(name, self.steps)

    def connect(self, path: str) -> Any:
        """The `connect` factory of the writer. Exclusive locking: a VFS of Python has no shared memory."""
        connection = apsw.Connection(path, vfs=self.name)
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        return _Connection(connection)

    def cut(self, after: int, chance: random.Random, folder: Path, before: Mapping[str, bytes]) -> None:
        """Write the files as they may be found when the power goes after `after` steps; `before`: as they began."""
        files = {name: _Image(bytearray(content)) for name, content in before.items()}
        for step in self.steps[:after]:
            _apply(files, step)
        survival = chance.choice((0.0, 0.5, 0.9, 1.0))
        for name, image in files.items():
            kept = [step for step in image.cached if chance.random() < survival]
            if kept and kept[-1].what == "write":
                last = kept[-1]
                torn = SECTOR * chance.randint(0, len(last.data) // SECTOR)
                kept[-1] = Step(name, "write", last.offset, last.data[:torn])
            for step in kept:
                _write(image.synced, step)
            if image.synced:
                (folder / name).write_bytes(image.synced)


def _apply(files: dict[str, _Image], step: Step) -> None:
    image = files.setdefault(step.file, _Image())
    if step.what == "sync":
        for cached in image.cached:
            _write(image.synced, cached)
        image.cached.clear()
    elif step.what == "delete":
        files.pop(step.file)
    else:
        image.cached.append(step)


def _write(content: bytearray, step: Step) -> None:
    if step.what == "truncate":
        del content[step.offset :]
        return
    if len(content) < step.offset:
        content.extend(bytes(step.offset - len(content)))
    content[step.offset : step.offset + len(step.data)] = step.data


class _Vfs(apsw.VFS):
    def __init__(self, name: str, steps: list[Step]) -> None:
        self._steps = steps
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # SQLite's name
        return _File(name, flags, self._steps)

    def xDelete(self, filename: str, sync_folder: bool) -> None:  # noqa: N802
        super().xDelete(filename, sync_folder)
        self._steps.append(Step(Path(filename).name, "delete"))


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], steps: list[Step]) -> None:
        super().__init__("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(path).name
        self._steps = steps

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._steps.append(Step(self._name, "write", offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        self._steps.append(Step(self._name, "truncate", size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._steps.append(Step(self._name, "sync"))


class _Connection:
    """What SQLAlchemy needs of the `sqlite3` module's connection, over apsw's."""

    isolation_level = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Any = ()) -> _Cursor:
        cursor = self.cursor()
        cursor.execute(sql, parameters)
        return cursor

    def executemany(self, sql: str, parameters: Any) -> _Cursor:
        cursor = self.cursor()
        cursor.executemany(sql, parameters)
        return cursor

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection.cursor())

    def create_function(self, *_arguments: Any, **_options: Any) -> None:
        """SQLAlchemy offers a regexp function; nothing here uses one."""

    def commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


class _Cursor:
    arraysize, lastrowid = 1, None

    def __init__(self, cursor: apsw.Cursor) -> None:
        self._cursor = cursor
        self.rowcount = -1
        self._rows: list[Any] = []
        self.description: Any = None

    def execute(self, sql: str, parameters: Any = ()) -> None:
        self._run(self._cursor.execute, sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> None:
        self._run(self._cursor.executemany, sql, parameters)

    def _run(self, call: Callable[[str, Any], Any], sql: str, parameters: Any) -> None:
        changes = self._cursor.connection.total_changes
        before = changes()
        call(sql, parameters)
        self._rows = []
        try:
            self.description = self._cursor.description
        except apsw.ExecutionCompleteError:
            self.description = None
        else:
            self._rows = list(self._cursor)
        self.rowcount = changes() - before

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def close(self) -> None:
        self._cursor.close()
