"""What a handle on a room holds, and what it says of the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from eth_account.signers.local import LocalAccount

from parlour_client.entries import Entry
from parlour_client.net.outbox import Outbox
from parlour_client.ports import Content, Requests
from parlour_client.rooms.membership import Membership
from parlour_client.types_gen import FileInfo, RoomInfo


class Upload(Protocol):
    """Brings a file into a room, as `Parlour.upload`."""

    async def __call__(self, room: str, content: Content | Path, *, name: str | None = None) -> FileInfo: ...


@dataclass(frozen=True, slots=True)
class Sending:
    """What a handle sends with.

    Attributes:
        requests: sends requests.
        outbox: sends posts.
        signer: signs posts in signed rooms; None for a guest.
        forget: called when the last handle of a membership was released, or gave the room up.
        upload: brings a file into a room.
    """

    requests: Requests
    outbox: Outbox
    signer: LocalAccount | None
    forget: Callable[[Membership], None]
    upload: Upload


class Handle:
    """A joined room's facts, kept up to date."""

    def __init__(self, membership: Membership, sending: Sending) -> None:
        self._membership = membership
        self._replica = membership.replica
        self._sending = sending

    @property
    def id(self) -> str:
        """The room's id, as the server spells it."""
        return self._membership.id

    @property
    def gate(self) -> dict[str, Any] | None:
        """The tree of the room's gate; None where everybody may come in."""
        gate = self._replica.info.get("gate")
        return gate if isinstance(gate, dict) else None

    @property
    def info(self) -> RoomInfo:
        """The room object (protocol section 3, "Rooms"), as of the last join."""
        return cast(RoomInfo, self._replica.info)

    @property
    def signed(self) -> bool:
        """Whether the room takes signed posts only; this client signs them."""
        return bool(self._replica.info.get("signed"))

    @property
    def role(self) -> str:
        """This account's role."""
        return self._replica.role

    @property
    def seat(self) -> int | None:
        """This account's seat in a game; None for those who watch."""
        return self._replica.seat

    @property
    def last_read(self) -> int:
        """Up to where this account has read, on any device; 0 where it never did."""
        return self._replica.read

    @property
    def recent(self) -> list[Entry]:
        """The latest 2,000 entries of those that were received, oldest first; at the join, what it asked for."""
        return list(self._replica.entries)

    @property
    def state(self) -> Any:
        """The view of kinds that have one (games), kept up to date; else None."""
        return self._replica.state

    @property
    def presence(self) -> dict[str, Any]:
        """`{v, members, count, status?, data?}`, kept up to date; a large crowd has a `count` alone."""
        return self._replica.presence

    @property
    def head(self) -> int:
        """The number of the last entry that was received."""
        return self._replica.head

    async def request(self, event: str, **data: Any) -> dict[str, Any]:
        """Send any request about this room and return its ack. Raises ParlourError."""
        return await self._sending.requests.request(event, {"room": self.id, **data})
