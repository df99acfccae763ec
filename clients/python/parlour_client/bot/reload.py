"""Starting a program again when one of its files has changed, for the development of bots."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("parlour.bot")

LOOK_S = 0.5
"""Between two looks at the files."""


class CodeWatch:
    """Notices that a file of the program was changed, and waits until it can be compiled.

    Attributes:
        seen: whether there was a change.

    Args:
        changed: called once, when there is one.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.seen = False
        self._changed = changed
        self._known = {path: _written(path) for path in program_files()}

    async def watch(self) -> None:
        """Look again and again until there is a change."""
        while not self.look():  # noqa: ASYNC110  # files tell no event
            await asyncio.sleep(LOOK_S)

    def look(self) -> bool:
        """Look once; returns whether there was a change to start again for."""
        for path in program_files():
            before, now = self._known.get(path), _written(path)
            self._known[path] = now
            if before is not None and now != before and _compiles(path):
                log.info("%s has changed; starting again", path)
                self.seen = True
                self._changed()
                return True
        return False


def program_files() -> set[Path]:
    """Return the files of the modules that were loaded, without those of installed packages and of Python."""
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    inside = [Path(prefix).resolve() for prefix in {sys.prefix, sys.base_prefix}]
    paths = {Path(file).resolve() for file in files if file}
    return {path for path in paths if path.suffix == ".py" and not any(path.is_relative_to(one) for one in inside)}


def start_again() -> None:
    """Run the program anew in this process, with the same arguments; never returns."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0  # it is being replaced


def _compiles(path: Path) -> bool:
    try:
        compile(path.read_bytes(), str(path), "exec")
    except (SyntaxError, ValueError, OSError) as error:
        log.error("%s has changed, and cannot be read yet: %s", path, error)
        return False
    return True
