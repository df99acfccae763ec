"""The reserved prefixes of room ids: one closed table of what holds in each such room, and who may do what there.

A room is reserved where its id begins with a prefix and the server made it: it has no owner, or, in a wallet's room,
that wallet. Rooms that people created under such an id before it was reserved stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account, RoomId
from parlour.errors import Forbidden, Illegal

OPERATOR = SERVER_ROLES["operator"]


@dataclass(frozen=True, slots=True)
class Reserved:
    """What holds in the rooms of one prefix. Only the server creates them.

    Attributes:
        prefix: how their ids begin, in lower case.
        kind: the kind they are of.
        writes: first words of the entries and signals that clients send there; None for what the kind takes.
        managed_by: who configures, closes, moderates and watches: `operators` of the server, the room's `owner`
            (who configures and nothing else), or `nobody`.
        sealed: private for good, and nobody reads along: no server role and no API key counts there.
        own_kind: no other room is of this kind, so clients create none.
    """

    prefix: str
    kind: str
    writes: tuple[str, ...] | None
    managed_by: Literal["operators", "owner", "nobody"]
    sealed: bool = False
    own_kind: bool = True

    def check_write(self, type_: str) -> None:
        """Raise Forbidden where clients do not send entries or signals of this type here."""
        if self.writes is not None and type_.partition(".")[0] not in self.writes:
            raise Forbidden("Only the server writes that in this room.", reason="rules")

    def check_manage(self, rank: int, *, configures: bool = False) -> None:
        """Raise Forbidden unless a server role of this rank manages the room.

        Args:
            configures: whether it is about options, which the owner of a room may change too; the room checks who
                owns it.
        """
        if self.managed_by == "operators" and rank >= OPERATOR:
            return
        if not (configures and self.managed_by == "owner"):
            raise Forbidden("Only operators of this server manage this room.", reason="role")


def check_operates(rank: int, owned_by_server: bool) -> None:
    """Raise unless a server role of this rank operates rooms, and the room can be given to somebody where it shall."""
    if rank < OPERATOR:
        raise Forbidden("Only operators of this server do that.", reason="role")
    if owned_by_server:
        raise Illegal("That room is the server's; nobody else owns it.", reason="reserved")


RESERVED: tuple[Reserved, ...] = (
    Reserved("dm:", "chat", writes=None, managed_by="nobody", sealed=True, own_kind=False),
    Reserved("wallet:", "wallet", writes=("wallet", "app"), managed_by="owner", sealed=True),
    Reserved("chain:", "chain", writes=(), managed_by="operators"),
    Reserved("queue:", "queue", writes=(), managed_by="operators"),
    Reserved("board:", "board", writes=(), managed_by="operators"),
    Reserved("market:", "market", writes=None, managed_by="operators", own_kind=False),
)
"""Every reserved prefix. None of these rooms counts among those an account owns, and no list shows one to somebody
who did not ask for its kind, but `mine` shows direct rooms."""
OWN_KINDS = frozenset(each.kind for each in RESERVED if each.own_kind)
"""Kinds whose rooms the server alone creates."""


def prefix_of(room: RoomId) -> Reserved | None:
    """Return the line of the table whose prefix a room's id has, in any case; None for an ordinary id."""
    name = room.lower()
    return next((each for each in RESERVED if name.startswith(each.prefix)), None)


def is_sealed(room: RoomId) -> bool:
    """Return whether a room's id is one of those in which nobody reads along."""
    found = prefix_of(room)
    return found is not None and found.sealed


def reserved_of(room: RoomId, owner: Account) -> Reserved | None:
    """Return what holds in a reserved room; None in any other, also in an old one with such an id."""
    found = prefix_of(room)
    if found is None or not owner:
        return found
    return found if found.managed_by == "owner" and room[len(found.prefix) :].lower() == owner.lower() else None
