"""The host's own functions that rooms call: before a post is accepted, and after an entry is stored."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar

import structlog

from parlour.core.room import Entry, Post, RoomId
from parlour.core.rooms.reserved import reserved_of
from parlour.embedding.rooms import Room
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.store import RoomRecord

log = structlog.get_logger()

OnEntry = Callable[[Room, Entry], Awaitable[None] | None]
"""Gets each stored entry of a type, in the room's order; may be a coroutine."""
BeforePost = Callable[[Room, Post], None]
"""Gets a post that the room's rules allow; raises Reject, or another ParlourError, to refuse it."""

FunctionT = TypeVar("FunctionT", OnEntry, BeforePost)


class Handlers:
    """What the host registered, by entry type. It may register more while rooms run.

    Direct and wallet rooms call only what was registered with `sealed`: nobody reads along there by accident.

    Args:
        room_of: makes the handle that functions get.
        most_waiting: stored entries of one room that wait for a slow function; beyond, the oldest is skipped.
    """

    def __init__(self, room_of: Callable[[RoomRecord], Room], most_waiting: int) -> None:
        self._room_of = room_of
        self._most_waiting = most_waiting
        self._on: dict[str, list[tuple[OnEntry, bool]]] = {}
        self._before: dict[str, list[tuple[BeforePost, bool]]] = {}
        self._waiting: dict[RoomId, deque[Entry]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: RoomContext | None = None

    def on(self, type: str, handler: OnEntry, sealed: bool) -> None:
        """Call this with every entry of a type once it is stored; with `sealed` in direct and wallet rooms too."""
        if type not in self._on:
            self._on[type] = []
            self._listen(type)
        self._on[type].append((handler, sealed))

    def before(self, type: str, check: BeforePost, sealed: bool) -> None:
        """Call this with every post of a type before it is accepted; with `sealed` in direct and wallet rooms too."""
        self._before.setdefault(type, []).append((check, sealed))
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
        for check in _called(self._before[post.type], record):
            check(self._room_of(record), post)

    def _stored(self, record: RoomRecord, entry: Entry) -> None:
        """Queue an entry; one task for each room keeps its order."""
        if not _called(self._on[entry.type], record):
            return
        waiting = self._waiting.get(record.id)
        if waiting is None:
            waiting = self._waiting[record.id] = deque()
            task = asyncio.get_running_loop().create_task(self._handle(record, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(waiting) >= self._most_waiting:
            skipped = waiting.popleft()
            log.warning("handlers.behind", room=record.id, skipped=skipped.seq)
        waiting.append(entry)

    async def _handle(self, record: RoomRecord, waiting: deque[Entry]) -> None:
        room = self._room_of(record)
        try:
            while waiting:
                entry = waiting.popleft()
                for handler in _called(self._on[entry.type], record):
                    await _call(handler, room, entry)
        finally:
            del self._waiting[record.id]


def _called(registered: list[tuple[FunctionT, bool]], record: RoomRecord) -> list[FunctionT]:
    """Return which of these functions are called for a room: in a sealed one those that asked for it."""
    reserved = reserved_of(record.id, record.owner)
    everywhere = reserved is None or not reserved.sealed
    return [function for function, sealed in registered if everywhere or sealed]


async def _call(handler: OnEntry, room: Room, entry: Entry) -> None:
    """Call one function; one that raises is logged, and costs nobody anything."""
    try:
        done = handler(room, entry)
        if isawaitable(done):
            await done
    except Exception:
        log.exception("handlers.failed", room=room.id, seq=entry.seq, type=entry.type)
