"""How far each webhook has come in each room: what outlives a restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parlour.core.room import RoomId


@dataclass(frozen=True, slots=True)
class Place:
    """A webhook's place in a room.

    Attributes:
        upto: the entries up to this seq were sent, parked, or are not wanted.
        tries: how often the next wanted one failed.
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


class Places(Protocol):
    """Where places are kept. Rooms are named in lower case, but `behind` answers ids as they were created.

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
        """Return the webhook's place in a room; where it has none, the last entry before the webhook was new."""

    async def advance(self, hook: str, upto: Mapping[RoomId, int]) -> None:
        """Move places; may be lost with the power, after which entries are sent again."""

    async def fail(self, hook: str, room: RoomId, tries: int) -> None:
        """Record how often the next entry failed."""

    async def park(self, hook: str, entry: Parked) -> None:
        """Set an entry aside and move the place beyond it."""

    async def parked(self, hook: str, limit: int) -> Sequence[Parked]:
        """Return the entries parked last, the newest first."""
