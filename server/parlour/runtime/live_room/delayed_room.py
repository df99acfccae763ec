"""Reads a room as it was `delay` ms ago from the store, and answers for it as for any room that can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from parlour.core.room import Account, Entry, RoomId
from parlour.core.rooms.hall import Hall
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.live_room.presence import Presence
from parlour.runtime.live_room.state import described, fold_at
from parlour.runtime.shown.past import PastRoom
from parlour.runtime.store import RoomRecord

T = TypeVar("T")
PAGE = 200
"""Entries read at once on the way back from the newest one."""


async def read_past(context: RoomContext, record: RoomRecord, delay: int) -> PastRoom:
    """Fold a room up to the newest entry that is `delay` ms old; what created the room is always shown.

    Raises:
        Unavailable: only a newer release reads it. StoreError: it cannot be read now.
    """
    record = record.copy()
    newest, later = await _split(context, record, context.clock.now() - delay)
    hall = await fold_at(context, record, record.floor - 1 if newest is None else newest.seq)
    return PastRoom(record, hall, newest, later)


async def _split(context: RoomContext, record: RoomRecord, until: int) -> tuple[Entry | None, list[Entry]]:
    """Return the newest entry from before `until`, and those after it, ascending."""
    later: list[Entry] = []
    before = record.head + 1
    while page := await context.store.entries(record.id, 0, PAGE, before):
        for entry in reversed(page):
            if entry.at <= until or entry.seq == 1:
                return entry, later[::-1]
            later.append(entry)
        before = page[0].seq
    return None, later[::-1]


class DelayedRoom:
    """Implements ReadableRoom over a room of the past.

    Attributes:
        hall: the room as it was.
    """

    def __init__(self, context: RoomContext, past: PastRoom, presence: Presence) -> None:
        self.id: RoomId = past.record.id
        self.record, self.hall, self.presence = past.record, past.hall, presence
        self._context = context

    def send_read_position(self, account: Account, seq: int) -> None:
        """Nobody is told how far a spectator has read."""

    def described(self, viewer: Account, rank: int) -> dict[str, Any]:
        return described(self.record, self.hall, viewer, rank, self._context.clock.now())

    async def read_state(self, question: Callable[[Hall], T]) -> T:
        """Answer a question about the room as it was."""
        return question(self.hall)

    async def past(self) -> DelayedRoom:
        """The room of the past has no other one."""
        return self
