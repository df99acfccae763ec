"""The least level that is logged, which operators may change while the server runs."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

_NUMBERS = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}
_NUMBERS["exception"] = logging.ERROR
_least = logging.INFO


def set_log_level(level: str) -> None:
    """Log this level and those above it from now on: debug, info, warning or error."""
    global _least  # structlog's loggers are cached with their processors, so the level lives beside them
    _least = _NUMBERS[level]
    logging.getLogger().setLevel(_least)


def drop_below(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop an event below the level; the first of structlog's processors."""
    if _NUMBERS[method] < _least:
        raise structlog.DropEvent
    return event
