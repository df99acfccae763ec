"""What an author's code may raise, who gets it, and what players hear of it."""

from __future__ import annotations

from typing import Any, Protocol

from parlour.errors import Internal, ParlourError


class Stuck(BaseException):
    """Raised by the host's watchdog inside an author's code that does not come back.

    Not an Exception, so that an author's `except Exception` does not swallow it.
    """


PASSING = (Stuck, KeyboardInterrupt)
"""Raised into an author's code from outside: by the watchdog, at a keyboard. Whatever else it raises, `sys.exit()` and
BaseExceptions of its own too, is the game's fault and must not reach the server's loop."""


class Report(Protocol):
    """Gets what the author's code raised in a place (`on_timeout`, `view` …) where nobody is refused."""

    def __call__(self, where: str, error: BaseException) -> None: ...


def ignore(where: str, error: BaseException) -> None:
    """Drop what the author's code raised."""


def aborted(reason: str, **more: Any) -> dict[str, Any]:
    """Return the result of a game nobody won: `{winner: null, account: null, aborted: "…"}`."""
    return {"winner": None, "account": None, "aborted": reason, **more}


def problem_of(error: BaseException) -> str:
    """Return what players may know of an author's error: its reason or its type, never its text."""
    return error.reason or error.code if isinstance(error, ParlourError) else type(error).__name__


def overrun() -> Internal:
    """Return the refusal of a request over which the author's code took too long."""
    return Internal("The game took too long over that.", reason="overrun")
