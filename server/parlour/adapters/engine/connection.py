"""One Socket.IO connection: a session's membership of one namespace, and what the rest of Parlour holds of a socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Protocol, cast

from parlour.adapters.engine import frames
from parlour.adapters.engine.frames import Frame
from parlour.errors import Internal, ParlourError
from parlour.runtime import connection as runtime

if TYPE_CHECKING:
    from parlour.adapters.engine.session import EngineSession

log = logging.getLogger("parlour.engine")


class ConnectRefused(Exception):
    """Raised by a connect handler: the client gets CONNECT_ERROR `{message, data}` and, being stock, never retries.

    Args:
        data: `{code, message}`; its message is the error's message.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data.get("message", "Refused"))
        self.data = data


class ConnectLater(Exception):
    """Raised by a connect handler that cannot judge now: the transport closes, and a stock client comes back."""


class Ack(Protocol):
    """Answers one request: callable once, from anywhere on the loop, now or later."""

    def __call__(self, data: Any, *, beyond: bool = False) -> None:
        """Args: beyond: let the answer through beyond the send-queue limit (protocol §2); until everything is read
        the client's own requests wait."""


class Handlers(Protocol):
    """What a namespace does. `event` and `disconnect` never await: order is kept by never leaving the loop."""

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        """Judge a CONNECT. Frames written before it returns follow the CONNECT answer.

        Raises:
            ConnectRefused: answered with CONNECT_ERROR. Any other exception drops the transport, so the client retries.
        """

    def event(self, connection: EngineConnection, name: str, args: list[Any], ack: Ack | None) -> None:
        """One event, in the client's order, attachments in place as bytes. `ack` may be called later, once."""

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        """The connection is gone; exactly once for each `connect` that returned."""


class EngineConnection:
    """One client in one namespace; satisfies `runtime.connection.Connection`.

    Attributes:
        id: public and random; the `sid` of the CONNECT answer. The Engine.IO sid is a secret and another.
        account, rank: filled by the connect handler.
        data: a slot for the session's own things.
        open: CONNECT was answered and the end has not come.
    """

    __slots__ = (
        "_early",
        "_outbox",
        "_over",
        "_session",
        "account",
        "data",
        "handlers",
        "id",
        "namespace",
        "open",
        "rank",
    )

    def __init__(self, session: EngineSession, namespace: str, handlers: Handlers) -> None:
        self.id = token_urlsafe(12)
        self.account = ""
        self.rank = 0
        self.data: Any = None
        self.namespace = namespace
        self.handlers = handlers
        self.open = False
        self._over = ""
        self._session = session
        self._outbox = session.outbox
        self._early: list[Frame] | None = []

    @property
    def remote(self) -> str:
        """The client's IP address; forwarded ones only from trusted proxies."""
        return self._session.remote

    @property
    def origin(self) -> str | None:
        return self._session.origin

    @property
    def headers(self) -> Mapping[str, str]:
        """The handshake's headers, names in lower case; empty once the connect timeout has passed."""
        return self._session.headers

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as it is now."""
        return self._session.transport

    def write(self, frame: runtime.Frame, *, volatile: bool = False) -> None:
        """Queue a frame; see `Outbox.send`. Before CONNECT is answered it waits for the answer to go first."""
        if self.open:
            self._outbox.send(frame, volatile)  # type: ignore[arg-type]  # every Frame is made by our `encode`
        elif self._early is not None:
            self._early.append(cast(Frame, frame))

    @property
    def congested(self) -> bool:
        """Whether so much waits for this reader that volatile frames are dropped."""
        return self._outbox.congested

    def hold(self) -> None:
        """Read nothing more of this client until `release`."""
        self._session.hold()

    def release(self) -> None:
        self._session.release()

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        """Send `closing` and end the socket.

        With `reconnect` the transport is dropped with neither DISCONNECT nor CLOSE: only then do both stock clients
        come back. Without, a DISCONNECT follows. `disconnect` is called on the loop's next turn, never in here.

        Args:
            retry_after: milliseconds a client should wait before it comes back.
        """
        if self._over:
            return
        session = self._session
        self.write(self.closing(reason, reconnect=reconnect, retry_after=retry_after))
        if reconnect:
            asyncio.get_running_loop().call_soon(session.end, reason)
            return
        self.write(frames.disconnected(self.namespace))
        session.forget(self.namespace)
        self.open = False
        asyncio.get_running_loop().call_soon(self.gone, reason)

    def closing(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> Frame:
        body: dict[str, Any] = {"reason": reason, "reconnect": reconnect}
        if retry_after is not None:
            body["retryAfter"] = retry_after
        return frames.encode("closing", body, self.namespace)

    # --- for the session alone

    def accept(self) -> None:
        """The handler said yes: answer CONNECT, then let out what it wrote."""
        early, self._early = self._early or [], None
        if self._over:
            self._tell()
            return
        self.open = True
        self._outbox.send(frames.connected(self.id, self.namespace))
        for frame in early:
            self._outbox.send(frame)

    def deliver(self, id: int | None, data: list[Any], error: ParlourError | None) -> None:
        """One event; `data` is its name and arguments, or nothing where `error` says why it is refused."""
        ack = None if id is None else self._answer(id)
        if error is not None:
            if ack is not None:
                ack({"ok": False, "error": error.to_json()})
            return
        name = data.pop(0)
        try:
            self.handlers.event(self, name, data, ack)
        except Exception:
            log.exception("the event handler failed")
            if ack is not None:
                ack({"ok": False, "error": Internal().to_json()})

    def _answer(self, id: int) -> Ack:
        session: EngineSession | None = self._session

        def answer(data: Any, *, beyond: bool = False) -> None:
            nonlocal session
            asked, session = session, None
            if asked is not None:
                try:
                    frame = frames.answer(id, data, self.namespace)
                    if beyond:
                        asked.outbox.allow(frame.size)
                    asked.outbox.send(frame)
                finally:
                    asked.answered()

        return answer

    def gone(self, reason: str) -> None:
        """The end came, from either side."""
        if self._over:
            return
        self._over = reason
        was_accepted = self._early is None
        self.open = False
        if was_accepted:
            self._tell()

    def _tell(self) -> None:
        try:
            self.handlers.disconnect(self, self._over)
        except Exception:
            log.exception("the disconnect handler failed")
