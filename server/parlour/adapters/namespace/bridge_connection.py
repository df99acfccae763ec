"""One client in a namespace of a python-socketio server, as the gateway and rooms see it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import socketio

from parlour.adapters.engine import EngineLimits, Frame, encode
from parlour.adapters.engine.frames import closing, decoded
from parlour.core.room import Account

GOODBYE_SECONDS = 1.0
"""How long a client has to read its last frames before its transport is left to the host."""


class Outlet:
    """Sends frames by the host's server: all of one loop turn by one task.

    Args:
        sio: the host's server.
        name: the namespace.
    """

    def __init__(self, sio: socketio.AsyncServer, name: str) -> None:
        self._sio = sio
        self._name = name
        self._dirty: list[BridgeConnection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._encoded: tuple[Frame | None, str] = (None, "")

    def engine_sid(self, sid: str) -> str:
        """Return the Engine.IO sid of a client."""
        return str(self._sio.manager.eio_sid_from_sid(sid, self._name))

    def transport(self, sid: str) -> str:
        """Return `websocket` or `polling`."""
        return str(self._sio.transport(sid, self._name))

    def is_there(self, sid: str) -> bool:
        """Return whether a client's transport is still open."""
        socket = self._sio.eio.sockets.get(self.engine_sid(sid))
        return socket is not None and not socket.closed

    def packets_waiting(self, engine_sid: str) -> int:
        """Count the packets that the client has yet to be sent."""
        socket = self._sio.eio.sockets.get(engine_sid)
        return 0 if socket is None else socket.queue.qsize()

    def mark(self, connection: BridgeConnection) -> None:
        """Send what waits for this connection at the end of the loop's turn."""
        if not self._dirty:
            self.run(self._flush())
        self._dirty.append(connection)

    async def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for connection in dirty:
            await connection.send_out()

    async def send(self, engine_sid: str, frame: Frame) -> None:
        """Send one frame; the same frame to many clients is put into the namespace once."""
        if self._encoded[0] is not frame:
            self._encoded = (frame, _in_namespace(frame.text, self._name))
        await self._sio.eio.send(engine_sid, self._encoded[1])
        for attachment in frame.attachments:
            await self._sio.eio.send(engine_sid, attachment)

    async def drop(self, engine_sid: str) -> None:
        """End the client's transport with all its namespaces once what waits was sent; stock clients connect again.

        `eio.disconnect` would send Engine.IO's CLOSE, after which python-socketio's client stays away for good.
        """
        socket = self._sio.eio.sockets.get(engine_sid)
        if socket is None or socket.closed:
            return
        socket.queue.put_nowait(None)  # ends a WebSocket, and a poll that waits
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await socket.queue.join()
        await socket.close(wait=False, abort=True, reason=self._sio.eio.reason.SERVER_DISCONNECT)

    async def cut(self, engine_sid: str, last: Frame) -> None:
        """Discard what waits for a client that does not read, say `last`, and drop it."""
        socket = self._sio.eio.sockets.get(engine_sid)
        while socket is not None and not socket.queue.empty():
            socket.queue.get_nowait()
            socket.queue.task_done()
        await self.send(engine_sid, last)
        await self.drop(engine_sid)

    async def disconnect(self, sid: str) -> None:
        """End the client in this namespace for good: stock clients do not come back."""
        await self._sio.disconnect(sid, self._name)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this in a task of its own."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _in_namespace(packet: bytes, name: str) -> str:
    """Return an event packet of our engine as a Socket.IO packet of this namespace (Socket.IO protocol v5)."""
    text = packet[1:].decode()  # without Engine.IO's type
    head = text.index("[")  # `2` of an EVENT, `5<n>-` of a BINARY_EVENT
    return f"{text[:head]}{name},{text[head:]}"


class BridgeConnection:
    """One client in the namespace; implements `SocketConnection`.

    An answer goes out as the return value of python-socketio's handler, which may run a loop turn after it was given.
    Frames that are written after it wait for that, so that no entry comes before its join's ack.

    Attributes:
        id: the sid of the CONNECT answer; public.
        account, rank, steps: set by the gateway.
        remote: the client's IP address.
        limits: of one client, as our own engine has them.
        held: nothing is read of the client; as python-socketio reads on, its requests are refused.
    """

    def __init__(self, outlet: Outlet, sid: str, remote: str, limits: EngineLimits) -> None:
        self.id = sid
        self.account: Account = ""
        self.rank = 0
        self.steps = False
        self.remote = remote
        self.limits = limits
        self._outlet = outlet
        self._engine_sid = outlet.engine_sid(sid)
        self._queue: deque[Frame | Answer] = deque()
        self._queued = 0  # bytes of the frames in `_queue`
        self._passed: deque[int] = deque()  # bytes of each packet passed on that may wait in python-socketio's queue
        self._passed_bytes = 0
        self._extra = 0  # bytes allowed beyond the limit until everything was read
        self._accepted = self._marked = self._over = self._numbered = False
        self._holds = 0

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as it is now."""
        return self._outlet.transport(self.id)

    # ── sending ───────────────────────────────────────────────────────────────────────────────────────────────────

    def write(self, frame: Any, *, volatile: bool = False, extra: int = 0) -> None:
        """Queue a frame; a client with more than `send_queue_bytes` to read is cut.

        Args:
            extra: bytes that are allowed beyond the limit until the client has read everything.
        """
        if self._over:
            return
        unread = self._unread() + frame.size
        self._extra += extra
        if volatile and unread > self.limits.volatile_bytes:
            return
        if unread > self.limits.send_queue_bytes + self._extra:
            self._over = True
            self._outlet.run(self._outlet.cut(self._engine_sid, closing("slow", reconnect=True)))
            return
        self._queue.append(frame)
        self._queued += frame.size
        self._wake()

    def accept(self) -> None:
        """Send what was written before CONNECT was answered."""
        self._accepted = True
        self._wake()

    def _wake(self) -> None:
        if self._accepted and not self._marked and isinstance(self._next(), Frame):
            self._marked = True
            self._outlet.mark(self)

    async def send_out(self) -> None:
        """Pass frames on, up to the first that has to wait for an answer."""
        self._marked = False
        while isinstance(frame := self._next(), Frame):
            self._queue.popleft()
            self._queued -= frame.size
            self._note_passed(frame.size)
            with suppress(Exception):  # python-socketio raises where the socket has closed, which it tells us by itself
                await self._outlet.send(self._engine_sid, frame)

    def _next(self) -> Frame | Answer | None:
        """Return what is first in the queue, without answers that went out."""
        while self._queue and isinstance(first := self._queue[0], Answer) and first.sent:
            self._queue.popleft()
        return self._queue[0] if self._queue else None

    def _note_passed(self, size: int) -> None:
        self._passed.append(size)
        self._passed_bytes += size

    def _unread(self) -> int:
        """Count the bytes that wait here and in python-socketio's queue."""
        waiting = self._outlet.packets_waiting(self._engine_sid)
        while len(self._passed) > waiting:
            self._passed_bytes -= self._passed.popleft()
        if not waiting:
            self._extra = 0
        return self._queued + self._passed_bytes

    @property
    def congested(self) -> bool:
        """Whether so much waits for this client that volatile frames are dropped."""
        return self._unread() > self.limits.volatile_bytes

    @property
    def unread_bytes(self) -> int:
        """Bytes that wait for this client."""
        return self._unread()

    # ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────

    def join_frames(self) -> None:
        """Take numbered requests (docs/protocol.md §4); events are not joined here."""
        self._numbered = True

    def take_ack(self, args: list[Any]) -> tuple[list[Any], Answer]:
        """Return a request's arguments and what answers it."""
        if self._numbered and len(args) == 2 and type(args[1]) is int:
            return args[:1], Answer(self, args[1])
        return args, Answer(self)

    def hold_back(self, answer: Answer, size: int) -> None:
        """Let frames written from now on wait until the answer went out; `size` is allowed beyond the limit."""
        self._queue.append(answer)
        self._extra += size

    def went_out(self, answer: Answer, size: int) -> None:
        """Send on, by a task of its own: this answer goes out before that task begins."""
        answer.sent = True
        self._note_passed(size)
        self._wake()

    # ── reading and ending ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def held(self) -> bool:
        """Whether requests are refused now."""
        return self._holds > 0

    def hold(self) -> None:
        """Refuse requests until `release` was called as often."""
        self._holds += 1

    def release(self) -> None:
        """Undo one `hold`."""
        self._holds -= 1

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        """Send `closing` and end the connection, or with `reconnect` the whole transport: clients then come back."""
        if self._over:
            return
        self._over = True
        self._queue = deque(item for item in self._queue if isinstance(item, Frame))
        self._queue.append(closing(reason, reconnect=reconnect, retry_after=retry_after))
        self._outlet.run(self._say_goodbye(reconnect))

    async def _say_goodbye(self, reconnect: bool) -> None:
        await self.send_out()
        await (self._outlet.drop(self._engine_sid) if reconnect else self._outlet.disconnect(self.id))

    def ended(self) -> None:
        """Write nothing more: the client is gone."""
        self._over = True
        self._queue.clear()


class Answer:
    """Answers one request; implements `engine.Ack`.

    Args:
        number: of a numbered request, which is answered by an `ack` event.

    Attributes:
        sent: python-socketio has sent it.
    """

    def __init__(self, connection: BridgeConnection, number: int | None = None) -> None:
        self.sent = False
        self._connection = connection
        self._number = number
        self._given: tuple[Any, int] | None = None
        self._awaited: asyncio.Future[None] | None = None

    def __call__(self, data: Any, *, beyond: bool = False) -> None:
        """Give the answer; later calls do nothing."""
        if self._given is not None:
            return
        if self._number is not None:
            self._given = (None, 0)
            frame = encode("ack", {"n": self._number, "answer": data})
            self._connection.write(frame, extra=frame.size if beyond else 0)
        else:
            self._given = decoded(data)
            self._connection.hold_back(self, self._given[1] if beyond else 0)
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)

    async def wait(self) -> Any:
        """Return the answer once it is given; python-socketio sends it before anything else happens."""
        if self._given is None:
            self._awaited = asyncio.get_running_loop().create_future()
            await self._awaited
        assert self._given is not None
        value, size = self._given
        if self._number is None:
            self._connection.went_out(self, size)
        return value
