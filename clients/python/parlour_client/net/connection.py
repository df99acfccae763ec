"""One connection that outlives its sockets: it dials with pauses, sends requests, and renews the session.

Every socket is a fresh one. When one ends, the next is dialled after a pause, and requests without an answer are sent
again in their old order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from parlour_client.errors import (
    ConnectionLost,
    Internal,
    ParlourError,
    SignInRefused,
    Unauthorized,
    Unreachable,
    error_from,
    no_answer,
)
from parlour_client.net.frames import FramedDial
from parlour_client.net.retry import Retry
from parlour_client.ports import Dial, Follower, Settle, Socket, Tokens

log = logging.getLogger("parlour")

_SENT_ONCE = frozenset({"room:signal", "room:create"})
"""Requests that are not sent twice, unless they carry an `id`: a lost answer leaves their effect unknown."""
KEPT_IDS = 10_000
"""Ids of posts that are remembered as our own: more than are under way between a post and its entry."""
_SENT_NOW = frozenset({"room:signal"})
"""Requests that are worth nothing later: sent on the socket there is, or not at all."""


class Connection:
    """Implements `parlour_client.ports.Requests`; `run` keeps a socket open beside whoever sends.

    Attributes:
        welcome: the server's last greeting (protocol section 2), `{}` before the first.
        failure: why the connection is closed for good, or None.
        trouble: why no socket could be opened the last time; None while one is open.

    Args:
        dial: opens a socket.
        follower: is told of sockets, events and the end.
        tokens: the session sockets are opened with; None connects as a guest.
        retry: the pauses between tries.
        timeout: seconds for a request over all its tries, where it names none itself.
    """

    def __init__(
        self, dial: Dial, follower: Follower, tokens: Tokens | None, *, retry: Retry, timeout: float = 30.0
    ) -> None:
        self.welcome: dict[str, Any] = {}
        self.failure: ParlourError | None = None
        self.trouble: ParlourError | None = None
        self._dial = FramedDial(dial)
        self._follower = follower
        self._tokens = tokens
        self._retry = retry
        self._timeout = timeout
        self._socket: Socket | None = None
        self._online = asyncio.Event()
        self._closing: dict[str, Any] = {}
        self._posted: OrderedDict[str, None] = OrderedDict()
        self._unanswered: set[asyncio.Future[Any]] = set()

    @property
    def account(self) -> str:
        """The account of the last greeting, `""` for a guest and before the first."""
        return str(self.welcome.get("account") or "")

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self._online.is_set() and self.failure is None

    async def ready(self) -> None:
        """Wait for the first socket; raises the ParlourError that refused it."""
        await self._online.wait()
        if self.failure:
            raise self.failure

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def request(
        self, event: str, data: Mapping[str, Any], *, timeout: float | None = None, settle: Settle | None = None
    ) -> dict[str, Any]:
        """Send a request and return its ack, over reconnects and refusals that pass.

        Args:
            timeout: seconds for all tries together.
            settle: called with the ack the moment it arrives, before any event that follows it on the wire.

        Raises:
            ParlourError: refused; ConnectionLost where no answer came in time.
        """
        refusal: ParlourError | None = None
        tries, again = 0, "id" in data or event not in _SENT_ONCE
        try:
            async with asyncio.timeout(self._timeout if timeout is None else timeout):
                while True:
                    if event not in _SENT_NOW:
                        await self.ready()
                    refusal = None
                    try:
                        return await self.ask(event, data, settle)
                    except ConnectionLost:
                        if not again:
                            raise
                    except ParlourError as error:
                        if not error.retryable or not again:
                            raise
                        refusal = error
                        await asyncio.sleep(self._retry.pause(tries, error.retry_after))
                        tries += 1
        except TimeoutError:
            raise refusal or no_answer(event, self.trouble) from self.trouble

    async def ask(self, event: str, data: Mapping[str, Any], settle: Settle | None = None) -> dict[str, Any]:
        """Send a request once, on the socket there is, and return its ack.

        Nothing suspends before the packet is queued: requests are on the wire in the order of the calls.

        Raises:
            ParlourError: refused; ConnectionLost where there is no socket, or it ended before the answer.
        """
        if self.failure:
            raise self.failure
        socket = self._socket
        if socket is None or not socket.connected:
            self._online.clear()  # the socket has ended and `run` is not told yet: whoever waits, waits for the next
            raise ConnectionLost("Not connected.")
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def acked(ack: Any) -> None:
            if answer.done():
                return
            if not isinstance(ack, dict) or not ack.get("ok"):
                answer.set_exception(error_from(ack.get("error") if isinstance(ack, dict) else None))
                return
            try:
                if settle:
                    settle(ack)
                answer.set_result(ack)
            except Exception as error:
                answer.set_exception(error)

        if event == "room:post":
            self._note_post(str(data["id"]))
        self._unanswered.add(answer)
        try:
            await socket.emit(event, data, acked)
            return await answer
        except ConnectionLost:
            if not answer.done():
                self._online.clear()  # it could not be sent: the socket has ended
            raise
        finally:
            self._unanswered.discard(answer)

    def has_sent(self, post: str) -> bool:
        """Return whether the post with this id is one of the latest 10,000 that were sent here."""
        return post in self._posted

    def _note_post(self, id: str) -> None:
        self._posted[id] = None
        if len(self._posted) > KEPT_IDS:
            self._posted.popitem(last=False)

    # ── sockets ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Keep a socket open until cancelled, or until the server refuses for good."""
        try:
            await self._keep_open()
        except ParlourError as error:
            self._fail(error)
        except Exception as defect:  # a defect of ours must not leave anybody waiting
            log.exception("the connection's task failed")
            failure = Internal(f"A defect in the client: {defect!r}.")
            failure.__cause__ = defect
            self._fail(failure)

    async def _keep_open(self) -> None:
        tries = 0
        while True:
            self._closing = {}
            try:
                token = await self._serve_socket()
            except ParlourError as error:
                foreign = isinstance(error, Unreachable) and bool(self.welcome)  # a deployment's page, for a while
                if not (error.retryable or foreign):
                    raise
                said_before = self.trouble is not None and self.trouble.message == error.message
                log.log(logging.DEBUG if said_before else logging.WARNING, "cannot connect: %s", error)
                self.trouble = error
                pause = self._retry.pause(tries, error.retry_after)
                tries += 1
            else:
                tries, closing = 0, self._closing
                if closing.get("reconnect") is False and closing.get("reason") != "expired":
                    reason = closing.get("reason")
                    raise Unauthorized(f"The server ended the session: {reason}.", reason=reason)
                if closing.get("reason") == "expired" and self._tokens is not None and token is not None:
                    self._tokens.forget(token)
                pause = self._retry.pause(0, closing.get("retryAfter"))
            await asyncio.sleep(pause)

    async def _serve_socket(self) -> str | None:
        """Open a socket and return its token once it has ended; raises ParlourError where none could be opened."""
        socket, token = await self._open()
        renewal = asyncio.create_task(self._renew(), name="parlour session") if self._tokens else None
        try:
            self._socket, self.trouble = socket, None
            self._follower.opened()
            self._online.set()
            await socket.ended()
        finally:
            self._online.clear()
            self._socket = None
            if renewal:
                renewal.cancel()
            for answer in list(self._unanswered):
                if not answer.done():
                    answer.set_exception(ConnectionLost("The connection ended before the answer came."))
            if socket.connected:
                await socket.close()
        return token

    async def _open(self) -> tuple[Socket, str | None]:
        """Dial; where the server has forgotten the session (a restored database), sign in again and dial once more."""
        token = await self._tokens.token() if self._tokens else None
        try:
            return await self._dial(self._auth(token), self._receive), token
        except Unauthorized as refused:
            if self._tokens is None or token is None or isinstance(refused, SignInRefused):
                raise
            self._tokens.forget(token)
            token = await self._tokens.token()
            return await self._dial(self._auth(token), self._receive), token

    @staticmethod
    def _auth(token: str | None) -> dict[str, Any]:
        return {"protocol": 1} if token is None else {"protocol": 1, "token": token}

    async def _renew(self) -> None:
        """Renew the token before its end, for as long as the socket lives."""
        assert self._tokens is not None
        tries = 0
        while True:
            await asyncio.sleep(self._tokens.renew_in() if tries == 0 else self._retry.pause(tries))
            try:
                await self._tokens.token()
                tries = 0
            except Exception as error:  # whatever it is: without a renewal the session ends
                tries += 1
                log.warning("the session could not be renewed yet: %s", error)

    def _receive(self, event: str, data: Any) -> None:
        if event == "welcome":
            self.welcome = data
        elif event == "closing":
            self._closing = data
        else:
            self._follower.received(event, data)

    def _fail(self, error: ParlourError) -> None:
        self.failure = error
        self._online.set()
        self._follower.failed(error)
