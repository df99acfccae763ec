"""What is said to one client: gathered over a tick, written once, and bounded where the client reads slowly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parlour.adapters.engine import frames
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.websocket import WebSocket

if TYPE_CHECKING:
    from parlour.adapters.engine.engine import Engine
    from parlour.adapters.engine.session import EngineSession


class SendQueue:
    """Frames on their way to a client.

    With a WebSocket it holds what was written in this tick, and what a slow peer has yet to read; without one, what the
    next poll will fetch.

    Attributes:
        socket: the WebSocket to write to, or None while the client polls.
        sealed: the session is over; nothing more is taken, and only polls empty what is left.
    """

    __slots__ = (
        "_engine",
        "_extra",
        "_many",
        "_poll",
        "_queue",
        "_queued",
        "_session",
        "_strained",
        "sealed",
        "socket",
    )

    def __init__(self, engine: Engine, session: EngineSession) -> None:
        self._engine = engine
        self._session = session
        self._queue: list[Frame] = []
        self._queued = 0
        self._many = engine.limits.volatile_bytes
        self._extra = 0
        self._strained = False
        self._poll: asyncio.Future[None] | None = None
        self.socket: WebSocket | None = None
        self.sealed = False

    def send(self, frame: Frame, volatile: bool = False) -> None:
        """Queue a frame; all of a tick leave in one write. Volatile ones are dropped where many bytes wait."""
        if self.sealed:
            return
        self._queued = queued = self._queued + frame.size
        if queued > self._many and self._crowded(frame, volatile):
            return
        queue = self._queue
        if not queue:
            dirty = self._engine.dirty
            if not dirty:
                self._engine.flush_soon()
            dirty.append(self)
        queue.append(frame)

    def _crowded(self, frame: Frame, volatile: bool) -> bool:
        """Many bytes wait: hand them to the kernel, or judge the peer. True means the frame must not be queued."""
        socket = self.socket
        if socket is not None and not socket.blocked:
            self.flush()
            self._queued = frame.size
            return False
        waiting = self._waiting()
        limit = self._engine.limits.send_queue_bytes
        if volatile and waiting > self._many:
            self._queued -= frame.size
            self._engine.stats.dropped += 1
            return True
        if waiting > limit + self._extra:
            self.sealed = True
            asyncio.get_running_loop().call_soon(self._session.cut)  # whoever writes is in the middle of something
            return True
        if waiting > limit and not self._strained:
            self._strained = True
            self._session.hold()  # else it could ask for more than it reads
        return False

    @property
    def congested(self) -> bool:
        """Whether volatile frames are dropped now."""
        if self._queued <= self._many and (self.socket is None or not self.socket.blocked):
            return False
        return self._waiting() > self._many

    def _waiting(self) -> int:
        """Bytes the peer has yet to read, as far as we know."""
        return self._queued + (0 if self.socket is None else self.socket.waiting())

    def allow(self, extra_bytes: int) -> None:
        """Let that much through beyond the limit, until everything is read; call it right before sending it."""
        self.flush()  # it ends older allowances where all of it leaves, and would take this one along
        self._extra = min(self._extra, self._waiting()) + extra_bytes

    def flush(self) -> None:
        """Hand over what this tick gathered."""
        if not self._queue or self.sealed:
            return
        if self.socket is None:
            self.wake()
        elif not self.socket.blocked:
            self.write_out()

    def resume(self) -> None:
        """The transport has nothing left."""
        self.flush()
        if self._waiting() <= self._many:
            self.drained()

    def write_out(self) -> None:
        """Give everything to the WebSocket's transport, whether or not the peer reads."""
        socket, queue = self.socket, self._queue
        if socket is None or not queue:
            return
        data = queue[0].wire if len(queue) == 1 else b"".join([frame.wire for frame in queue])
        queue.clear()
        self._queued = 0
        self._engine.stats.bytes_out += len(data)
        socket.write(data)
        if self._extra and not socket.blocked:
            self.drained()

    def drained(self) -> None:
        """The peer has read nearly everything: the allowance is used up, and a strained session is read again.

        Not all of it, for where others never stop talking something always waits.
        """
        self._extra = 0
        if self._strained:
            self._strained = False
            self._session.release()

    def replace(self, last: list[Frame]) -> None:
        """Forget what waits and say this instead."""
        self._queue, self._queued = last, 0

    # --- polling

    @property
    def empty(self) -> bool:
        return not self._queue

    @property
    def polled(self) -> bool:
        """Whether a poll is under way."""
        return self._poll is not None

    def wake(self) -> None:
        """Let the waiting poll answer."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    async def wait(self) -> None:
        """Until `wake`, or the next flush of something."""
        self._poll = asyncio.get_running_loop().create_future()
        try:
            await self._poll
        finally:
            self._poll = None

    def take(self) -> bytes:
        """The body of one polling answer; a NOOP where there is nothing, or where a WebSocket carries the rest."""
        portion: list[Frame] = []
        if self.socket is None:
            portion, self._queue = frames.portion(self._queue)
            self._queued -= sum(frame.size for frame in portion)
            if self._queued <= self._many:
                self.drained()
        body = frames.payload(portion or [frames.NOOP])
        self._engine.stats.bytes_out += len(body)
        return body
