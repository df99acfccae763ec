"""The narrow waist: a room is a log, a kind is a reducer.

Words (docs/ARCHITECTURE.md): a *Command* is what is asked, an *Entry* what happened and lasts, a *Draft* an entry the
room decided on but the host has not numbered yet, an *Outcome* what one command led to, a *Snapshot* a room at a
position. Everything here is pure: no clock, no random, no I/O; time arrives as `Command.at`, chance as salted seeds in
entries.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, ClassVar

Account = str
"""An EIP-55 address, a CAIP-10 id, `app:<key>` for an API key, or `""` for the server and the chain."""
RoomId = str
Body = dict[str, Any] | bytes
"""A JSON object with ASCII keys, or the bytes of a binary body."""

SERVER: Account = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a client or a snapshot stands in a log."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The head its author had seen when signing a post: a number of the log and the 32-byte hash there."""

    seq: int
    hash: bytes

    def to_json(self) -> dict[str, Any]:
        return {"seq": self.seq, "hash": "0x" + self.hash.hex()}


@dataclass(frozen=True, slots=True)
class DelegatedKey:
    """A session key that may sign for an account (protocol §1 "Session key").

    Attributes:
        address: EIP-55.
        room: the only room it may sign in, or None for all of the account's.
        since, until: when it may (ms), `until` excluded.
    """

    address: str
    room: RoomId | None
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the host found out about a signed post; the room judges it (core/signing.py).

    Attributes:
        signer: the address the signature recovers to, None where it recovers to none.
        keys: live session keys of the author, that address among them if it is one.
        seen_holds: whether the log has the hash the author saw, where they saw it.
    """

    signer: str | None
    keys: Sequence[DelegatedKey] = ()
    seen_holds: bool = True


@dataclass(slots=True)
class Draft:
    """An entry before the host gives it `seq`, `at`, salt and hash.

    Attributes:
        id: idempotency key of the author; empty means `server:<seq>`.
        source: unique key per room of what the server writes once (`chain:…`, protocol §5); None for posts.
        ref: the seq this entry corrects or belongs to (`body.of`), kept for look-ups.
        sig, salt, seen: as sent in a signed post (protocol §6); the host draws a salt where None.
        raw: the canonical body where it is known already; `body` is not changed then.
    """

    type: str
    body: Body
    author: Account = SERVER
    id: str = ""
    source: str | None = None
    ref: int | None = None
    sig: str | None = None
    salt: bytes | None = None
    seen: Seen | None = None
    raw: bytes | None = None


@dataclass(slots=True)
class Entry:
    """One numbered, durable line of a room's log.

    Attributes:
        body: parsed body, or None once erased.
        raw: the canonical bytes of the body (JCS, or the binary itself), or None once erased.
        body_hash, hash: 32 raw bytes each (protocol §6).
        sig, seen: what its author signed it with, in signed posts.
    """

    room: RoomId
    epoch: str
    seq: int
    id: str
    type: str
    author: Account
    at: int
    body: Body | None
    raw: bytes | None
    body_hash: bytes
    hash: bytes
    salt: bytes | None = None
    sig: str | None = None
    source: str | None = None
    ref: int | None = None
    seen: Seen | None = None

    @property
    def erased(self) -> bool:
        return self.raw is None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room's folded state after entry `seq`.

    Attributes:
        state: JSON (Room.snapshot).
        format: the lowest format that reads it (core/log/formats.py).
    """

    seq: int
    state: dict[str, Any]
    format: int = 1


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Command:
    """What is asked of a room. The host sets `at` (ms) and `seq` (the number the first resulting entry will get).

    Attributes:
        author: who asks; SERVER for timers, chains and operators' tools.
        rank: the author's server-wide role rank (core/identity/server_roles.py), 0 for ordinary accounts.
        referenced: entries that the body names (`of`, `replyTo`, `thread`), loaded by the host beforehand; a missing
            seq is absent from the mapping.
        entropy: 32 random bytes from the host in rooms of computed kinds (seeds, commitments).
    """

    author: Account = SERVER
    rank: int = 0
    at: int = 0
    seq: int = 0
    referenced: Mapping[int, Entry] = field(default_factory=dict)
    entropy: bytes = b""

    def references(self) -> Sequence[int]:
        """The seqs the host must load into `referenced` before `handle`."""
        return ()


@dataclass(slots=True)
class Post(Command):
    """`room:post`: a client's own entry.

    Attributes:
        sig, salt, seen: of a signed post: 65 bytes as `0x` hex, 16 bytes, and the head its author had seen.
        raw: the canonical body of a signed post: it is hashed before anybody decides.
        proof: what the host found out about `sig`.
    """

    id: str = ""
    type: str = ""
    body: Body = field(default_factory=dict)
    sig: str | None = None
    salt: bytes | None = None
    seen: Seen | None = None
    raw: bytes | None = None
    proof: Proof | None = None

    def references(self) -> Sequence[int]:
        body = self.body
        if isinstance(body, bytes):
            return ()
        return [v for k in ("of", "replyTo", "thread") if isinstance(v := body.get(k), int) and not isinstance(v, bool)]

    def draft(self, ref: int | None = None) -> Draft:
        """The entry of this post, as it was sent and signed."""
        return Draft(
            self.type, self.body, self.author, self.id, ref=ref,
            sig=self.sig, salt=self.salt, seen=self.seen, raw=self.raw,
        )  # fmt: skip


@dataclass(slots=True)
class Join(Command):
    """`room:join`: take a seat where the kind has seats; `invite` was redeemed by the host (a role to grant)."""

    as_: str | None = None
    grant: str | None = None


@dataclass(slots=True)
class Leave(Command):
    """`room:leave`: the account will not come back by itself."""

    reason: str | None = None


@dataclass(slots=True)
class Dropped(Command):
    """The account's last connection to this room vanished; it may come back (`author` is the account)."""


@dataclass(slots=True)
class Returned(Command):
    """The account has a connection again after `Dropped`."""


@dataclass(slots=True)
class Configure(Command):
    title: str | None = None
    visibility: str | None = None
    options: dict[str, Any] | None = None


@dataclass(slots=True)
class Close(Command):
    reason: str | None = None


@dataclass(slots=True)
class Moderate(Command):
    """`room:moderate`: action is one of mute unmute kick ban unban role.

    Attributes:
        account_rank: server role rank of the account to act on.
    """

    account: Account = ""
    account_rank: int = 0
    action: str = ""
    role: str | None = None
    until: int | None = None
    reason: str | None = None


@dataclass(slots=True)
class Watch(Command):
    """`room:watch`, with the anchor the follower chose.

    Attributes:
        watch: the whole record stored in `room.watched`.
        most: watches the room may hold, this one included.
    """

    watch: dict[str, Any] = field(default_factory=dict)
    most: float = inf


@dataclass(slots=True)
class Unwatch(Command):
    watch: str = ""


@dataclass(slots=True)
class ChainUpdate(Command):
    """One or more chain entries from the outbox, in order: each a Draft whose `source` makes redelivery harmless.

    Corrections name what they undo by source; the host maps sources to seqs and judges what becomes `void`
    (parlour.core.chain.watches says how).
    """

    drafts: Sequence[Draft] = ()


@dataclass(slots=True)
class DeadlinePassed(Command):
    """A deadline of the room (`Room.deadline()`) has passed."""


@dataclass(slots=True)
class Resumed(Command):
    """The room was opened after downtime; `paused_ms` moves the deadlines of running games."""

    paused_ms: int = 0


@dataclass(slots=True)
class Tick(Command):
    """A tick of a ticking game: `dt` seconds since the last one; `inputs` arrived since then."""

    dt: float = 0.0


@dataclass(slots=True)
class StopGame(Command):
    """The host stops a game that costs the others too much: it ends as `aborted`, with this reason."""

    reason: str = "overrun"


@dataclass(slots=True)
class FlushTicks(Command):
    """The host puts a ticking game away: the ticks that are not in its log yet are brought into it."""


@dataclass(slots=True)
class Notice:
    """`notice {room, seq, type, from}` for every connection of `account`; `index` points into Outcome.entries."""

    account: Account
    type: str
    index: int = 0


@dataclass(slots=True)
class Outcome:
    """What a command led to.

    Attributes:
        entries: drafts to append, in order; empty for a no-op.
        reply: keys of the ack beyond `ok`.
        erase: seqs whose bodies and salts (and those of their edits) leave storage, search and snapshots.
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
    """A reducer over one room's log. `parlour.core.rooms.hall.Hall` implements what every kind shares.

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
        """Decide. Never awaits, never mutates.

        Raises:
            ParlourError: the command is refused; nothing has changed.
        """

    @abstractmethod
    def apply(self, entry: Entry) -> None:
        """Fold one entry: the only thing that changes state. Never raises for an entry that `handle` produced."""

    @abstractmethod
    def view(self, viewer: Account | None) -> Any:
        """What this viewer may see of the computed state; None where the kind computes none."""

    @abstractmethod
    def snapshot(self) -> dict[str, Any]:
        """The whole state as JSON, enough for `restore`."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Become the room that `snapshot` described."""

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        """Whether this viewer gets the entry redacted (a hidden move not yet revealed)."""
        return False

    def deadline(self) -> int | None:
        """When (ms) the room wants a `DeadlinePassed`, or None."""
        return None

    def refuses(self, entry: Entry) -> str | None:
        """While judging a reorg: the reason this stored entry would now be refused, or None."""
        return None


def dead_seqs(entries: Iterable[Entry]) -> set[int]:
    """First pass of the fold: every seq that a correction reverted or voided (protocol §5).

    Shape: `chain.reverted {of: [seq], void: [{seq, reason}]}`.
    """
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
