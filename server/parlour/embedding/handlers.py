"""The host's own functions that rooms call: before a post is accepted, and after an entry is stored."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from inspect import isawaitable

import structlog

from parlour.core.room import Entry, Post, RoomId
from parlour.core.rooms.reserved import reserved_of
from parlour.embedding.rooms import Room
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.store import RoomRecord

log = structlog.get_logger()

OnEntry = Callable[[Room, Entry], Awaitable[None] | None]
"""Gets each stored entry of a type, in the room's order, but those of direct and wallet rooms; may be a coroutine."""
BeforePost = Callable[[Room, Post], None]
"""Gets a post that the room's rules allow; raises Reject, or another ParlourError, to refuse it."""


class Handlers:
    """What the host registered, by entry type. It may register more while rooms run.

    Args:
        room_of: makes the handle that functions get.
        most_waiting: stored entries of one room that wait for a slow function; beyond, the oldest is skipped.
    """

    def __init__(self, room_of: Callable[[RoomRecord], Room], most_waiting: int) -> None:
        self._room_of = room_of
        self._most_waiting = most_waiting
        self._on: dict[str, list[OnEntry]] = {}
        self._before: dict[str, list[BeforePost]] = {}
        self._waiting: dict[RoomId, deque[Entry]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: RoomContext | None = None

    def on(self, type: str, handler: OnEntry) -> None:
        """Call this with every entry of a type once it is stored."""
        if type not in self._on:
            self._on[type] = []
            self._listen(type)
        self._on[type].append(handler)

    def before(self, type: str, check: BeforePost) -> None:
        """Call this with every post of a type before it is accepted."""
        self._before.setdefault(type, []).append(check)
        if self._context is not None:
            self._context.before_post[type] = self._check

    def attach(self, context: RoomContext) -> None:
        """Let the rooms of this start call what is registered."""
        self._context = context
        for type in self._on:
            self._listen(type)
        context.before_post.update(dict.fromkeys(self._before, self._check))

    async def settle(self, seconds: float) -> None:
        """Wait until every stored entry was handled, so long at most, and cancel what is not."""
        self._context = None
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    def _listen(self, type: str) -> None:
        if self._context is not None:
            self._context.on_entry.setdefault(type, []).append(self._stored)

    def _check(self, record: RoomRecord, post: Post) -> None:
        for check in () if _is_sealed(record) else self._before[post.type]:
            check(self._room_of(record), post)

    def _stored(self, record: RoomRecord, entry: Entry) -> None:
        """Queue an entry; one task for each room keeps its order."""
        if _is_sealed(record):
            return
        waiting = self._waiting.get(record.id)
        if waiting is None:
            waiting = self._waiting[record.id] = deque()
            task = asyncio.get_running_loop().create_task(self._handle(self._room_of(record), waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(waiting) >= self._most_waiting:
            skipped = waiting.popleft()
            log.warning("handlers.behind", room=record.id, skipped=skipped.seq)
        waiting.append(entry)

    async def _handle(self, room: Room, waiting: deque[Entry]) -> None:
        try:
            while waiting:
                entry = waiting.popleft()
                for handler in self._on[entry.type]:
                    await _call(handler, room, entry)
        finally:
            del self._waiting[room.id]


def _is_sealed(record: RoomRecord) -> bool:
    """Return whether nobody reads along in a room; the host's code has the rights of an API key, so neither does it."""
    reserved = reserved_of(record.id, record.owner)
    return reserved is not None and reserved.sealed


async def _call(handler: OnEntry, room: Room, entry: Entry) -> None:
    """Call one function; one that raises is logged, and costs nobody anything."""
    try:
        done = handler(room, entry)
        if isawaitable(done):
            await done
    except Exception:
        log.exception("handlers.failed", room=room.id, seq=entry.seq, type=entry.type)
