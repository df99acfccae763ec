"""Servers and commands in processes of their own that import nothing: each is forked from one that has imported all.

ServerProcess.starts = FORKERY.start  # what tests start from then on
code, out, err = await parlour("token", "list", env=environment, folder=folder)
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from parlour.testing.processes import dies_with_parent
from parlour.testing.server import Started, start_process

ROOT = Path(__file__).parents[1]
LOADED = ("alembic.command", "uvloop", "parlour.app", "parlour.commands.dev", "parlour.commands.serve")
"""What a command finds imported."""
PARLOUR = (sys.executable, "-m", "parlour")
APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Forkery:
    """A process that forks one for each command, for imports are most of a start's CPU; it ends with its parent."""

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.forked", self._ends.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )

    @cached_property
    def _ends(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="parlour-forked-")

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> Started:
        """Start a command of `parlour` without its imports; anything else, and other surroundings, as usual."""
        if tuple(command[:3]) != PARLOUR or _surroundings(environment) != _surroundings(os.environ):
            return start_process(command, folder, environment, log)
        return self._fork(command[3:], environment, folder, log, log)

    async def run(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
        """Run `parlour` with these words; answers its exit code, and what it printed on stdout and stderr."""
        with tempfile.TemporaryDirectory(prefix="parlour-printed-") as aside:
            out, err = Path(aside) / "out", Path(aside) / "err"
            forked = self._fork(words, environment, folder, out, err)
            while (code := forked.poll()) is None:
                await asyncio.sleep(0.01)
            return code, out.read_text(), err.read_text()

    def _fork(self, words: Sequence[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path) -> Forked:
        asked, answers = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        names = {"folder": str(folder), "out": str(out), "err": str(err)}
        asked.write(json.dumps({"words": list(words), "environment": dict(environment), **names}) + "\n")
        asked.flush()
        return Forked(int(answers.readline()), Path(self._ends.name))


class Forked:
    """One that was forked: of `subprocess.Popen`, what servers of tests need."""

    def __init__(self, pid: int, ends: Path) -> None:
        self.pid = pid
        self._end = ends / str(pid)
        self._code: int | None = None

    def poll(self) -> int | None:
        """Answer its exit code, and None while it runs."""
        if self._code is None and self._end.exists():
            self._code = int(self._end.read_text())
            self._end.unlink()
        return self._code

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass  # It ended since.


FORKERY = Forkery()
"""That of this test process; it starts with the first command."""


async def parlour(
    *words: str, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[int, str, str]:
    """Run a command of `parlour`, here and as this process is, where nothing else is said."""
    return await FORKERY.run(words, os.environ if env is None else env, folder or Path.cwd())


def _surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """What may change how an interpreter or its libraries start, which a forked process has done already."""
    ours = ("PARLOUR_", "PYTHONPATH", "PYTEST_")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}


def fork_for_each(lines: IO[str], answers: IO[str], ends: Path) -> dict[str, Any] | None:
    """Answer the pid of each command asked for; returns what to be in a forked process, None in the first."""

    def reap(*_: object) -> None:
        while (ended := _ended_child()) is not None:
            pid, status = ended
            written = ends / f"{pid}.new"
            written.write_text(str(os.waitstatus_to_exitcode(status)))
            written.rename(ends / str(pid))

    signal.signal(signal.SIGCHLD, reap)
    for line in lines:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return cast(dict[str, Any], json.loads(line))
        answers.write(f"{child}\n")
        answers.flush()
    return None


def _ended_child() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status) if pid else None


def become(words: list[str], environment: dict[str, str], folder: str, out: str, err: str) -> None:
    """Turn this process into a `parlour` that was called with these words, in that folder."""
    dies_with_parent(signal.SIGKILL)()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0:1] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    for number, name, flags in ((0, os.devnull, os.O_RDONLY), (1, out, APPENDED), (2, err, APPENDED)):
        os.dup2(os.open(name, flags, 0o600), number)
    sys.argv = ["parlour", *words]
    sys.stdin = os.fdopen(0)


if __name__ == "__main__":
    gc.disable()
    for module in LOADED:
        import_module(module)
    from parlour.commands.cli import main

    gc.freeze()
    gc.enable()
    if (asked := fork_for_each(sys.stdin, sys.stdout, Path(sys.argv[1]))) is not None:
        become(**asked)
        main()
