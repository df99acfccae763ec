"""Parlour: one Parlour in a host's process, from its settings to its end, and the ways to reach it.

The games' watchdog needs a signal, so it does not run here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from socket import gethostname
from types import TracebackType
from typing import Any, TypeVar

import socketio
from aiohttp import web
from yarl import URL

from parlour.adapters.asgi import AsgiApplication, Serving
from parlour.adapters.asgi.public_address import PublicAddress, folder
from parlour.adapters.engine import Engine
from parlour.adapters.namespace import NamespaceBridge
from parlour.adapters.socket.gateway import Gateway
from parlour.adapters.sql.database import FileLock, lock_database
from parlour.embedding.handlers import BeforePost, Handlers, OnEntry
from parlour.embedding.rooms import HOST, Asking, Room, Rooms
from parlour.errors import Unauthorized, Unavailable
from parlour.running import Running
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.store import RoomRecord
from parlour.settings import Settings, SettingsError, load
from parlour.settings.given import given
from parlour.wiring.process import Place
from parlour.wiring.server import Parts

OnEntryT = TypeVar("OnEntryT", bound=OnEntry)
BeforePostT = TypeVar("BeforePostT", bound=BeforePost)


class Parlour:
    """One Parlour in this process; several with different settings and databases may run side by side.

    `async with parlour:`, or `start()` and `stop()`; an application that it is mounted in does both by itself.

    Attributes:
        settings: as given, with the defaults of all others.
        address: where clients find it.
        rooms: its rooms, for the host's own code.
    """

    def __init__(self, *, url: str, pages: bool = False, **settings: Any) -> None:
        """Read the settings that are given; nothing starts yet.

        Args:
            url: the public address with its path, such as `https://example.com/rooms/`.
            pages: whether to serve the demo, the console and the SDK's files too.
            settings: those of docs/settings.md, by their name in lower case.

        Raises:
            SettingsError: one sentence for each wrong setting.
        """
        self._set_up(given(**settings), url, pages)

    @classmethod
    def from_env(cls, *, url: str, pages: bool = False, **settings: Any) -> Parlour:
        """Read `PARLOUR_*`, `.env` and `parlour.toml` too, as `parlour serve` does; see `__init__`."""
        made = cls.__new__(cls)
        made._set_up(load(**settings), url, pages)
        return made

    def _set_up(self, settings: Settings, url: str, pages: bool) -> None:
        self.settings = settings
        self.rooms = Rooms(self._asking)
        self._handlers = Handlers(self._room_of, settings.handler_entries)
        self.address = PublicAddress.read(url)
        self._pages = pages
        self._running: Running | None = None
        self._lock: FileLock | None = None

    async def __aenter__(self) -> Parlour:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Migrate and open the database, and start; does nothing where it runs already.

        Raises:
            DatabaseInUse, MigrationError, StoreError, SettingsError, OSError: with a sentence for the operator.
        """
        if self._running is not None:
            return
        self._lock = lock_database(self.settings.database_url)
        try:
            place = Place((self.address.origin,), f"{gethostname()}:{os.getpid()}")
            running = await Running.open(self.settings, place, pages=self._pages)
            self._handlers.attach(running.parts.rooms.registry.context)
            await running.start()
        except BaseException:
            self._unlock()
            raise
        self._running = running

    async def stop(self) -> None:
        """Refuse new connections, commit every mailbox, tell every client when to reconnect, and close."""
        running = self._running
        if running is None:
            return
        running.refuse()
        await running.drain()
        await self._handlers.settle(self.settings.drain_seconds / 2)
        self._running = None
        await running.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # ── in the host's own code ────────────────────────────────────────────────────────────────────────────────────

    async def authenticate(self, token: str) -> Caller:
        """Return whose session a token is, to act for that account in `rooms`.

        Raises:
            Unauthorized: the token is of no live session. StoreError, Unavailable: that cannot be said now.
        """
        session = await self._parts().identity.sign_in.authenticate(token)
        if session is None:
            raise Unauthorized("That token is not valid; sign in again.")
        return Caller(session.account, session.rank)

    def on(self, type: str, *, sealed: bool = False) -> Callable[[OnEntryT], OnEntryT]:
        """Let a function hear every entry of a type: `@parlour.on("chat.message")` before `def heard(room, entry)`.

        It is called after the entry is stored, in the room's order, by the process that stored it; it may be a
        coroutine function. What it raises is logged.

        Args:
            sealed: in direct and wallet rooms too, which people take for private. It hears there and no more: `room`
                has the rights of an API key, which do not count in them.
        """

        def register(handler: OnEntryT) -> OnEntryT:
            self._handlers.on(type, handler, sealed)
            return handler

        return register

    def before(self, type: str, *, sealed: bool = False) -> Callable[[BeforePostT], BeforePostT]:
        """Let a function refuse posts of a type: `@parlour.before("chat.message")` before `def check(room, post)`.

        It is asked last, after rights and rules, and may raise `Reject("reason")`. It must not wait: its room does.

        Args:
            sealed: in direct and wallet rooms too, which people take for private.
        """

        def register(check: BeforePostT) -> BeforePostT:
            self._handlers.before(type, check, sealed)
            return check

        return register

    def _parts(self) -> Parts:
        if self._running is None:
            raise Unavailable("This Parlour is not running; start it, and try again.")
        return self._running.parts

    def _asking(self) -> Asking:
        parts = self._parts()
        return Asking(parts.sockets.rooms, parts.identity.limiter)

    def _room_of(self, record: RoomRecord) -> Room:
        return Room(self._asking, HOST, record.to_json())

    # ── in an aiohttp application ─────────────────────────────────────────────────────────────────────────────────

    def mount(self, app: web.Application, prefix: str) -> None:
        """Serve everything below `prefix`; the application starts and stops this Parlour with itself.

        Call it before the application starts.

        Raises:
            SettingsError: clients would not find it there, because `url` names another path.
        """
        if folder(prefix) != self.address.path:
            raise SettingsError(self.address.advice(prefix))
        app.router.add_route("*", self.address.path + "{parlour_path:.*}", self._serve)
        app.on_startup.append(lambda _app: self.start())
        app.on_shutdown.append(lambda _app: self.stop())  # while sockets are open, so that clients hear of it
        app.on_cleanup.append(lambda _app: self.stop())  # where the start failed after ours

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request as if it had come to the root of a server of our own."""
        serving = self._answering()
        if serving is None:
            error = Unavailable("The server is not running; try again.", retry_after=1000)
            return web.json_response({"error": error.to_json()}, status=error.status)
        path = request.rel_url.raw_path[len(self.address.path) - 1 :]
        below = URL.build(path=path, query_string=request.rel_url.raw_query_string, encoded=True)
        asked = request.clone(rel_url=below, client_max_size=self.settings.message_bytes)
        response = await serving.http.request_handler(asked)
        await response.prepare(asked)  # with the headers of our application, and not of its host's
        return response

    # ── in an ASGI server ─────────────────────────────────────────────────────────────────────────────────────────

    def asgi(self) -> AsgiApplication:
        """Return it as an ASGI 3 application (HTTP, WebSocket, lifespan), for uvicorn or to mount in FastAPI.

        Mounted in another application it hears nothing of the lifespan: start and stop it in the host's.
        """
        return AsgiApplication(self.address, self._answering, self.start, self.stop)

    # ── in a python-socketio server ───────────────────────────────────────────────────────────────────────────────

    def namespace(self, sio: socketio.AsyncServer, name: str) -> None:
        """Serve sockets in a namespace of the host's python-socketio server, on aiohttp or ASGI; HTTP needs a mount.

        It holds less than our own sockets do: docs/embedding.md lists what.

        Raises:
            SettingsError: the namespace is taken, or the server has a serializer of its own.
        """
        NamespaceBridge(sio, name, self._gateway)

    def _gateway(self) -> tuple[Gateway, Engine] | None:
        if self._running is None:
            return None
        sockets = self._running.parts.sockets
        return sockets.gateway, sockets.engine

    def _answering(self) -> Serving | None:
        running = self._running
        if running is None or running.http.server is None:
            return None
        return Serving(running.http.server, running.parts.sockets.engine)
