"""A room as it was `delay` ms ago, and the younger entries, which follow one by one.

    publish (a stored batch) → add → the time comes → advance → delayed_audience.py sends

Whoever `Hall.delays` names sees this room in place of the live one, on every way of reading.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from parlour.core.room import Entry, dead_seqs
from parlour.core.rooms.hall import Hall
from parlour.runtime.store import RoomRecord


class PastRoom:
    """A folded room behind its log.

    Attributes:
        record: the room's line, with the position and the game of `hall`.
        hall: what the entries up to `record.head` have led to.
        later: the entries after `record.head`, as far as they were stored.
        undoing: the next entry undoes earlier ones, so `hall` has to be folded again up to it (`replace`).
    """

    def __init__(self, record: RoomRecord, hall: Hall, newest: Entry | None, later: Iterable[Entry]) -> None:
        self.record, self.hall = record.copy(), hall
        self.later = deque(later)
        self.undoing = False
        self._note(newest)

    def due_at(self) -> int | None:
        """Return when (ms since 1970) the next entry may be seen; None while there is none."""
        return self.later[0].at + self.hall.delay if self.later else None

    def add(self, entries: Iterable[Entry]) -> None:
        """Take over entries that were stored."""
        self.later.extend(entries)

    def advance(self, now: int) -> list[Entry]:
        """Fold the entries that may be seen by now, and return them; stops before one that undoes others."""
        seen: list[Entry] = []
        while self.later and self.later[0].at + self.hall.delay <= now:
            if dead_seqs([self.later[0]]):
                self.undoing = True
                break
            entry = self.later.popleft()
            for _ in self.hall.applying(entry):
                pass
            seen.append(entry)
        if seen:
            self._note(seen[-1])
        return seen

    def replace(self, hall: Hall) -> Entry:
        """Go on with the room as it is after the next entry, and return that."""
        entry = self.later.popleft()
        self.hall, self.undoing = hall, False
        self._note(entry)
        return entry

    def _note(self, newest: Entry | None) -> None:
        record, hall = self.record, self.hall
        if newest is None:
            record.head, record.hash = record.floor - 1, record.floor_hash
        else:
            record.head, record.hash, record.updated_at = newest.seq, newest.hash, newest.at
            record.title, record.closed, record.frozen = hall.title, hall.closed, hall.frozen_at is not None
            record.featured = hall.standing.featured
        record.game = hall.lobby()
