"""Formats: which releases can read a room's log and its snapshots.

A format is a number. A room's row carries the lowest format that its log needs, a snapshot the lowest that reads it. A
process opens what is not above `Formats.newest`. Format 1 is what release 0.1.0 writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from parlour.core.room import Entry, Snapshot
from parlour.errors import Unavailable

FIRST = 1
"""What release 0.1.0 writes: every kind, entry type and setting that no table below names."""
RETRY_MS = 5_000
"""A newer process of the same database can open the room: the client's next try may reach it."""
_WITH_SETTINGS = ("room.created", "room.configured")

Upgrade = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Makes a snapshot's state of one format into the next: `(kind, state) -> state`. Keys it does not know stay."""


@dataclass(frozen=True, slots=True)
class Formats:
    """What one release reads and writes. The three tables name the format of everything newer than 0.1.0.

    Attributes:
        newest: the newest format that this release reads.
        shape: the format in which the shape of snapshots last changed.
        kinds: kind → format.
        types: entry type → format.
        settings: key of the body of `room.created` or `room.configured` → format.
        upgrades: format → what makes its snapshots into those of the next format. Without one the log is folded anew.

    Raises:
        ValueError: a table names a format that this release does not read.
    """

    newest: int = FIRST
    shape: int = FIRST
    kinds: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, int] = field(default_factory=dict)
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [self.shape, *self.kinds.values(), *self.types.values(), *self.settings.values()]
        if max(named) > self.newest:
            raise ValueError(f"A table names format {max(named)}, above the newest one, {self.newest}.")

    def needed(self, entries: Iterable[Entry]) -> int:
        """Return the lowest format that reads these entries."""
        return max((self._needed_by(entry) for entry in entries), default=FIRST)

    def _needed_by(self, entry: Entry) -> int:
        needed = self.types.get(entry.type, FIRST)
        if entry.type in _WITH_SETTINGS and isinstance(entry.body, dict):
            needed = max(needed, self.kinds.get(entry.body.get("kind", ""), FIRST))
            needed = max(needed, *(self.settings.get(key, FIRST) for key in entry.body))
        return needed

    def of_snapshot(self, room: int) -> int:
        """Return the lowest format that reads a snapshot taken now of a room whose log needs format `room`."""
        return max(room, self.shape)

    def check(self, needed: int) -> None:
        """Raise Unavailable, with `details.format`, where this release cannot read that format."""
        if needed > self.newest:
            raise unreadable(needed)

    def state_of(self, snapshot: Snapshot, kind: str) -> dict[str, Any] | None:
        """Return a snapshot's state in today's shape, or None where this release cannot use it."""
        if snapshot.format > self.newest:
            return None
        state = snapshot.state
        for number in range(snapshot.format, self.shape):
            upgrade = self.upgrades.get(number)
            if upgrade is None:
                return None
            state = upgrade(kind, state)
        return state


def unreadable(needed: int) -> Unavailable:
    """Make the refusal of a room whose log or snapshots only a newer release reads."""
    return Unavailable(
        "A newer version of the server wrote this room.", retry_after=RETRY_MS, details={"format": needed}
    )


FORMATS = Formats()
"""This release's. Whoever adds a kind, an entry type or a setting raises `newest` and names it in a table."""
