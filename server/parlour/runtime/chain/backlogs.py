"""How many entries of a chain may wait, for one room and for all together, and what is told beyond."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import Enum

from parlour.core.chain.lanes import Lane
from parlour.core.chain.routes import Route
from parlour.core.room import RoomId


class Place(Enum):
    """What becomes of one more event: it waits, it becomes part of a gap, or it waits and the room is told so."""

    WAITS = 0
    GAP = 1
    STALLED = 2


class Backlogs:
    """Bounds the waiting rows of each room, and of all rooms together.

    Only events of paced watches are left out beyond the bound. What a hook, a gate or a settlement rests on is always
    kept; its room is told once that it is behind.

    Args:
        most: rows that may wait for one room.
        most_of_all: rows that may wait for all rooms together.

    Attributes:
        waiting: returns how many rows wait for a room now; for None, for all of them.
        stalled: rooms that were told that they are behind, and still are.
    """

    def __init__(self, most: int, most_of_all: int, waiting: Callable[[RoomId | None], int]) -> None:
        self._most, self._most_of_all, self.waiting = most, most_of_all, waiting
        self.stalled: set[RoomId] = set()
        self._free = most_of_all

    def begin(self) -> Counter[RoomId]:
        """Return the count of one step's rows by room, for `place`; rooms that caught up no longer count as stalled."""
        self._free = self._most_of_all - self.waiting(None)
        self.stalled = {room for room in self.stalled if self.waiting(room) > self._most // 2}
        return Counter()

    def place(self, route: Route, step: Counter[RoomId]) -> Place:
        """Say what becomes of one more event of this route, and count it."""
        room = route.room
        full = self._free <= 0 and route.lane is Lane.PACED
        if self.waiting(room) + step[room] < self._most and not full:
            self._free -= 1
            step[room] += 1
            return Place.WAITS
        if route.lane is Lane.PACED:
            return Place.GAP
        step[room] += 1
        return Place.WAITS if room in self.stalled else Place.STALLED
