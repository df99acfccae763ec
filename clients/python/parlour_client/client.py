"""One connection to a Parlour server that outlives its sockets.

Every socket is a fresh Socket.IO client. When one ends, the next is dialled with jittered back-off, every room joins
again from where it was, and requests without an answer are sent again in their old order.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import aiohttp
import socketio
from eth_account import Account
from eth_account.signers.local import LocalAccount

from parlour_client.auth import Session, wallet
from parlour_client.entries import Position
from parlour_client.errors import (
    ConnectionLost,
    Internal,
    ParlourError,
    SignInRefused,
    Unauthorized,
    Unavailable,
    error_from,
)
from parlour_client.lobby import Lobby
from parlour_client.room import Room

log = logging.getLogger("parlour")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 10.0
_ROOM_EVENTS = ("entry", "state", "presence", "signal", "read", "room:closed", "room:removed")
_NEVER_AGAIN = frozenset({"room:signal", "room:create"})
"""Requests that are not sent twice (unless they carry an `id`): a lost answer leaves their effect unknown."""

Handler = Callable[[dict[str, Any]], object]


class Parlour:
    """A signed-in wallet's connection; made by `connect`.

    Attributes:
        welcome: the server's last `welcome` (protocol §2): version, limits, the account.
    """

    def __init__(
        self,
        url: str,
        key: str | bytes | LocalAccount | None,
        *,
        chain_id: int | None = None,
        session_key: bool | str = False,
        timeout: float = 30.0,
    ) -> None:
        self.url = url.rstrip("/")
        self.welcome: dict[str, Any] = {}
        self._key = wallet(key) if key is not None else None
        self._chain_id = chain_id
        self._session_key: LocalAccount | None = Account.create() if session_key and key is not None else None
        self._key_room = session_key if isinstance(session_key, str) else None
        self._timeout = timeout
        self._session: Session | None = None
        self._socket: socketio.AsyncClient | None = None
        self._online = asyncio.Event()
        self._failure: ParlourError | None = None
        self._closing: dict[str, Any] | None = None
        self._waiting: dict[asyncio.Future[Any], None] = {}
        self._rooms: dict[str, Room] = {}
        self._lobby: Lobby | None = None
        self._notices: list[Handler] = []

    @property
    def account(self) -> str:
        """This wallet's account, `""` for a guest."""
        return str(self.welcome.get("account") or "")

    @property
    def signer(self) -> LocalAccount | None:
        """What signs posts in signed rooms: the session key, else the wallet itself; None for a guest."""
        return self._session_key or self._key

    @property
    def connected(self) -> bool:
        return self._online.is_set()

    @asynccontextmanager
    async def join(
        self, room: str, *, since: Position | None = None, limit: int | None = None, **options: Any
    ) -> AsyncIterator[Room]:
        """Join a room for the length of the block, and leave it when the block ends without an error.

        Args:
            since: resume from a position kept earlier: iterating yields exactly what came after it.
            limit: how many of the latest entries `room.recent` holds when not resuming.
            options: `as_="player"` or `"spectator"`, `invite=…`.

        Raises:
            ParlourError: the server refuses.
        """
        joined = await self.enter(room, since=since, limit=limit, **options)
        try:
            yield joined
        except BaseException:
            self._forget(joined)
            raise
        if joined.ended or self._failure:
            self._forget(joined)
        else:
            await joined.leave()

    async def enter(
        self, room: str, *, since: Position | None = None, limit: int | None = None, **options: Any
    ) -> Room:
        """`join` without the block: the room stays joined, over every reconnect, until `Room.leave`."""
        joined = Room(self, room, since=since, limit=limit, options=options)
        self._rooms[room.lower()] = joined
        try:
            await joined.rejoin()
        except BaseException:
            self._forget(joined)
            raise
        return joined

    async def create(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Create a room and return it (protocol §3 "Rooms"); safe to repeat with the same `id`."""
        return dict(await self._answer_key("room:create", {"kind": kind, **settings}, "room"))

    async def rooms(self, **query: Any) -> list[dict[str, Any]]:
        """One page of rooms: `kind`, `query`, `open`, `mine`, `cursor`, `limit`."""
        return list((await self.request("room:list", query))["rooms"])

    @asynccontextmanager
    async def lobby(
        self, *, kind: str | None = None, query: str | None = None, open: bool | None = None, limit: int | None = None
    ) -> AsyncIterator[Lobby]:
        """A list of public rooms, kept up to date for the length of the block; another one takes its place.

        Args:
            open: only tables that somebody who joins now plays at.

        Raises:
            ParlourError: the server refuses.
        """
        if self._lobby is not None:
            self._lobby.stop()
        lobby = self._lobby = Lobby(self, {"kind": kind, "query": query, "open": open, "limit": limit})
        try:
            await lobby.ask()
            yield lobby
        finally:
            lobby.stop()
            if self._lobby is lobby:
                self._lobby = None
                if self._socket is not None:
                    with suppress(socketio.exceptions.SocketIOError):
                        await self._socket.emit("room:list", {"live": False, "limit": 1})

    async def find_match(self, kind: str, **options: Any) -> str:
        """Queue for a match; the ticket. `match:found` arrives through `on_notice`."""
        return str(await self._answer_key("match:find", {"kind": kind, "options": options}, "ticket"))

    def on_notice(self, handler: Handler) -> Callable[[], None]:
        """Call `handler` with every `notice` and `match:found`; the answer takes it off again."""
        self._notices.append(handler)
        return lambda: self._notices.remove(handler)

    async def request(
        self,
        event: str,
        data: Mapping[str, Any],
        *,
        timeout: float | None = None,
        settle: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Send a request and wait for its ack, across reconnects and retryable refusals.

        Args:
            timeout: seconds for all tries together.
            settle: called with the ack the moment it arrives, before any event that follows it on the wire.

        Raises:
            ParlourError: refused, or no answer in time (ConnectionLost).
        """
        again = "id" in data or event not in _NEVER_AGAIN
        try:
            async with asyncio.timeout(timeout or self._timeout):
                return await self._persist(event, dict(data), again, settle)
        except TimeoutError:
            raise ConnectionLost(f"No answer to {event} in time.") from None

    async def _persist(
        self, event: str, data: dict[str, Any], again: bool, settle: Callable[[dict[str, Any]], None] | None
    ) -> dict[str, Any]:
        tries = 0
        while True:
            await self._online.wait()
            if self._failure:
                raise self._failure
            try:
                return await self._ask(event, data, settle)
            except ConnectionLost:
                if not again:
                    raise
            except ParlourError as refused:
                if not refused.retryable or not again:
                    raise
                await asyncio.sleep(_pause(tries, refused.retry_after))
                tries += 1

    async def _ask(
        self, event: str, data: dict[str, Any], settle: Callable[[dict[str, Any]], None] | None
    ) -> dict[str, Any]:
        """One try on the present socket. Nothing here suspends before the packet is queued: order is the caller's."""
        socket = self._socket
        if socket is None or not socket.connected:
            self._online.clear()  # its end is known before `run` hears of it: whoever waits, waits for the next one
            raise ConnectionLost("Not connected.")
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[answer] = None

        def acked(ack: Any = None) -> None:
            if answer.done():
                return
            if isinstance(ack, dict) and ack.get("ok"):
                try:
                    if settle:
                        settle(ack)
                    answer.set_result(ack)
                except Exception as error:
                    answer.set_exception(error)
            else:
                answer.set_exception(error_from(ack.get("error") if isinstance(ack, dict) else None))

        try:
            await socket.emit(event, data, callback=acked)
            return await answer
        except socketio.exceptions.SocketIOError as error:
            raise ConnectionLost("Not connected.") from error
        finally:
            self._waiting.pop(answer, None)

    async def _answer_key(self, event: str, data: dict[str, Any], key: str) -> Any:
        return (await self.request(event, {"id": uuid4().hex, **data}))[key]

    # ── sockets ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Keep a socket alive until cancelled or refused for good; `connect` runs this beside its block."""
        tries = 0
        async with aiohttp.ClientSession() as http:
            if self._key is not None:
                self._session = Session(
                    http,
                    self.url,
                    self._key,
                    chain_id=self._chain_id,
                    session_key=self._session_key,
                    key_room=self._key_room,
                )
            while True:
                self._closing = None
                try:
                    await self._serve_socket(http)
                    tries = 0
                except Unavailable as error:
                    tries += 1
                    log.info("cannot connect to %s: %s", self.url, error)
                except ParlourError as error:
                    return self._fail(error)
                closing: dict[str, Any] = self._closing or {}
                if closing.get("reconnect") is False and closing.get("reason") != "expired":
                    return self._fail(Unauthorized(f"The server ended the session: {closing.get('reason')}."))
                if closing.get("reason") == "expired" and self._session:
                    self._session.forget()
                await asyncio.sleep(_pause(tries, closing.get("retryAfter")))

    async def _serve_socket(self, http: aiohttp.ClientSession) -> None:
        """Dial, announce, and return when the socket has ended; raises Unavailable where it never opened."""
        socket = await self._dial(http)
        try:
            self._socket = socket
            for room in self._rooms.values():
                room.reconnected()
            if self._lobby is not None:
                self._lobby.reconnected()
            self._online.set()
            await socket.eio.wait()
        finally:
            self._online.clear()
            self._socket = None
            for answer in list(self._waiting):
                if not answer.done():
                    answer.set_exception(ConnectionLost("The connection ended before the answer came."))
            if socket.connected:
                await socket.disconnect()

    async def _dial(self, http: aiohttp.ClientSession) -> socketio.AsyncClient:
        try:
            return await self._open(http)
        except Unauthorized as refused:
            if self._session is None or isinstance(refused, SignInRefused):
                raise
            # the server forgot the session (a restored database, a revoked device): one new sign-in decides
            self._session.forget()
            return await self._open(http)

    async def _open(self, http: aiohttp.ClientSession) -> socketio.AsyncClient:
        auth = {"protocol": 1} | ({"token": await self._session.token()} if self._session else {})
        socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
        refusal: list[Any] = []
        socket.on("connect_error", refusal.append)
        socket.on("welcome", self._welcomed)
        socket.on("closing", self._told_to_close)
        socket.on("notice", self._noticed)
        socket.on("match:found", self._noticed)
        socket.on("lobby", self._to_lobby)
        for event in _ROOM_EVENTS:
            socket.on(event, self._to_room(event))
        try:
            await socket.connect(self.url, auth=auth, transports=["websocket"], wait_timeout=10)
        except socketio.exceptions.ConnectionError as error:
            if refusal and isinstance(refusal[-1], dict):
                data = refusal[-1].get("data", refusal[-1])
                raise error_from(data, Unavailable) from error
            raise ConnectionLost(f"{self.url} does not answer: {error}.") from error
        if socket.eio.state != "connected":
            raise ConnectionLost("The socket ended while it opened.")
        return socket

    def _to_room(self, event: str) -> Handler:
        def deliver(data: dict[str, Any]) -> None:
            room = self._rooms.get(str(data.get("room", "")).lower())
            if room is not None:
                room.receive(event, data)

        return deliver

    def _to_lobby(self, data: dict[str, Any]) -> None:
        if self._lobby is not None:
            self._lobby.receive(data)

    def _welcomed(self, data: dict[str, Any]) -> None:
        self.welcome = data

    def _told_to_close(self, data: dict[str, Any]) -> None:
        self._closing = data

    def _noticed(self, data: dict[str, Any]) -> None:
        for handler in list(self._notices):
            handler(data)

    def _forget(self, room: Room) -> None:
        room.stop()
        if self._rooms.get(room.id.lower()) is room:
            del self._rooms[room.id.lower()]

    def _fail(self, error: ParlourError) -> None:
        self._failure = error
        self._online.set()
        for room in self._rooms.values():
            room.fail(error)
        if self._lobby is not None:
            self._lobby.fail(error)

    def crashed(self, runner: asyncio.Task[None]) -> None:
        """`run` ended; a defect of ours must not leave anybody waiting."""
        if not runner.cancelled() and (defect := runner.exception()):
            log.error("the connection's task failed", exc_info=defect)
            self._fail(Internal(f"A defect in the client: {defect!r}."))

    async def first_socket(self) -> None:
        """Wait for the first connection; raises what refused it."""
        await self._online.wait()
        if self._failure:
            raise self._failure


@asynccontextmanager
async def connect(
    url: str,
    key: str | bytes | LocalAccount | None = None,
    *,
    chain_id: int | None = None,
    session_key: bool | str = False,
    timeout: float = 30.0,
) -> AsyncIterator[Parlour]:
    """Sign in and stay connected for the length of the block.

    Args:
        url: the server's address, such as `http://localhost:8080`.
        key: a private key (hex, bytes, `env:NAME` or a LocalAccount); None connects as a guest.
        chain_id: the chain named in the sign-in message; by default the first the server lists.
        session_key: True signs posts in signed rooms with a fresh key that the sign-in names, a room's id with one
            for that room alone; by default the wallet itself signs them.
        timeout: seconds for the first connection, and for each request over all its tries.

    Raises:
        SignInRefused: the server refuses this wallet.
        ConnectionLost: no server answered in time.
    """
    parlour = Parlour(url, key, chain_id=chain_id, session_key=session_key, timeout=timeout)
    runner = asyncio.create_task(parlour.run(), name="parlour connection")
    runner.add_done_callback(parlour.crashed)
    try:
        try:
            async with asyncio.timeout(timeout):
                await parlour.first_socket()
        except TimeoutError:
            raise ConnectionLost(f"{url} did not answer in {timeout:g} s.") from None
        yield parlour
    finally:
        runner.cancel()
        await asyncio.wait([runner])


def _pause(tries: int, retry_after: int | None) -> float:
    """Seconds to wait: never less than the server asked for (ms), spread so that a crowd does not return at once."""
    if retry_after:
        return retry_after / 1000 * random.uniform(1.0, 1.5)
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**tries) * random.uniform(0.5, 1.0)
