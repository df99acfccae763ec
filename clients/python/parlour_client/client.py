"""A signed-in wallet's client: rooms, lists and requests over one connection that outlives its sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Literal, cast

from parlour_client.directory import Directory
from parlour_client.entries import Position
from parlour_client.errors import ParlourError
from parlour_client.files import Files
from parlour_client.listeners import Guard, Listener, Listeners
from parlour_client.lobby import Lobby
from parlour_client.matching import Matching, Searches
from parlour_client.net.connection import Connection
from parlour_client.net.outbox import Outbox
from parlour_client.parts import Parts
from parlour_client.pending import Pending, PendingTransactions
from parlour_client.people.notices import Notices
from parlour_client.ports import Off, Settle
from parlour_client.rooms.handle import Sending
from parlour_client.rooms.membership import Membership
from parlour_client.rooms.room import Room
from parlour_client.types_gen import Welcome
from parlour_client.wire import given

Seat = Literal["player", "spectator"]
LEAVE_TIMEOUT_S = 2.0
"""For leaving a room after an error in its block: the error is not to wait longer for a server that is away."""


class Parlour(Directory, Files, Matching, Pending):
    """A signed-in wallet's client; made by `connect`.

    Attributes:
        url: the server's address.
        signer: what signs posts in signed rooms: the session key, else the wallet itself; None for a guest.
    """

    def __init__(self, parts: Parts) -> None:
        self.url = parts.url
        self.signer = parts.signer
        self._guard = Guard(parts.on_error)
        self._connection = Connection(parts.dial, self, parts.tokens, retry=parts.retry, timeout=parts.timeout)
        super().__init__(self._connection)
        self._serve_files(parts.http, parts.tokens)
        self._outbox = Outbox(self._connection, retry=parts.retry, timeout=parts.timeout)
        self._rooms: dict[str, Membership] = {}
        self._lobby: Lobby | None = None
        self._searches = Searches(self._connection, self._guard)
        self._pending = PendingTransactions(self._connection, self._guard)
        self._notices = Listeners(self._guard)
        self._failed = Listeners(self._guard)

    @property
    def welcome(self) -> Welcome:
        """The server's last greeting (protocol section 2): version, limits, the account; `{}` before the first."""
        return cast(Welcome, self._connection.welcome)

    @property
    def me(self) -> str:
        """This wallet's account, `""` for a guest."""
        return self._connection.account

    account = me  # as the greeting names it

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self._connection.connected

    @property
    def failure(self) -> ParlourError | None:
        """Why the connection is closed for good, or None."""
        return self._connection.failure

    @property
    def trouble(self) -> ParlourError | None:
        """Why no socket could be opened the last time; None while one is open."""
        return self._connection.trouble

    @property
    def unsent(self) -> int:
        """The posts that the server has not answered yet."""
        return len(self._outbox)

    def has_sent(self, post: str) -> bool:
        """Return whether the post with this id is one of the latest 10,000 that this client sent."""
        return self._connection.has_sent(post)

    # ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def join(
        self,
        room: str,
        *,
        since: Position | None = None,
        limit: int | None = None,
        as_: Seat | None = None,
        invite: str | None = None,
        proof: Sequence[str] | None = None,
        vault: str | None = None,
    ) -> AsyncIterator[Room]:
        """Join a room for the length of the block.

        The last block of a room leaves it, also where an error ends the block; any other releases its handle.

        Args:
            since: a position kept earlier: iterating yields exactly what came after it.
            limit: how many of the latest entries `room.recent` starts with; by default 50.
            as_: take a seat in a game (`player`, what a free seat gives by default), or none.
            invite: an invitation to a private room.
            proof: for a Merkle leaf of the room's gate: the hashes that lead from this account to the root.
            vault: an address that delegated to this account, where the room's gate takes delegates.

        Raises:
            ParlourError: the server refuses.
        """
        joined = await self.enter(room, since=since, limit=limit, as_=as_, invite=invite, proof=proof, vault=vault)
        try:
            yield joined
        except (Exception, asyncio.CancelledError):
            if joined.ended is None and joined.is_last:
                with suppress(ParlourError, TimeoutError):  # the error at hand is the one to tell
                    async with asyncio.timeout(LEAVE_TIMEOUT_S):
                        await joined.leave()
            raise
        else:
            if joined.ended is None and joined.is_last:
                await joined.leave()
        finally:
            joined.release()

    async def enter(
        self,
        room: str,
        *,
        since: Position | None = None,
        limit: int | None = None,
        as_: Seat | None = None,
        invite: str | None = None,
        proof: Sequence[str] | None = None,
        vault: str | None = None,
    ) -> Room:
        """Join a room without a block: it stays joined, over every reconnect, until its last handle is released.

        Args: as for `join`. A room that is joined is joined again only where `as_` or `invite` say something new.

        Raises:
            ParlourError: the server refuses.
        """
        key = room.lower()
        membership = self._rooms.get(key)
        if membership is None or membership.ended is not None:
            membership = self._rooms[key] = Membership(room, self._connection, self._guard, since)
        sending = Sending(self._connection, self._outbox, self.signer, self._forget, self.upload)
        joined = Room(membership, sending, since)
        try:
            await membership.enter(
                given(**{"as": as_, "invite": invite, "limit": limit, "proof": proof, "vault": vault})
            )
        except BaseException:
            joined.release()
            raise
        return joined

    @asynccontextmanager
    async def lobby(
        self,
        *,
        kind: str | None = None,
        query: str | None = None,
        open: bool | None = None,
        featured: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Lobby]:
        """Keep a list of public rooms up to date for the length of the block; another list takes its place.

        Args: as for `rooms`.

        Raises:
            ParlourError: the server refuses.
        """
        if self._lobby is not None:
            self._lobby.stop()
        wanted = given(kind=kind, query=query, open=open, featured=featured, limit=limit)
        lobby = self._lobby = Lobby(self._connection, self._guard, wanted)
        try:
            await lobby.ask()
            yield lobby
        finally:
            lobby.stop()
            if self._lobby is lobby:
                self._lobby = None
                await lobby.cancel()

    # ── anything else ────────────────────────────────────────────────────────────────────────────────────────────

    def on_notice(self, listener: Listener) -> Off:
        """Call `listener` with every `notice` and `match:found`; the answer takes it off again."""
        return self._notices.add(listener)

    def notices(self, *, cursor: str | None = None, limit: int | None = None) -> Notices:
        """Return what this account is told: await it for a page of what was kept, iterate for what comes from now on.

        Raises:
            ParlourError: by either: refused, or the connection is closed for good.
        """
        return Notices(partial(self._kept_notices, cursor=cursor, limit=limit), self._coming_notices())

    async def _coming_notices(self) -> AsyncGenerator[dict[str, Any], None]:
        queue: asyncio.Queue[dict[str, Any] | ParlourError] = asyncio.Queue()
        if self.failure is not None:
            raise self.failure
        offs = [self._notices.add(queue.put_nowait), self._failed.add(queue.put_nowait)]
        try:
            while True:
                notice = await queue.get()
                if isinstance(notice, ParlourError):
                    raise notice
                yield notice
        finally:
            for off in offs:
                off()

    async def request(
        self, event: str, data: Mapping[str, Any], *, timeout: float | None = None, settle: Settle | None = None
    ) -> dict[str, Any]:
        """Send any request of the protocol and return its ack, over reconnects and refusals that pass.

        Args:
            timeout: seconds for all tries together.
            settle: called with the ack the moment it arrives, before any event that follows it on the wire.

        Raises:
            ParlourError: refused; ConnectionLost where no answer came in time.
        """
        return await self._connection.request(event, data, timeout=timeout, settle=settle)

    # ── the connection's side ────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Keep a socket open until cancelled or refused for good; `connect` runs this beside its block."""
        await self._connection.run()

    async def close(self) -> None:
        """End every task of this client but `run`: listeners, and what joins rooms again."""
        await self._guard.close()

    async def ready(self) -> None:
        """Wait for the first socket; raises the ParlourError that refused it."""
        await self._connection.ready()

    def opened(self) -> None:
        """Join again and send again; rooms first, then posts, so that a room hears its own posts."""
        for membership in list(self._rooms.values()):
            membership.reconnected()
        if self._lobby is not None:
            self._lobby.reconnected()
        self._searches.reconnected()
        self._pending.reconnected()
        self._outbox.flush()

    def received(self, event: str, data: Any) -> None:
        """Pass an event on to whom it is for; an event that cannot be read goes to the error hook."""
        try:
            if event == "match:found":
                self._searches.receive(data)
            if event in ("notice", "match:found"):
                self._notices.tell(data)
            elif event == "lobby":
                if self._lobby is not None:
                    self._lobby.receive(data)
            elif event == "signal" and data.get("type") == "chain.pending":
                self._pending.receive(data)
            elif (membership := self._rooms.get(str(data.get("room", "")).lower())) is not None:
                membership.receive(event, data)
        except Exception as error:
            self._guard.report(error)

    def failed(self, error: ParlourError) -> None:
        """End everything: the connection is closed for good."""
        for membership in list(self._rooms.values()):
            membership.end(error.reason or error.code, error)
        if self._lobby is not None:
            self._lobby.fail(error)
        self._searches.fail(error)
        self._pending.fail(error)
        self._outbox.flush()
        self._failed.tell(error)

    def _forget(self, membership: Membership) -> None:
        membership.end("released", None)
        for key, known in list(self._rooms.items()):
            if known is membership:
                del self._rooms[key]
