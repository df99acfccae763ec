"""The interface of a room, and the fold of its log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from parlour.core.room.commands import Command
from parlour.core.room.entries import Account, Draft, Entry


@dataclass(slots=True)
class Notice:
    """A `notice {room, seq, type, from}` for every connection of an account.

    Attributes:
        account: who gets it.
        type: what happened, such as `mention` or `turn`.
        index: the entry it is about, in Outcome.entries.
    """

    account: Account
    type: str
    index: int = 0


@dataclass(slots=True)
class Outcome:
    """What a command leads to: drafts, signals, notices and the reply.

    Attributes:
        entries: drafts to append, in order; empty for a no-op.
        reply: keys of the ack beyond `ok`.
        erase: seqs whose bodies and salts (and those of their edits) leave storage, search and snapshots.
        notices: who is told beyond the room.
        signals: (type, body) sent to the room and never stored.
        deferred: a post that a later entry will hold (an input of a ticking game): the host acknowledges it with the
            seq, at and hash of the room's next `game.tick` entry, once that is stored.
    """

    entries: list[Draft] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    erase: list[int] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    signals: list[tuple[str, Any]] = field(default_factory=list)
    deferred: bool = False


class Room(ABC):
    """A reducer over one room's log; `Hall` (core/rooms/hall.py) implements what every kind shares.

    Invariants, each a property test: a refused command changes nothing; a stored snapshot plus later entries equals a
    fresh fold of the whole log.
    """

    kind: ClassVar[str]
    computed: ClassVar[bool] = False
    """True where the server computes a view (`state` events and `join.state`)."""
    unreadable: bool = False
    """Whether the log cannot be followed: then no snapshot is written, for it would replace one that can be."""
    unfinished: bool = False
    """Whether a match is on."""

    @abstractmethod
    def handle(self, command: Command) -> Outcome:
        """Decide what a command leads to, without waiting and without changing anything.

        Raises:
            ParlourError: the command is refused; nothing has changed.
        """

    @abstractmethod
    def apply(self, entry: Entry) -> None:
        """Fold one entry, which alone changes the state; never raises for an entry that `handle` produced."""

    @abstractmethod
    def view(self, viewer: Account | None) -> Any:
        """What this viewer may see of the computed state; None where the kind computes none."""

    @abstractmethod
    def snapshot(self) -> dict[str, Any]:
        """The whole state as JSON, enough for `restore`."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take over the state that `snapshot` returned."""

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        """Whether this viewer gets the entry redacted (a hidden move not yet revealed)."""
        return False

    def deadline(self) -> int | None:
        """When (ms) the room wants a `DeadlinePassed`, or None."""
        return None

    def refuses(self, entry: Entry) -> str | None:
        """Return why this entry no longer holds after a reorganisation undid earlier ones, or None."""
        return None


def dead_seqs(entries: Iterable[Entry]) -> set[int]:
    """The first pass of the fold: every seq that a `chain.reverted {of, void}` undid (protocol §5)."""
    dead: set[int] = set()
    for entry in entries:
        if entry.type == "chain.reverted" and isinstance(entry.body, dict):
            dead.update(entry.body["of"])
            dead.update(v["seq"] for v in entry.body["void"])
    return dead


def fold(room: Room, entries: Sequence[Entry]) -> Room:
    """Fold `entries` into `room` in two passes: collect what was undone, then apply the rest in order."""
    dead = dead_seqs(entries)
    for entry in entries:
        if entry.seq not in dead:
            room.apply(entry)
    return room
