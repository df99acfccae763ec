"""Runs one server of its own from start to clean end. Only commands and tests import this module."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path
from socket import gethostname

import structlog
from aiohttp import web

from parlour.adapters.engine import exempt_imports, quiet_http_log, share_interpreter, tune_gc
from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql.database import FileLock, lock_database
from parlour.running import Running, http_runner
from parlour.runtime.chain.chains import Connect
from parlour.settings import Settings, SettingsError
from parlour.wiring.process import Place, own_origins
from parlour.wiring.server import Parts

log = structlog.get_logger()

BACKLOG = 4096
"""Connections the kernel holds while we accept: a reconnect storm fits."""


class Server:
    """One server: `await Server.build(settings)`, `start()`, then `stop()`.

    Attributes:
        parts: what it is made of.
        url: the address it is reached at.
    """

    def __init__(
        self, running: Running, bound: socket.socket, tls: ssl.SSLContext | None, lock: FileLock | None
    ) -> None:
        self.parts: Parts = running.parts
        self.url = f"{running.parts.settings.scheme}://{_address(bound)}"
        self._running = running
        self._bound = bound
        self._tls = tls
        self._lock = lock
        self._listening: asyncio.Server | None = None
        self._peering: asyncio.Server | None = None
        self._others: list[web.AppRunner] = []

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
        exempt_imports()
        tls = _tls(settings)
        with ExitStack() as undo:
            lock = lock_database(settings.database_url)
            if lock is not None:
                undo.callback(lock.release)
            bound = socket.create_server(
                (settings.host, settings.port),
                backlog=BACKLOG,
                family=_family(settings.host),
                reuse_port=settings.reuse_port,
            )
            undo.callback(bound.close)
            running = await Running.open(settings, _place(settings, _address(bound)), dev, chain_client)
            undo.pop_all()
        return cls(running, bound, tls, lock)

    async def start(self) -> None:
        """Listen, start the periodic tasks and the chain followers, and tune the process for them."""
        running, settings, pages = self._running, self.parts.settings, self.parts.pages
        quiet_http_log()
        await running.start()
        listen = self.parts.sockets.engine.listen
        self._listening = await listen(running.http, sock=self._bound, backlog=BACKLOG, ssl=self._tls)
        if settings.peer_socket is not None:
            self._peering = await _listen_to_peers(self.parts, running, settings.peer_socket)
        for app, port in ((pages.console, settings.admin_port), (pages.metrics, settings.metrics_port)):
            if app is not None:
                runner = http_runner(app, settings)
                self._others.append(runner)
                await runner.setup()
                await web.TCPSite(
                    runner, settings.host, port, ssl_context=self._tls, reuse_port=settings.reuse_port
                ).start()
        self.parts.rooms.watchdog.start()
        tune_gc()
        share_interpreter()

    async def stop(self) -> None:
        """Refuse new connections, commit every mailbox, tell every client when to reconnect, and close."""
        self._running.refuse()
        if self._listening is not None:
            self._listening.close()
        if self._peering is not None:
            self._peering.close()
        await self._running.drain()
        for runner in self._others:
            await runner.cleanup()
        self.parts.rooms.watchdog.stop()
        await self._running.close()
        if self._lock is not None:
            self._lock.release()


def _place(settings: Settings, address: str) -> Place:
    """Say where the server is reached: at the address it listens on."""
    return Place(own_origins(settings.scheme, address), f"{gethostname()}:{address.rpartition(':')[2]}")


async def _listen_to_peers(parts: Parts, running: Running, path: Path) -> asyncio.Server:
    """Listen on the Unix socket of this process's peers, which nobody but its user may open."""
    path.unlink(missing_ok=True)
    front = parts.sockets.engine.front(running.http)
    server = await asyncio.get_running_loop().create_unix_server(front, path)
    path.chmod(0o600)
    return server


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
