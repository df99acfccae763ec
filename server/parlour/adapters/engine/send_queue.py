"""Queue what is sent to one client, write it once a loop turn, and limit what may wait unread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Protocol

from parlour.adapters.engine import frames, native
from parlour.adapters.engine.frames import Frame
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.read_gate import ReadGate
from parlour.adapters.engine.stats import EngineStats
from parlour.adapters.engine.websocket import WebSocket

log = logging.getLogger("parlour.engine")


_wire_of = attrgetter("wire")


class QueueOwner(Protocol):
    """The session that a queue belongs to, as far as the queue needs it."""

    @property
    def gate(self) -> ReadGate:
        """Held by the queue while its client has too much to read."""

    def cut_slow_reader(self) -> None:
        """End the session: more than `send_queue_bytes` wait for its client."""


class TurnFlush:
    """Flushes at the end of a loop turn every queue that was written to in it.

    Args:
        stats: counts what the native part writes; the queues count what they write themselves.

    Attributes:
        dirty: the queues with frames of this turn. Who adds the first one calls `schedule`.
    """

    __slots__ = ("_loop", "_stats", "dirty")

    def __init__(self, stats: EngineStats) -> None:
        self.dirty: list[SendQueue] = []
        self._stats = stats
        self._loop: asyncio.AbstractEventLoop | None = None

    def schedule(self) -> None:
        """Flush all `dirty` queues when the callbacks of this turn have run."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        dirty, self.dirty = self.dirty, []
        if (fast := NATIVE.part) is not None:
            written, dirty = fast.flush(dirty)
            self._stats.bytes_out += written
        _flush_all(dirty, self._stats)


class SendQueue:
    """Frames on their way to one client.

    With a WebSocket it holds the frames of this turn and those that a slow peer has yet to read. Without one it holds
    what the next poll will fetch.

    Attributes:
        joins: the client asked for the events of a turn in one frame.
        queued: bytes of the frames that wait here.
        volatile_bytes: beyond so many waiting bytes volatile frames are dropped.
        socket: the WebSocket to write to, or None while the client polls.
        sealed: the session has ended; new frames are ignored, and only polls fetch the rest.

    Args:
        owner: the session; told in the loop's next turn when its client reads too slowly.
        flushes: flushes this queue at the end of a loop turn.
        limits: the limits of the client.
        stats: the engine's counters.
    """

    __slots__ = (
        "_extra",
        "_flushes",
        "_holding",
        "_limits",
        "_owner",
        "_poll",
        "_queue",
        "_stats",
        "joins",
        "queued",
        "sealed",
        "socket",
        "volatile_bytes",
    )

    def __init__(self, owner: QueueOwner, flushes: TurnFlush, limits: EngineLimits, stats: EngineStats) -> None:
        self.socket: WebSocket | None = None
        self.joins = False
        self.sealed = False
        self._owner = owner
        self._flushes = flushes
        self._limits = limits
        self._stats = stats
        self.volatile_bytes = limits.volatile_bytes
        self._queue: list[Frame] = []
        self.queued = 0  # bytes in `_queue`
        self._extra = 0  # bytes allowed beyond the limit until the client has read them
        self._holding = False  # the client is not read until the queue is short again
        self._poll: asyncio.Future[None] | None = None  # of the poll that waits for frames

    def send(self, frame: Frame, volatile: bool = False) -> None:
        """Queue a frame; all frames of one turn leave in one write. Never raises, never calls a handler.

        Args:
            volatile: drop the frame if more than `volatile_bytes` wait.
        """
        if self.sealed:
            return
        self.queued = queued = self.queued + frame.size
        if queued > self.volatile_bytes and self._refuses(frame, volatile):
            return
        queue = self._queue
        if not queue:
            dirty = self._flushes.dirty
            if not dirty:
                self._flushes.schedule()
            dirty.append(self)
        queue.append(frame)

    def _refuses(self, frame: Frame, volatile: bool) -> bool:
        """Make room where many bytes wait; return True where the frame must not be queued."""
        socket = self.socket
        if socket is not None and not socket.blocked:
            self.flush()
            self.queued = frame.size
            return False
        unread = self.unread_bytes()
        limit = self._limits.send_queue_bytes
        if volatile and unread > self.volatile_bytes:
            self.queued -= frame.size
            self._stats.dropped += 1
            return True
        if unread > limit + self._extra:
            self.sealed = True
            # not now: the caller may be half through sending one frame to many connections
            asyncio.get_running_loop().call_soon(self._owner.cut_slow_reader)
            return True
        if unread > limit and not self._holding:
            self._holding = True
            self._owner.gate.hold()  # a client that does not read must not ask for more
        return False

    @property
    def congested(self) -> bool:
        """Whether volatile frames are dropped now."""
        if self.queued <= self.volatile_bytes and (self.socket is None or not self.socket.blocked):
            return False
        return self.unread_bytes() > self.volatile_bytes

    def unread_bytes(self) -> int:
        """Count the bytes that the peer has yet to read and that have not left this process."""
        return self.queued + (0 if self.socket is None else self.socket.unsent_bytes())

    def allow_extra(self, size: int) -> None:
        """Let the next frame of `size` bytes wait beyond the limit, until the client has read it."""
        self.flush()  # sending everything ends older allowances, and would end this one if it came later
        self._extra = min(self._extra, self.unread_bytes()) + size

    def flush(self) -> None:
        """Send the frames of this turn, or let the waiting poll fetch them."""
        _flush_all((self,), self._stats)

    def resume(self) -> None:
        """Send on: the transport has sent everything it held."""
        self.flush()
        if self.unread_bytes() <= self.volatile_bytes:
            self._end_allowance()

    def write_out(self) -> None:
        """Give all frames to the WebSocket's transport in one write, whether or not the peer reads."""
        _flush_all((self,), self._stats, forced=True)

    def _end_allowance(self) -> None:
        """End the allowance and the hold: the client has read nearly everything.

        Not all of it: in a busy room something always waits.
        """
        self._extra = 0
        if self._holding:
            self._holding = False
            self._owner.gate.release()

    def replace(self, last: list[Frame]) -> None:
        """Drop all waiting frames and queue these instead."""
        self._queue, self.queued = last, 0

    # --- polling

    @property
    def empty(self) -> bool:
        """Whether no frame waits."""
        return not self._queue

    @property
    def polled(self) -> bool:
        """Whether a poll waits for frames."""
        return self._poll is not None

    def wake_poll(self) -> None:
        """Let the waiting poll answer with what there is."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    async def wait_for_frames(self) -> None:
        """Wait for the next flush with frames in it, or for `wake_poll`."""
        self._poll = asyncio.get_running_loop().create_future()
        try:
            await self._poll
        finally:
            self._poll = None

    def next_batch(self) -> bytes:
        """Remove and return the next polling body; a NOOP where no frame waits or a WebSocket has them."""
        batch: list[Frame] = []
        if self.socket is None:
            batch, self._queue = frames.split_for_poll(self._queue)
            self.queued -= sum(frame.size for frame in batch)
            if self.queued <= self.volatile_bytes:
                self._end_allowance()
        body = frames.polling_body(batch or [frames.NOOP])
        self._stats.bytes_out += len(body)
        return body


def _flush_all(queues: Iterable[SendQueue], stats: EngineStats, *, forced: bool = False) -> None:
    """Do what `SendQueue.flush` says for each of these: all members of a room without a Python call for each.

    Args:
        forced: write also where the session has ended or the peer does not read.
    """
    written = 0
    for queue in queues:
        waiting, socket = queue._queue, queue.socket
        if not waiting or (queue.sealed and not forced):
            continue
        if socket is None:
            queue.wake_poll()
            continue
        if socket.blocked and not forced:
            continue
        try:
            if len(waiting) == 1:
                data = waiting[0].wire
            else:
                data = frames.joined(waiting) if queue.joins else b"".join(map(_wire_of, waiting))
            waiting.clear()
            queue.queued = 0
            written += len(data)
            transport = socket.transport
            if not transport.is_closing():  # as `WebSocket.write`
                transport.write(data)
            if queue._extra and not socket.blocked:
                queue._end_allowance()
        except Exception:  # one broken transport must not cost the others their frames
            log.exception("a flush failed")
    stats.bytes_out += written


def write_to_all(connections: Iterable[Any], frame: Any, *, volatile: bool = False) -> None:
    """Do what the `write` of each of these connections does."""
    if (fast := NATIVE.part) is not None:
        fast.enqueue(connections, frame, volatile)
        return
    size = frame.size
    for connection in connections:
        # The rule of `SendQueue.send` once more, in place: it is a call for each member of a room.
        queue = getattr(connection, "queue", None)  # only our own engine's connections have one
        if queue is None or queue.sealed or (queued := queue.queued + size) > queue.volatile_bytes:
            connection.write(frame, volatile=volatile)
            continue
        queue.queued = queued
        waiting = queue._queue
        if not waiting:
            dirty = queue._flushes.dirty
            if not dirty:
                queue._flushes.schedule()
            dirty.append(queue)
        waiting.append(frame)


def congested(connections: Iterable[Any]) -> list[Any]:
    """Return those of these connections that are `congested`."""
    found = []
    for connection in connections:
        # The rule of `SendQueue.congested` once more, in place: it is asked of all viewers before each state.
        queue = getattr(connection, "queue", None)  # only our own engine's connections have one
        if queue is not None and queue.queued <= queue.volatile_bytes:
            socket = queue.socket
            if socket is None or not socket.blocked:
                continue
        if connection.congested:
            found.append(connection)
    return found


class NativePart:
    """Holds the C part of this process.

    Attributes:
        part: runs the loops over many queues; None where it is not installed, or is not of this release.
    """

    def __init__(self, part: native.Native | None) -> None:
        self.part: native.Native | None = None
        self.use(part)

    def use(self, part: native.Native | None) -> None:
        """Use this part from now on, or none."""
        try:
            if part is not None:
                part.learn(SendQueue, TurnFlush, Frame, WebSocket)
            self.part = part
        except (AttributeError, TypeError) as error:
            log.warning("parlour_native is not of this release, and is not used: %s", error)


NATIVE = NativePart(native.find())
