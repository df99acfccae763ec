"""Runs several nodes behind one port: starts a process for each, restarts those that end, and drains them all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import structlog
import typer

from parlour.adapters.membership.unix_bus import BusBroker
from parlour.adapters.sql.database import is_sqlite
from parlour.commands.outcome import USAGE
from parlour.errors import OperatorError
from parlour.runtime.backoff import Backoff
from parlour.settings import Settings, SettingsError
from parlour.testing.processes import dies_with_parent

log = structlog.get_logger()

RESTARTS = Backoff(first_s=0.5, longest_s=30.0)
"""Between restarts of a worker that ends at once, such as while the database is away."""
HEALTHY_S = 60.0
"""A worker that ran for so long is restarted at once."""
LOOK_S = 0.1
"""Between two looks whether a worker listens."""
GRACE_S = 1.5
"""Beyond `drain_seconds`, until a worker that does not end is killed."""


class WorkerFailed(OperatorError):
    """A worker ended before it was ever ready; its own line says why."""

    def __init__(self, code: int) -> None:
        super().__init__("a worker could not start")
        self.code = code


def check_workers(settings: Settings) -> None:
    """Raise SettingsError where several processes cannot serve these settings."""
    if is_sqlite(settings.database_url):
        raise SettingsError(
            "One process serves a SQLite file, because it has one writer: more workers need Postgres "
            "(PARLOUR_DATABASE_URL=postgresql://…)."
        )
    if settings.peer_url is not None:
        raise SettingsError("PARLOUR_PEER_URL names one process: leave it out with workers, or run a node for each.")
    if settings.port == 0 and settings.admin_port == 0:
        raise SettingsError("PARLOUR_ADMIN_PORT=0 would give each worker a port of its own: name one.")


class Workers:
    """The processes of one port.

    Attributes:
        port: the one they listen on.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._reserved = _reserve(settings.host, settings.port)
        self.port = int(self._reserved.getsockname()[1])
        self._name = settings.node or f"{socket.gethostname()}:{self.port}"
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Run the workers until `stop` is set; raises WorkerFailed."""
        broker = BusBroker()
        if self._settings.redis_url is None:
            await broker.start(self._folder / "bus.sock")
        keeping = [asyncio.create_task(self._keep(number)) for number in range(1, self._settings.workers + 1)]
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*keeping, stopped], return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            await self._drain()
            for task in (*keeping, stopped):
                task.cancel()
            await asyncio.gather(*keeping, stopped, return_exceptions=True)
            broker.close()

    async def _keep(self, number: int) -> None:
        """Run one worker, and again whenever it ends."""
        was_ready, failures = False, 0
        while not self._stopping:
            began = monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "parlour", "serve", env=self._environment(number),
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )  # fmt: skip
            self._processes[number] = process
            ready = asyncio.create_task(self._ready(number))
            code = await process.wait()
            was_ready = was_ready or (ready.done() and not ready.cancelled())
            ready.cancel()
            if self._stopping:
                return
            if not was_ready:
                raise WorkerFailed(code)
            failures = 1 if monotonic() - began > HEALTHY_S else failures + 1
            log.error("worker.ended", worker=number, code=code, restarts_in_s=RESTARTS.pause_after(failures))
            await asyncio.sleep(RESTARTS.pause_after(failures))

    async def _ready(self, number: int) -> None:
        """Wait until a worker listens on its socket."""
        path = self._socket(number)
        while True:
            try:
                _, writer = await asyncio.open_unix_connection(path)
            except OSError:
                await asyncio.sleep(LOOK_S)
                continue
            writer.close()
            log.info("worker.ready", worker=number, port=self.port)
            return

    async def _drain(self) -> None:
        """Ask every worker to end, and kill those that do not in time."""
        self._stopping = True
        running = [each for each in self._processes.values() if each.returncode is None]
        for each in running:
            each.terminate()
        try:
            async with asyncio.timeout(self._settings.drain_seconds + GRACE_S):
                await asyncio.gather(*(each.wait() for each in running))
        except TimeoutError:
            for each in running:
                if each.returncode is None:
                    each.kill()
            await asyncio.gather(*(each.wait() for each in running))
        self._reserved.close()

    def _socket(self, number: int) -> Path:
        return self._folder / f"{number}.sock"

    def _environment(self, number: int) -> dict[str, str]:
        settings = self._settings
        own = {
            "HOST": settings.host,
            "PORT": str(self.port),
            "DATABASE_URL": settings.database_url,
            "GAMES": json.dumps(list(settings.games)),
            "WORKERS": "1",
            "REUSE_PORT": "on",
            "NODE": f"{self._name}-{number}",
            "PEER_SOCKET": str(self._socket(number)),
        }
        if settings.redis_url is None:
            own["BUS_SOCKET"] = str(self._folder / "bus.sock")
        if settings.metrics_port:
            own["METRICS_PORT"] = str(settings.metrics_port + number - 1)
        return {**os.environ, **{f"PARLOUR_{name}": value for name, value in own.items()}}


def _reserve(host: str, port: int) -> socket.socket:
    """Bind the port without listening, so that it stays the workers' and takes none of their connections."""
    reserved = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind((host, port))
    return reserved


async def serve_workers(settings: Settings) -> None:
    """Run the workers of the settings until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    with TemporaryDirectory(prefix="parlour-workers-") as folder:
        try:
            await Workers(settings, Path(folder)).run(stop)
        except WorkerFailed as failure:
            raise typer.Exit(failure.code if failure.code > 0 else USAGE) from None
