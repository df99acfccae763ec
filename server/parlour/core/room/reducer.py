"""The interface of a room, and the fold of its log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from parlour.core.room.commands import Command
from parlour.core.room.entries import Account, Draft, Entry


@dataclass(slots=True)
class Notice:
    """A `notice` for every connection of an account, which its list keeps too.

    Attributes:
        account: who gets it.
        type: what happened, such as `mention` or `turn`.
        index: the entry it is about, in Outcome.entries.
        of: an earlier entry that it is about instead: its seq and author.
        quiet: the account wants to hear nothing: it is counted as mentioned and gets no notice.
        request: a stranger's message in a direct room that the account has not accepted.
    """

    account: Account
    type: str
    index: int = 0
    of: tuple[int, Account] | None = None
    quiet: bool = False
    request: bool = False


@dataclass(slots=True)
class Outcome:
    """What a command leads to: drafts, signals, notices and the reply.

    Attributes:
        entries: drafts to append, in order; empty for a no-op.
        reply: keys of the ack beyond `ok`.
        erase: seqs whose bodies and salts (and those of their edits) leave storage, search and snapshots.
        notices: who is told beyond the room.
        calls: `@room` or `@here`, where the first entry mentions everybody in the room, or everybody who is in it now.
        signals: (type, body) sent to the room and never stored.
        deferred: a post that a later entry will hold (an input of a ticking game): the host acknowledges it with the
            seq, at and hash of the room's next `game.tick` entry, once that is stored.
    """

    entries: list[Draft] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)
    erase: list[int] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    calls: str | None = None
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
    frozen_at: int | None = None
    """Since when (ms) the room stands still; None where it does not."""

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

    def redacts(self, entry: Entry, viewer: Account | None, rank: int, at: int) -> str | None:
        """Return why this viewer gets the entry without its body now (`hidden`, `held`), or None."""
        return "hidden" if self.hides(entry, viewer) else None

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        """Whether this viewer gets the entry redacted (a hidden move not yet revealed)."""
        return False

    def deadline(self) -> int | None:
        """When (ms) the room wants a `DeadlinePassed`, or None."""
        return None

    def wakes_at(self) -> int | None:
        """When (ms) something happens by itself, as `deadline` says; nothing does in a frozen room."""
        return self.deadline() if self.frozen_at is None else None

    def undone(self, entry: Entry) -> None:  # noqa: B027  # a hook: most kinds take no note
        """Take note, in place of `apply`, of an entry that a reorganisation undid: it has no effect, and was there."""

    def refuses(self, entry: Entry) -> str | None:
        """Return why this entry no longer holds after a reorganisation undid earlier ones, or None."""
        return None


def dead_seqs(entries: Iterable[Entry]) -> set[int]:
    """The first pass of the fold: every seq that a `chain.reverted {of, void}` undid (protocol §5)."""
    dead: set[int] = set()
    for entry in entries:
        if entry.type == "chain.reverted" and isinstance(entry.body, dict):
            dead.update(undone_by(entry.body))
    return dead


def undone_by(reverted: Mapping[str, Any]) -> list[int]:
    """Return the seqs of entries that a `chain.reverted` with this body takes back."""
    return [*reverted["of"], *(void["seq"] for void in reverted["void"])]


def fold(room: Room, entries: Sequence[Entry]) -> Room:
    """Fold `entries` into `room` in two passes: collect what was undone, then go through all of them in order."""
    dead = dead_seqs(entries)
    for entry in entries:
        if entry.seq in dead:
            room.undone(entry)
        else:
            room.apply(entry)
    return room
