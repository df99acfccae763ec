"""`parlour serve`: run one server until a signal stops it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import Annotated

import structlog
import typer

from parlour.adapters.engine import loop_factory
from parlour.app import Server
from parlour.commands.claim import told
from parlour.commands.logs import configure_logs
from parlour.commands.options import Database, Games, Host, Port, settings_with
from parlour.commands.outcome import USAGE, fail, run
from parlour.commands.workers import check_workers, serve_workers
from parlour.runtime.plugins import load_function
from parlour.settings import Settings, SettingsError

WorkerCount = Annotated[int | None, typer.Option("--workers", help="Processes behind the port; needs Postgres.")]

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    games: Games = None,
    database_url: Database = None,
    workers: WorkerCount = None,
) -> None:
    """Run the server with the settings of the environment (PARLOUR_*, .env, parlour.toml)."""
    settings = settings_with(host=host, port=port, games=games, database_url=database_url, workers=workers)
    if settings.workers == 1:
        run(serve_forever(settings), loop_factory())
        return
    try:
        check_workers(settings)
    except SettingsError as error:
        fail(str(error), USAGE)
    configure_logs(settings.log_level)
    run(serve_workers(settings))


async def serve_forever(settings: Settings) -> None:
    """Build, start, wait for SIGTERM or SIGINT, stop."""
    hook = None if settings.error_hook is None else load_function(settings.error_hook)
    configure_logs(settings.log_level, hook)
    server = await Server.build(settings)
    secret = await server.parts.identity.roles.new_claim(replace=False) if sys.stdout.isatty() else None

    def ready() -> None:
        structlog.get_logger().info("server.ready", url=server.url)
        if secret is not None:
            typer.echo(told(settings, secret, server.url))

    await run_until_signalled(server, ready)


async def run_until_signalled(server: Server, started: Callable[[], None]) -> None:
    """Start a built server, call `started`, and stop cleanly on the first signal; a second one ends the process."""
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
