"""Listeners that cannot harm each other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from parlour_client.ports import ErrorHook, Off

log = logging.getLogger("parlour")

Listener = Callable[[Any], object]


def log_error(error: Exception) -> None:
    """Log an error with its traceback: the error hook where none is given."""
    log.error("a listener failed: %s", error, exc_info=error)


def guarded(hook: ErrorHook) -> ErrorHook:
    """Return the hook made safe: what the hook itself raises is logged."""

    def report(error: Exception) -> None:
        try:
            hook(error)
        except Exception:
            log.exception("the error hook failed on %r", error)

    return report


class Listeners:
    """Functions called with the same news, in the order they came; what one raises goes to the error hook."""

    def __init__(self, on_error: ErrorHook) -> None:
        self._on_error = on_error
        self._listeners: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Off:
        """Call `listener` with all news from now on; the answer takes it off again, and may be called twice."""
        key = object()
        self._listeners[key] = listener

        def off() -> None:
            self._listeners.pop(key, None)

        return off

    def tell(self, news: Any) -> None:
        """Call every listener with `news`."""
        for listener in list(self._listeners.values()):
            try:
                listener(news)
            except Exception as error:
                self._on_error(error)
