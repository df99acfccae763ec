"""The log of a server process, on stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from parlour.adapters.telemetry.log_level import drop_below, set_log_level

ErrorHook = Callable[[BaseException, Mapping[str, Any]], object]
"""Called with a logged exception and what its line says: the event, and the room, account, connection and trace."""

QUIETER = ("alembic", "aiosqlite", "asyncio")
"""Libraries that log every step at level info."""


def configure_logs(level: str, error_hook: ErrorHook | None = None) -> None:
    """Log one JSON object a line, or readable lines on a terminal; line breaks in values are escaped.

    Args:
        level: the least level that is logged: debug, info, warning or error.
        error_hook: told of each exception before its line is written.
    """
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if error_hook is not None:
        shared.append(_telling(error_hook))
    structlog.configure(
        processors=[drop_below, *shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], force=True)
    set_log_level(level)
    for library in QUIETER:
        logging.getLogger(library).setLevel(logging.WARNING)


def _telling(hook: ErrorHook) -> structlog.typing.Processor:
    """Make the step that tells a hook of exceptions; one that raises is named in the line, and stops nothing."""

    def tell(logger: Any, method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        found = line.get("exc_info")
        error = found[1] if isinstance(found, tuple) else sys.exc_info()[1] if found is True else found
        if isinstance(error, BaseException):
            try:
                hook(error, {key: value for key, value in line.items() if key != "exc_info"})
            except Exception as failure:
                line["error_hook"] = f"failed with {type(failure).__name__}"
        return line

    return tell
