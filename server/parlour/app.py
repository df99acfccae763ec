"""Runs one server from start to clean end. Only commands and tests import this module."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from contextlib import ExitStack
from typing import Any

import structlog
from aiohttp import web

from parlour.adapters.chain.node_rpc import connect
from parlour.adapters.engine import share_interpreter, tune_gc
from parlour.adapters.http.access_log import ACCESS, AccessLog
from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql import migrations
from parlour.adapters.sql.database import FileLock, lock_database
from parlour.adapters.sql.retention import Policy, sweep
from parlour.adapters.sql.rooms import open_store
from parlour.runtime.chain.chains import Connect
from parlour.runtime.commit_pace import CommitPace
from parlour.runtime.store import StoreError
from parlour.settings import Settings, SettingsError
from parlour.wiring.server import Parts, build_server

log = structlog.get_logger()

BACKLOG = 4096
"""Connections the kernel holds while we accept: a reconnect storm fits."""
KEEPALIVE_SECONDS = 75.0
"""An HTTP connection that asks nothing more is closed after this; aiohttp alone would hold it for an hour."""
CLOCK_SECONDS = 1.0
"""Seconds between two looks at the machine's clock; for so long wallets may be told `not_yet_valid` after a sleep."""
RETENTION_SECONDS = 3600.0
"""Between two sweeps of old entries."""
RECONNECT_SPREAD_MS = (200, 2000)
"""Each client is told a delay of its own at the shutdown, so that they do not come back all at once."""
CLOSING_SECONDS = 0.05
"""What clients are told at the shutdown has this long to leave the sockets."""
DAY_MS = 86_400_000


class Server:
    """One server: `await Server.build(settings)`, `start()`, then `stop()`.

    Attributes:
        parts: what it is made of.
        url: the address it is reached at.
    """

    def __init__(self, parts: Parts, bound: socket.socket, tls: ssl.SSLContext | None, lock: FileLock | None) -> None:
        self.parts = parts
        self.url = f"{parts.settings.scheme}://{_address(bound)}"
        self._bound = bound
        self._tls = tls
        self._lock = lock
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._console: web.AppRunner | None = None
        self._metrics: web.AppRunner | None = None
        self._chores: list[asyncio.Task[None]] = []

    @classmethod
    async def build(
        cls, settings: Settings, dev: DevFacts | None = None, chain_client: Connect | None = None
    ) -> Server:
        """Bind the port, migrate the database and build all parts.

        Args:
            dev: what `parlour dev` offers to play with.
            chain_client: makes the client of a chain endpoint's URL; JSON-RPC by default.

        Raises:
            DatabaseInUse, MigrationError, StoreError, SettingsError, OSError: with a sentence for the operator.
        """
        tls = _tls(settings)
        with ExitStack() as undo:
            lock = lock_database(settings.database_url)
            if lock is not None:
                undo.callback(lock.release)
            bound = socket.create_server((settings.host, settings.port), backlog=BACKLOG, family=_family(settings.host))
            undo.callback(bound.close)
            await migrations.upgrade(settings.database_url)
            pace = CommitPace(settings.commit, settings.commit_loop_ms)
            store = await open_store(settings.database_url, pace=pace)
            parts = await build_server(settings, store, dev, _address(bound), chain_client or connect)
            undo.pop_all()
        return cls(parts, bound, tls, lock)

    async def start(self) -> None:
        """Listen, then start the periodic tasks and the chain followers."""
        parts = self.parts
        self._runner = _http_runner(parts.pages.app, parts.settings, shutdown_timeout=1.0)
        await self._runner.setup()
        listen = parts.sockets.engine.listen
        self._listening = await listen(self._runner, sock=self._bound, backlog=BACKLOG, ssl=self._tls)
        parts.rooms.registry.start()
        if parts.pages.console is not None:
            self._console = _http_runner(parts.pages.console, parts.settings)
            await self._console.setup()
            await web.TCPSite(
                self._console, parts.settings.host, parts.settings.admin_port, ssl_context=self._tls
            ).start()
        if parts.pages.metrics is not None:
            self._metrics = _http_runner(parts.pages.metrics, parts.settings)
            await self._metrics.setup()
            await web.TCPSite(
                self._metrics, parts.settings.host, parts.settings.metrics_port, ssl_context=self._tls
            ).start()
        loop = asyncio.get_running_loop()
        self._chores = [
            loop.create_task(parts.identity.sign_in.follow_changes()),
            loop.create_task(_retain(parts)),
            loop.create_task(_follow_wall_clock(parts)),
        ]
        await parts.chain.chains.start()
        parts.rooms.watchdog.start()
        parts.process.loop_watch.start()
        tune_gc()
        share_interpreter()

    async def stop(self) -> None:
        """Refuse new connections, commit every mailbox, tell every client when to reconnect, and close."""
        parts = self.parts
        log.info("server.draining", connections=sum(parts.sockets.engine.connections.values()))
        parts.sockets.engine.refuse(retry_after=RECONNECT_SPREAD_MS[1])
        if self._listening is not None:
            self._listening.close()
        await parts.chain.chains.stop()
        try:
            async with asyncio.timeout(parts.settings.drain_seconds / 2):
                await parts.rooms.registry.drain()
        except TimeoutError:
            log.warning("server.drain_timed_out")
        parts.sockets.gateway.say_closing("draining", lambda: random.randint(*RECONNECT_SPREAD_MS))
        await asyncio.sleep(CLOSING_SECONDS)
        for chore in self._chores:
            chore.cancel()
        for runner in (self._runner, self._console, self._metrics):
            if runner is not None:
                await runner.cleanup()
        parts.rooms.lobby.close()
        parts.rooms.watchdog.stop()
        parts.process.loop_watch.stop()
        await parts.process.store.close()
        if self._lock is not None:
            self._lock.release()


def _http_runner(app: web.Application, settings: Settings, **options: Any) -> web.AppRunner:
    return web.AppRunner(
        app,
        access_log=ACCESS if settings.access_log else None,
        access_log_class=AccessLog,
        handle_signals=False,
        keepalive_timeout=KEEPALIVE_SECONDS,
        auto_decompress=False,
        **options,
    )


async def _retain(parts: Parts) -> None:
    """Remove the oldest entries once an hour, if the settings say so."""
    settings, process = parts.settings, parts.process
    if not settings.retain_days:
        return
    policy = Policy(int(settings.retain_days * DAY_MS), settings.retain_entries)
    while True:
        try:
            removed = await sweep(process.store, policy, process.clock.now())
            log.info("retention.swept", entries=removed)
        except StoreError as error:
            log.warning("retention.failed", error=str(error))
        await asyncio.sleep(RETENTION_SECONDS)


async def _follow_wall_clock(parts: Parts) -> None:
    """Step the process's clock forward, once a second, where the machine slept, and tell the rooms."""
    clock = parts.process.clock
    while True:
        await asyncio.sleep(CLOCK_SECONDS)
        if step := clock.catch_up():
            log.warning("clock.stepped", step_ms=step, cause="the machine slept, was paused, or its clock was set")
            parts.rooms.registry.clock_stepped(step)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        raise SettingsError(f"PARLOUR_TLS_CERTIFICATE and PARLOUR_TLS_KEY cannot be used: {error}.") from None
    return context


def _address(bound: socket.socket) -> str:
    """Return the bound address as `host:port` of a URL."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
