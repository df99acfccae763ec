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
NEXT = 2
"""What the release after it writes."""
_BY_BODY = ("room.created", "room.configured", "member.role")
"""Entry types whose body tells what reads them."""

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
        roles: role that a `member.role` gives → format.
        upgrades: format → what makes its snapshots into those of the next format. Without one the log is folded anew.
        needing: the types of entries that may need more than the first format.

    Raises:
        ValueError: a table names a format that this release does not read.
    """

    newest: int = FIRST
    shape: int = FIRST
    kinds: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    needing: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        named = [self.shape, *self.kinds.values(), *self.types.values(), *self.settings.values(), *self.roles.values()]
        if max(named) > self.newest:
            raise ValueError(f"A table names format {max(named)}, above the newest one, {self.newest}.")
        object.__setattr__(self, "needing", frozenset((*self.types, *_BY_BODY)))

    def needed(self, entries: Iterable[Entry]) -> int:
        """Return the lowest format that reads these entries."""
        needed = FIRST
        for entry in entries:
            if entry.type in self.types:
                needed = max(needed, self.types[entry.type])
            if entry.type in _BY_BODY and isinstance(entry.body, dict):
                needed = max(needed, self._needed_by(entry.type, entry.body))
        return needed

    def _needed_by(self, type_: str, body: dict[str, Any]) -> int:
        if type_ == "member.role":
            return self.roles.get(body["role"], FIRST)
        kind = self.kinds.get(body.get("kind", ""), FIRST)
        return max(kind, *(self.settings.get(key, FIRST) for key in body))

    def of_snapshot(self, room: int, state: int = FIRST) -> int:
        """Return the lowest format that reads a snapshot taken now.

        Args:
            room: what the room's log needs.
            state: what its state needs beyond that, where it holds what older releases cannot restore.
        """
        return max(room, state, self.shape)

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


FORMATS = Formats(
    newest=NEXT,
    kinds={
        "wallet": NEXT,
        "document": NEXT,
        "chain": NEXT,
        "daily-chess": NEXT,
        "market": NEXT,
        "queue": NEXT,
        "board": NEXT,
        "party": NEXT,
    },
    types={
        "board.counted": NEXT,
        "board.season": NEXT,
        "chain.stalled": NEXT,
        "chain.block": NEXT,
        "chain.balance": NEXT,
        "market.trade": NEXT,
        "market.odd": NEXT,
        "market.fill": NEXT,
        "party.joined": NEXT,
        "party.left": NEXT,
        "party.ready": NEXT,
        "chat.held": NEXT,
        "chat.released": NEXT,
        "chat.resolve": NEXT,
        "dm.accepted": NEXT,
        "doc.version": NEXT,
        "doc.restored": NEXT,
        "game.funded": NEXT,
        "game.settled": NEXT,
        "match.ended": NEXT,
        "match.made": NEXT,
        "match.missed": NEXT,
        "match.sought": NEXT,
        "match.withdrawn": NEXT,
        "member.admitted": NEXT,
        "room.announced": NEXT,
        "room.featured": NEXT,
        "room.frozen": NEXT,
        "room.opened": NEXT,
        "room.thawed": NEXT,
        "room.transferred": NEXT,
        "room.unfeatured": NEXT,
        "room.words": NEXT,
        "wallet.balance": NEXT,
        "wallet.fill": NEXT,
        "wallet.track": NEXT,
        "wallet.transaction": NEXT,
        "wallet.transfer": NEXT,
    },
    settings={"rules": NEXT, "gate": NEXT, "match": NEXT, "settle": NEXT},
    roles={"editor": NEXT},
)
"""This release's. Whoever adds a kind, an entry type or a setting raises `newest` and names it in a table."""
