"""What is asked of a line: to look for a table, to stop looking, to make tables, to note what became of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from parlour.core.matchmaking.lineup import Lineup
from parlour.core.matchmaking.tickets import Ticket
from parlour.core.room import Account, Command, RoomId


@dataclass(slots=True)
class Seek(Command):
    """`match:find`: put a ticket into the line; its `sought` is when the room decides."""

    ticket: Ticket = field(default_factory=Ticket)


@dataclass(slots=True)
class Withdraw(Command):
    """`match:cancel`, or somebody who went away: take a ticket out of the line.

    Attributes:
        ticket: its id.
        reason: cancelled, gone or banned.
    """

    ticket: str = ""
    reason: str = "cancelled"


@dataclass(slots=True)
class Make(Command):
    """Make tables of waiting tickets.

    Attributes:
        groups: the ids of each table's tickets; a group with a ticket that waits no more is left out.
        lineup: of the kind.
        confirm_ms: how long players have to take their seats.
    """

    groups: Sequence[Sequence[str]] = ()
    lineup: Lineup = field(default_factory=Lineup)
    confirm_ms: int = 0


@dataclass(slots=True)
class Missed(Command):
    """A table was closed before it began.

    Attributes:
        table: its room.
        absent: who did not take a seat in time, and waits a while for the next one.
    """

    table: RoomId = ""
    absent: Sequence[Account] = ()


@dataclass(slots=True)
class Ended(Command):
    """A table's match is over and needs nobody any more.

    Attributes:
        table: its room.
        end: the seq of its `game.ended`; None where it never had one, or has none any more.
        resting: it rests on events of a chain, which a reorganisation may undo.
    """

    table: RoomId = ""
    end: int | None = None
    resting: bool = False
