"""The vocabulary of rooms: a room is a log, a kind of room is a reducer over it.

    Command (what is asked) → Room.handle → Outcome with Drafts → the host numbers them → Entry → Room.apply

Owns: the words every other package uses, and the fold of a log. Never: a rule of any kind of room, a clock, chance,
I/O. Time arrives as `Command.at`, chance as `Command.entropy`.
Shown by: tests/core/rooms/test_hall.py.
"""

from parlour.core.room.commands import (
    ChainUpdate,
    Close,
    Command,
    Configure,
    DeadlinePassed,
    Dropped,
    FlushTicks,
    Join,
    Leave,
    Moderate,
    Post,
    Resumed,
    Returned,
    StopGame,
    Tick,
    Unwatch,
    Watch,
)
from parlour.core.room.entries import (
    SERVER,
    Account,
    Body,
    DelegatedKey,
    Draft,
    Entry,
    Position,
    Proof,
    RoomId,
    Seen,
    Snapshot,
)
from parlour.core.room.reducer import Notice, Outcome, Room, dead_seqs, fold

__all__ = [
    "SERVER",
    "Account",
    "Body",
    "ChainUpdate",
    "Close",
    "Command",
    "Configure",
    "DeadlinePassed",
    "DelegatedKey",
    "Draft",
    "Dropped",
    "Entry",
    "FlushTicks",
    "Join",
    "Leave",
    "Moderate",
    "Notice",
    "Outcome",
    "Position",
    "Post",
    "Proof",
    "Resumed",
    "Returned",
    "Room",
    "RoomId",
    "Seen",
    "Snapshot",
    "StopGame",
    "Tick",
    "Unwatch",
    "Watch",
    "dead_seqs",
    "fold",
]
