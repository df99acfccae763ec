"""How a command ends: its exit code, and one line for a problem that its user can solve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer

from parlour.errors import OperatorError, ParlourError

T = TypeVar("T")

FAILED = 1
"""A check failed, or the server refused."""
USAGE = 2
"""The command was called wrongly."""
UNREACHABLE = 3
"""Something cannot be reached or opened."""
INTERRUPTED = 130
"""Ctrl-C, as a shell counts it: 128 and the signal's number."""


def fail(message: str, code: int) -> NoReturn:
    """End the command with a line on stderr and an exit code."""
    typer.echo(f"parlour: {message}", err=True)
    raise typer.Exit(code)


@contextmanager
def using(file: Path) -> Iterator[None]:
    """End the command with a line where a file that its user named cannot be read or written."""
    try:
        yield
    except (OSError, ValueError) as error:
        fail(f"{str(file)!r} cannot be used: {getattr(error, 'strerror', None) or error}", USAGE)


def run(work: Coroutine[Any, Any, T], loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """Run to the end and return the result; Ctrl-C and problems of the user end it without a traceback."""
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except ParlourError as error:
        fail(error.message, FAILED)
    except (OperatorError, OSError, ValueError) as error:
        fail(str(error) or type(error).__name__, UNREACHABLE)
