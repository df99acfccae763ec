"""Commands in processes of their own that need no start: each is forked from one that has imported the server.

Forkery().run(["serve", "--port", "x"], environment, folder)  # (exit code, stdout, stderr)
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, cast

from parlour.testing.processes import dies_with_parent

ROOT = Path(__file__).parents[2]
OUT, ERR = "forked.out", "forked.err"
"""Where a command prints, in its folder."""


class Forkery:
    """A process that forks one for each command, for a start takes two seconds of CPU; it ends with its parent."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands.forked"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )

    def run(self, words: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
        """Run `parlour` with these words; answers its exit code, and what it printed on stdout and stderr."""
        asked, answers = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        asked.write(json.dumps({"words": words, "environment": environment, "folder": str(folder)}) + "\n")
        asked.flush()
        return int(answers.readline()), (folder / OUT).read_text(), (folder / ERR).read_text()


def become(words: list[str], environment: dict[str, str], folder: str) -> None:
    """Turn this process into a command that was called with these words, in that folder."""
    dies_with_parent(signal.SIGKILL)()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((0, os.devnull), (1, OUT), (2, ERR)):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = ["parlour", *words]
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))


def fork_for_each(lines: IO[str], answers: IO[str]) -> dict[str, Any] | None:
    """Answer the exit code of each command asked for; returns what to be in a forked process, None in the first."""
    for line in lines:
        child = os.fork()
        if child == 0:
            return cast(dict[str, Any], json.loads(line))
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()
    return None


if __name__ == "__main__":
    import parlour.app
    import parlour.commands.dev
    import parlour.commands.serve  # noqa: F401 each command is forked with all of it there
    from parlour.commands.cli import main

    if (asked := fork_for_each(sys.stdin, sys.stdout)) is not None:
        become(**asked)
        main()
