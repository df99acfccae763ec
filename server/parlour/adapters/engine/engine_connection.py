"""Represent one client in one namespace, as handlers, the gateway and the runtime see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any, Protocol

from parlour.adapters.engine import frames
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.read_gate import ReadGate
from parlour.adapters.engine.send_queue import SendQueue
from parlour.errors import Internal, ParlourError

log = logging.getLogger("parlour.engine")


class ConnectRefused(Exception):
    """Raised by a connect handler to refuse a client with CONNECT_ERROR, after which it does not retry.

    Attributes:
        data: `{code, message}`, sent as the packet's `data`; its message is the packet's message too.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data.get("message", "Refused"))
        self.data = data


class ConnectLater(Exception):
    """Raised by a connect handler that cannot decide now: the transport closes, and clients try again."""


class Ack(Protocol):
    """Answers one request. May be called once, on the event loop, now or later; further calls do nothing."""

    def __call__(self, data: Any, *, beyond: bool = False) -> None:
        """Send the answer.

        Args:
            data: what the client's callback gets; bytes in it become attachments.
            beyond: let the answer wait beyond `send_queue_bytes` (docs/protocol.md §2). The client's own requests are
                not read until it has read the answer.
        """


class Handlers(Protocol):
    """What a namespace does. `event` and `disconnect` are not async, so that each client's order is kept."""

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        """Accept a CONNECT by returning. Frames written before that follow the CONNECT answer.

        Args:
            auth: the CONNECT packet's data, or None.
        Raises:
            ConnectRefused: the client is answered CONNECT_ERROR.
            Exception: any other drops the transport, and the client connects again.
        """

    def event(self, connection: EngineConnection, name: str, args: list[Any], ack: Ack | None) -> None:
        """Handle one event; events of one client come in its order.

        Args:
            args: its arguments, with attachments in place as bytes.
            ack: answers it, or None where the client asked for no answer.
        """

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        """Handle the end of a connection; called exactly once for each `connect` that returned."""


class Write(Protocol):
    """Queues a frame; never blocks, never raises."""

    def __call__(self, frame: Any, *, volatile: bool = False) -> None:
        """Args: frame: made by `encode`; volatile: dropped first when the client reads slowly."""


def _ignore(frame: Any, *, volatile: bool = False) -> None:
    """Stand for `write` of a connection that has ended."""


class ConnectionOwner(Protocol):
    """The session that carries a connection, as far as the connection uses it."""

    @property
    def send_queue(self) -> SendQueue:
        """Frames on their way to the client."""

    @property
    def remote(self) -> str:
        """The client's IP address."""

    @property
    def origin(self) -> str | None:
        """The handshake's Origin."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The handshake's headers, or nothing once the connect timeout has passed."""

    @property
    def transport(self) -> str:
        """`websocket` or `polling`."""

    @property
    def gate(self) -> ReadGate:
        """Held while the client is not read."""

    def count_answer(self) -> None:
        """Count one request of this client as answered."""

    def forget(self, namespace: str) -> None:
        """Remove the connection of this namespace."""

    def end(self, reason: str) -> None:
        """End the session with all its connections."""


class EngineConnection:
    """One client in one namespace; implements `runtime.connection.Connection`.

    Attributes:
        id: public and random, the `sid` of the CONNECT answer. The Engine.IO sid is another one, and secret.
        account: the account's address, set by the connect handler; "" for a guest.
        rank: the account's rank on this server, set by the connect handler.
        steps: whether the client takes states as steps, set by the connect handler.
        data: free for the handlers' own use.
        namespace: the Socket.IO namespace.
        handlers: what the namespace does.
        open: CONNECT was answered and the connection has not ended.
        queue: what `write` queues frames in while `open`, for `write_to_all`; None before and after.
        write: queues a frame. While `open` it is `SendQueue.send` itself, so that a broadcast calls nothing between;
            before, frames wait for CONNECT's answer; afterwards they are ignored.
    """

    __slots__ = (
        "_before_answer",
        "_end_reason",
        "_send_queue",
        "_session",
        "account",
        "data",
        "handlers",
        "id",
        "namespace",
        "open",
        "queue",
        "rank",
        "steps",
        "write",
    )

    def __init__(self, session: ConnectionOwner, namespace: str, handlers: Handlers) -> None:
        self.id = token_urlsafe(12)
        self.account = ""
        self.rank = 0
        self.steps = False
        self.data: Any = None
        self.namespace = namespace
        self.handlers = handlers
        self.open = False
        self._session = session
        self._send_queue = session.send_queue
        self._before_answer: list[Frame] | None = []  # frames written before CONNECT was answered; None after that
        self.queue: SendQueue | None = None
        self.write: Write = self._write_early
        self._end_reason = ""  # why it ended, or "" while it lives

    @property
    def remote(self) -> str:
        """The client's IP address; X-Forwarded-For counts only from trusted proxies."""
        return self._session.remote

    @property
    def origin(self) -> str | None:
        """The Origin header of the handshake, or None."""
        return self._session.origin

    @property
    def headers(self) -> Mapping[str, str]:
        """The handshake's headers, names in lower case; empty once the connect timeout has passed."""
        return self._session.headers

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as it is now."""
        return self._session.transport

    def _write_early(self, frame: Any, *, volatile: bool = False) -> None:
        """Keep a frame until CONNECT is answered."""
        if self._before_answer is not None:
            self._before_answer.append(frame)

    def join_frames(self) -> None:
        """Send the events of one turn in one frame from now on, and take numbered requests (docs/protocol.md §4)."""
        self._send_queue.joins = True

    @property
    def congested(self) -> bool:
        """Whether so much waits for this client that volatile frames are dropped."""
        return self._send_queue.congested

    @property
    def unread_bytes(self) -> int:
        """Bytes that wait for this client."""
        return self._send_queue.unread_bytes()

    def hold(self) -> None:
        """Read nothing more of this client until `release` was called as often."""
        self._session.gate.hold()

    def release(self) -> None:
        """Undo one `hold`; reading goes on in the loop's next turn."""
        self._session.gate.release()

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        """Send `closing` and end the connection; `Handlers.disconnect` is called in the loop's next turn.

        Args:
            reason: sent to the client and to `disconnect`.
            reconnect: drop the transport with neither DISCONNECT nor CLOSE, because stock clients come back only
                then. Without it a DISCONNECT follows, and they stay away.
            retry_after: milliseconds a client should wait before it comes back.
        """
        if self._end_reason:
            return
        session = self._session
        self.write(self.closing(reason, reconnect=reconnect, retry_after=retry_after))
        if reconnect:
            asyncio.get_running_loop().call_soon(session.end, reason)
            return
        self.write(frames.disconnect(self.namespace))
        session.forget(self.namespace)
        self._shut()
        asyncio.get_running_loop().call_soon(self.end, reason)

    def closing(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> Frame:
        """Encode the `closing` event (docs/protocol.md §4)."""
        return frames.closing(reason, reconnect=reconnect, retry_after=retry_after, namespace=self.namespace)

    # --- called by the session only

    def accept(self) -> None:
        """Answer CONNECT, then send the frames that were written before it."""
        early, self._before_answer = self._before_answer or [], None
        if self._end_reason:
            self._call_disconnect()
            return
        self.open = True
        self.queue, self.write = self._send_queue, self._send_queue.send
        self._send_queue.send(frames.connect(self.id, self.namespace))
        for frame in early:
            self._send_queue.send(frame)

    def deliver(self, id: int | None, data: list[Any], error: ParlourError | None) -> None:
        """Call the event handler, or answer the request with `error`.

        Args:
            id: number of the ACK the client asked for, or None.
            data: the event's name and arguments; of a refused one only its number counts.
            error: why the request is refused, or None.
        """
        ack = None if id is None else self._make_ack(id)
        if ack is None and self._send_queue.joins and len(data) == 3 and type(data[2]) is int:
            ack = self._make_numbered_ack(data.pop())
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

    def _make_ack(self, id: int) -> Ack:
        session: ConnectionOwner | None = self._session

        def send_answer(data: Any, *, beyond: bool = False) -> None:
            nonlocal session
            asked, session = session, None
            if asked is not None:
                try:
                    frame = frames.ack(id, data, self.namespace)
                    if beyond:
                        asked.send_queue.allow_extra(frame.size)
                    asked.send_queue.send(frame)
                finally:
                    asked.count_answer()

        return send_answer

    def _make_numbered_ack(self, number: int) -> Ack:
        answered = False

        def send_answer(data: Any, *, beyond: bool = False) -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            frame = frames.encode("ack", {"n": number, "answer": data}, self.namespace)
            if beyond:
                self._send_queue.allow_extra(frame.size)
            self._send_queue.send(frame)

        return send_answer

    def end(self, reason: str) -> None:
        """Mark the connection as ended, from either side, and call `Handlers.disconnect` if it was accepted."""
        if self._end_reason:
            return
        self._end_reason = reason
        was_accepted = self._before_answer is None
        self._shut()
        if was_accepted:
            self._call_disconnect()

    def _shut(self) -> None:
        self.open = False
        if self._before_answer is None:
            self.queue, self.write = None, _ignore

    def _call_disconnect(self) -> None:
        try:
            self.handlers.disconnect(self, self._end_reason)
        except Exception:
            log.exception("the disconnect handler failed")
