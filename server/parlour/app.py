"""One process of Parlour: opened, running, drained. Nothing imports it but the CLI and the test kit."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl

import structlog
from aiohttp import web

from parlour.adapters.chain.node_rpc import connect
from parlour.adapters.engine import share_interpreter, tune_gc
from parlour.adapters.http.access_log import ACCESS, AccessLog
from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql import migrations
from parlour.adapters.sql.retention import Policy, sweep
from parlour.adapters.sql.rooms import open_store
from parlour.runtime.chain.chains import Connect
from parlour.runtime.store import StoreError
from parlour.settings import Settings, SettingsError
from parlour.wiring.server import Parts, build_server

log = structlog.get_logger()

BACKLOG = 4096
"""Connections the kernel holds while we accept: a reconnect storm fits."""
KEEPALIVE_SECONDS = 75.0
"""An HTTP connection that asks nothing more is closed after this; aiohttp alone would hold it for an hour."""
RETENTION_SECONDS = 3600.0
RECONNECT_SPREAD_MS = (200, 2000)
"""Told to clients at shutdown, each its own delay, so that they do not come back as one."""


class Server:
    """One process of Parlour: `await Server.build(settings)`, `start()`, then `stop()`."""

    def __init__(self, parts: Parts, bound: socket.socket, tls: ssl.SSLContext | None) -> None:
        self.parts = parts
        self.url = f"{parts.settings.scheme}://{_address(bound)}"
        self._bound = bound
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._console: web.AppRunner | None = None
        self._chores: list[asyncio.Task[None]] = []

    @classmethod
    async def build(
        cls, settings: Settings, dev: DevFacts | None = None, chain_client: Connect | None = None
    ) -> Server:
        """Migrate the database, make what is missing, wire everything.

        Raises:
            MigrationError, StoreError, SettingsError: with a sentence for the operator.
        """
        tls = _tls(settings)
        bound = socket.create_server((settings.host, settings.port), backlog=BACKLOG, family=_family(settings.host))
        await migrations.upgrade(settings.database_url)
        store = await open_store(settings.database_url)
        return cls(await build_server(settings, store, dev, _address(bound), chain_client or connect), bound, tls)

    async def start(self) -> None:
        """Listen, then let the followers run."""
        parts = self.parts
        access_log = ACCESS if parts.settings.access_log else None
        self._runner = web.AppRunner(
            parts.app,
            access_log=access_log,
            access_log_class=AccessLog,
            handle_signals=False,
            shutdown_timeout=1.0,
            keepalive_timeout=KEEPALIVE_SECONDS,
            auto_decompress=False,
        )
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._listening = await parts.engine.listen(self._runner, sock=self._bound, backlog=BACKLOG, ssl=self._tls)
        parts.registry.start()
        if parts.console_app is not None:
            self._console = web.AppRunner(
                parts.console_app,
                access_log=access_log,
                access_log_class=AccessLog,
                handle_signals=False,
                keepalive_timeout=KEEPALIVE_SECONDS,
                auto_decompress=False,
            )
            await self._console.setup()
            await web.TCPSite(
                self._console, parts.settings.host, parts.settings.admin_port, ssl_context=self._tls
            ).start()
        self._chores = [loop.create_task(parts.sign_in.watch()), loop.create_task(_retain(parts))]
        await parts.chains.start()
        parts.watchdog.start()
        tune_gc()
        share_interpreter()

    async def stop(self) -> None:
        """Drain: refuse newcomers, commit every mailbox, tell every client when to come back, close."""
        parts = self.parts
        parts.engine.refuse(retry_after=RECONNECT_SPREAD_MS[1])
        if self._listening is not None:
            self._listening.close()
        await parts.chains.stop()
        try:
            async with asyncio.timeout(parts.settings.drain_seconds / 2):
                await parts.registry.drain()
        except TimeoutError:
            log.warning("server.drain_timed_out")
        parts.gateway.say_closing("draining", lambda: random.randint(*RECONNECT_SPREAD_MS))
        await asyncio.sleep(0.05)
        for chore in self._chores:
            chore.cancel()
        for runner in (self._runner, self._console):
            if runner is not None:
                await runner.cleanup()
        parts.lobby.close()
        parts.watchdog.stop()
        await parts.store.close()


async def _retain(parts: Parts) -> None:
    """Let the oldest entries go, once an hour, where the settings say so."""
    settings = parts.settings
    if not settings.retain_days:
        return
    policy = Policy(int(settings.retain_days * 86_400_000), settings.retain_entries)
    while True:
        try:
            removed = await sweep(parts.store, policy, parts.registry.context.clock.now())
            log.info("retention.swept", entries=removed)
        except StoreError as error:
            log.warning("retention.failed", error=str(error))
        await asyncio.sleep(RETENTION_SECONDS)


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
    """`host:port` as it stands in a URL."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
