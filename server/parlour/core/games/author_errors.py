"""What an author's code may raise, who is told of it, and what players hear of it."""

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
    """Gets what the author's code raised where nobody is refused with it, and where: `on_timeout`, `view` …"""

    def __call__(self, where: str, error: BaseException) -> None: ...


def ignore(where: str, error: BaseException) -> None:
    """A Report that drops what it gets."""


def aborted(reason: str, **more: Any) -> dict[str, Any]:
    """The result of a game nobody won: `{winner: null, account: null, aborted: "…"}`."""
    return {"winner": None, "account": None, "aborted": reason, **more}


def problem_of(error: BaseException) -> str:
    """What players may know of an author's error: its reason or its type, never its text."""
    return error.reason or error.code if isinstance(error, ParlourError) else type(error).__name__


def overrun() -> Internal:
    """The refusal of a request over which the author's code took too long."""
    return Internal("The game took too long over that.", reason="overrun")
