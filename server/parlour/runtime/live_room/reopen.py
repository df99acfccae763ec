"""Opens a room from the store: at first, again after a failure, and for reading where another process owns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from parlour.core.room import Account, Command, Entry, RoomId
from parlour.core.rooms.hall import Hall
from parlour.runtime.backoff import Backoff
from parlour.runtime.live_room.commit import keep_members, member_changes, relist
from parlour.runtime.live_room.context import Decision, RoomContext, RoomRequest
from parlour.runtime.live_room.delayed_room import DelayedRoom, read_past
from parlour.runtime.live_room.presence import Presence
from parlour.runtime.live_room.state import RoomState, described, open_room, read_log, read_stored
from parlour.runtime.store import Damaged, Fenced, RoomRecord, StoreError

T = TypeVar("T")

REOPENING = Backoff(first_s=0.05, longest_s=2.0)
"""Pauses between attempts to read a room again."""


async def open_listed(context: RoomContext, room: RoomId, own_fence: int | None = None) -> RoomState:
    """Open a room, and store its line in lists where that is out of date; see `open_room`."""
    live = await open_room(context, room, own_fence)
    await relist(live)
    if live.room.delay:
        live.past = await read_past(context, live.record, live.room.delay)
    return live


async def open_again(
    context: RoomContext, room: RoomId, heard: int, may_go_on: Callable[[], bool]
) -> tuple[RoomState, list[Entry]]:
    """Open a room until the store can read it; return it with the entries after `heard`, which were never sent.

    Args:
        may_go_on: asked after each failure; where it is False the failure is raised.

    Raises:
        Fenced, Damaged: at once. StoreError: where it may not go on.
    """
    failures = 0
    while True:
        try:
            live = await open_listed(context, room)
            missed = await read_log(context, room, heard, live.record.head)
            await keep_members(live, member_changes(live, [Decision(RoomRequest(Command()), {}, entries=missed)]))
            return live, missed
        except (Fenced, Damaged):
            raise
        except StoreError:
            if not may_go_on():
                raise
            failures += 1
            await context.clock.sleep(REOPENING.pause_after(failures))


class ReadableRoom(Protocol):
    """What can be read of a room wherever it lives; RoomHost and StoredRoom implement it.

    Attributes:
        id: as the room was created.
        presence: who is in it, as far as this process knows.
    """

    @property
    def id(self) -> RoomId: ...
    @property
    def presence(self) -> Presence: ...
    @property
    def record(self) -> RoomRecord:
        """What is durable of the room."""
        ...

    def send_read_position(self, account: Account, seq: int) -> None:
        """Tell the people of the room how far an account has read."""

    def described(self, viewer: Account, rank: int) -> dict[str, Any]:
        """The room object of acks (protocol §3 "Rooms"), as this account sees it."""
        ...

    async def read_state(self, question: Callable[[Hall], T]) -> T:
        """Answer a question about the committed state; raises as `RoomHost.read_state`."""
        ...

    async def past(self) -> DelayedRoom:
        """The room as whoever `Hall.delays` names may see it; raises as `read_past`."""
        ...


class StoredRoom:
    """Implements ReadableRoom over the stored log."""

    def __init__(self, context: RoomContext, record: RoomRecord, hall: Hall) -> None:
        self.id = record.id
        self.record = record
        self.presence = Presence(0)
        self._context, self._hall = context, hall

    @classmethod
    async def read(cls, context: RoomContext, room: RoomId) -> StoredRoom:
        """Read a room; raises NoSuchRoom, Unavailable or StoreError."""
        return cls(context, *await read_stored(context, room))

    def send_read_position(self, account: Account, seq: int) -> None:
        """Nobody is told: the people of the room are its owner's to tell."""

    def described(self, viewer: Account, rank: int) -> dict[str, Any]:
        return described(self.record, self._hall, viewer, rank, self._context.clock.now())

    async def read_state(self, question: Callable[[Hall], T]) -> T:
        """Answer a question about the room as it is stored now."""
        head = await self._context.store.load(self.id)
        if head is None or (head.record.epoch, head.record.head) != (self.record.epoch, self.record.head):
            self.record, self._hall = await read_stored(self._context, self.id)
        return question(self._hall)

    async def past(self) -> DelayedRoom:
        past = await read_past(self._context, self.record, self._hall.delay)
        return DelayedRoom(self._context, past, self.presence)
