"""`parlour serve`: run one server until a signal says stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable

import structlog

from parlour.adapters.sql.backup import BackupError
from parlour.adapters.sql.migrations import MigrationError
from parlour.app import Server
from parlour.runtime.plugins import PluginNotFound
from parlour.runtime.store import StoreError
from parlour.settings import Settings, SettingsError

OPERATOR_ERRORS = (SettingsError, MigrationError, StoreError, PluginNotFound, BackupError, OSError, ValueError)
"""What an operator can mend: shown as one line."""


def configure_logs(level: str) -> None:
    """One JSON object a line on stderr, readable lines on a terminal; line breaks in values are escaped."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
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
    logging.basicConfig(level=number, handlers=[handler], force=True)
    for noisy in ("alembic", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


async def serve_forever(settings: Settings) -> None:
    """Build, start, wait for SIGTERM or SIGINT, stop."""
    configure_logs(settings.log_level)
    server = await Server.build(settings)
    await run_until_told(server, lambda: structlog.get_logger().info("server.ready", url=server.url))


async def run_until_told(server: Server, started: Callable[[], None]) -> None:
    """Start a built server, say so, and stop it cleanly on the first signal; a second one ends the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await server.start()
        started()
        await stop.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        await server.stop()
