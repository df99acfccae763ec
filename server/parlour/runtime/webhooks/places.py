"""How far each webhook has come in each room: what outlives a restart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId

REWOUND = -1
"""Instead of a place's tries: it was moved back, and what was sent meanwhile does not move it on."""


@dataclass(frozen=True, slots=True)
class Place:
    """A webhook's place in a room.

    Attributes:
        upto: the entries up to this seq were sent, parked, or are not wanted.
        tries: how often the next wanted one failed; `REWOUND` from when an operator moved the place back until its
            sender knows.
    """

    upto: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Parked:
    """An entry that was given up after a day of failures; `error` says how the last try failed."""

    room: RoomId
    seq: int
    at: int
    error: str


class NewsLog(Protocol):
    """News of accounts and chains, in the order in which they happened."""

    async def after(self, n: int, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the news after a number, as `{seq, id, type, data}`; raises StoreError."""
        ...


class Places(Protocol):
    """Where places are kept. Rooms are named in lower case, but `behind` answers ids as they were created.

    The news have a place as a room has, under the name `NEWS`; `behind` does not name it.

    Every method may raise StoreError.
    """

    async def hold(self, hook: str, owner: str, ttl_ms: int, now: int) -> bool:
        """Take or renew the lease on a webhook; return False while another process has it.

        A webhook that is new begins with the entries stored from `now` on.
        """

    async def release(self, hook: str, owner: str) -> None:
        """Give a lease back."""

    async def behind(self, hook: str, after: RoomId, limit: int) -> Sequence[RoomId]:
        """Return rooms after `after`, ordered by id in lower case, whose logs go beyond the webhook's place."""

    async def place(self, hook: str, room: RoomId) -> Place:
        """Return the webhook's place in a room; where it has none, the last entry before the webhook was new.

        A place that was rewound is from now on as any other: only the sender of the webhook asks.
        """

    async def advance(self, hook: str, upto: Mapping[RoomId, int]) -> Collection[RoomId]:
        """Move places and return the rooms whose place was rewound meanwhile, where it stays.

        May be lost with the power, after which entries are sent again.
        """

    async def fail(self, hook: str, room: RoomId, tries: int) -> bool:
        """Record how often the next entry failed; return False where the place was rewound meanwhile."""

    async def park(self, hook: str, entry: Parked) -> bool:
        """Set an entry aside and move the place beyond it; return False where the place was rewound meanwhile."""

    async def is_parked(self, hook: str, room: RoomId, seq: int) -> bool:
        """Return whether an entry is parked."""

    async def unpark(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> bool:
        """Forget that an entry was given up, with its audit row; return False where it was not parked."""

    async def rewind(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> bool:
        """Move the place back before an entry, and forget what was parked from there on, with the audit row.

        Returns False where that entry waits already.
        """

    async def parked(self, hook: str, limit: int) -> Sequence[Parked]:
        """Return the entries parked last, the newest first."""
