"""LiveConsole: the namespace `/console`, which tells operators of what they follow as it changes (protocol §7).

A picture (`overview`, `rooms`, `chains`, `audit`) is read at most once a second for all who follow it, and sent to each
where it changed. Of a room (`room:<id>`) entries are sent as they are stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog

from parlour.adapters.console.live_door import LiveDoor, Viewer
from parlour.adapters.engine import Ack, ConnectLater, ConnectRefused, EngineConnection, encode
from parlour.adapters.http.limit import Limit
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.errors import Conflict, Internal, Invalid, ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.operating.tail import Tails
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.room_ids import named_room
from parlour.runtime.store import StoreError, refusal_of

log = structlog.get_logger()

NAMESPACE = "/console"
EVERY_SECONDS = 2.0
"""Between two looks of a follower at a picture: a person reads no faster."""
FOLLOWED = 10
"""What one connection follows at once; a page shows one or two things."""
ROOM = "room:"
Read = Callable[[], Awaitable[Any]]


class Following(Protocol):
    """Sends what one connection follows, until it is cancelled."""

    async def __call__(self, connection: EngineConnection, viewer: Viewer, what: str) -> None: ...


class LiveConsole:
    """Implements the engine's Handlers for operators.

    Args:
        pictures: reads each picture by its name.
    """

    def __init__(self, door: LiveDoor, pictures: Mapping[str, Read], tails: Tails, limit: Limit, clock: Clock) -> None:
        self._door = door
        self._pictures = {name: _Shared(read, clock) for name, read in pictures.items()}
        self._tails = tails
        self._limit = limit
        self._clock = clock
        self._open: dict[str, tuple[Viewer, dict[str, asyncio.Task[None]]]] = {}

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        """Let an operator in.

        Raises:
            ConnectRefused: it is none. ConnectLater: the store cannot say.
        """
        try:
            viewer = await self._door.admit(connection.headers, auth)
            await self._limit.hit("http", viewer.account)
        except ParlourError as error:
            raise ConnectRefused(error.to_json()) from error
        except StoreError as error:
            raise ConnectLater from error
        connection.account, connection.rank = viewer.account, viewer.rank
        self._open[connection.id] = (viewer, {})

    def event(self, connection: EngineConnection, name: str, args: list[Any], ack: Ack | None) -> None:
        """Follow something, or stop; what is refused becomes the ack."""
        viewer, followed = self._open[connection.id]
        answer: dict[str, Any] = {"ok": True}
        try:
            what = _what(args)
            if name == "console:follow":
                self._follow(connection, viewer, followed, what)
            elif name == "console:unfollow":
                if (task := followed.pop(what, None)) is not None:
                    task.cancel()
            else:
                raise Invalid("There is no such request here.", details={"path": "event"})
        except ParlourError as error:
            answer = {"ok": False, "error": error.to_json()}
        if ack is not None:
            ack(answer)

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        """Stop everything that the connection follows."""
        for task in self._open.pop(connection.id)[1].values():
            task.cancel()

    def _follow(
        self, connection: EngineConnection, viewer: Viewer, followed: dict[str, asyncio.Task[None]], what: str
    ) -> None:
        if what in followed:
            return
        if len(followed) >= FOLLOWED:
            raise Conflict(f"A connection follows {FOLLOWED} things at most.", details={"path": "what"})
        if what.startswith(ROOM):
            named_room(what.removeprefix(ROOM))
        elif what not in self._pictures:
            raise Invalid(f"what is {', '.join(self._pictures)} or room:<id>.", details={"path": "what"})
        send: Following = self._send_entries if what.startswith(ROOM) else self._send_picture
        task = asyncio.get_running_loop().create_task(self._guarded(send, connection, viewer, what), name="console")
        followed[what] = task
        task.add_done_callback(lambda done: followed.pop(what, None) if followed.get(what) is done else None)

    async def _guarded(self, send: Following, connection: EngineConnection, viewer: Viewer, what: str) -> None:
        """Send until an error ends it, which is told."""
        try:
            await self._limit.hit("http", viewer.account)
            await send(connection, viewer, what)
        except ParlourError as error:
            self._tell(connection, what, error=error.to_json())
        except StoreError as error:
            self._tell(connection, what, error=refusal_of(error).to_json())
        except Exception:
            log.exception("console.failed", what=what.partition(":")[0])
            self._tell(connection, what, error=Internal().to_json())

    async def _send_picture(self, connection: EngineConnection, viewer: Viewer, what: str) -> None:
        shown = None
        while await self._holds(connection, viewer):
            picture = await self._pictures[what].read()
            if picture != shown and not connection.congested:
                self._tell(connection, what, data=picture)
                shown = picture
            await self._clock.sleep(EVERY_SECONDS)

    async def _send_entries(self, connection: EngineConnection, viewer: Viewer, what: str) -> None:
        account = "" if viewer.account.startswith("app:") else viewer.account
        caller = Caller(account, max(viewer.rank, SERVER_MODERATOR))
        pieces = self._tails.read(named_room(what.removeprefix(ROOM)), caller, None, follow=True)
        try:
            async for entry in pieces:
                if not await self._holds(connection, viewer):
                    return
                if entry is not None:
                    self._tell(connection, what, data=entry)
        finally:
            await pieces.aclose()

    async def _holds(self, connection: EngineConnection, viewer: Viewer) -> bool:
        """Return whether an operator still may, and end the connection where not."""
        if await viewer.holds():
            return True
        connection.close("session-revoked", reconnect=False)
        return False

    def _tell(self, connection: EngineConnection, what: str, **told: Any) -> None:
        connection.write(encode("console", {"what": what, **told}, NAMESPACE))


class _Shared:
    """A picture that is read once for all who ask within two seconds."""

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._lock = asyncio.Lock()
        self._at = float("-inf")
        self._kept: Any = None

    async def read(self) -> Any:
        async with self._lock:
            if self._clock.monotonic() - self._at >= EVERY_SECONDS / 2:
                self._kept = await self._read()
                self._at = self._clock.monotonic()
            return self._kept


def _what(args: list[Any]) -> str:
    what = args[0].get("what") if args and isinstance(args[0], dict) else None
    if not isinstance(what, str):
        raise Invalid("what says what to follow.", details={"path": "what"})
    return what
