"""`parlour serve`: run one server until a signal stops it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import structlog
import typer

from parlour.adapters.engine import loop_factory
from parlour.app import Server
from parlour.commands.logs import configure_logs
from parlour.commands.options import Database, Games, Host, Port, settings_with
from parlour.commands.outcome import run
from parlour.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def serve(host: Host = None, port: Port = None, games: Games = None, database_url: Database = None) -> None:
    """Run the server with the settings of the environment (PARLOUR_*, .env, parlour.toml)."""
    settings = settings_with(host=host, port=port, games=games, database_url=database_url)
    run(serve_forever(settings), loop_factory())


async def serve_forever(settings: Settings) -> None:
    """Build, start, wait for SIGTERM or SIGINT, stop."""
    configure_logs(settings.log_level)
    server = await Server.build(settings)
    await run_until_signalled(server, lambda: structlog.get_logger().info("server.ready", url=server.url))


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
