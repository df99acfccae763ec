"""What is asked of a room: a class for each command.

The gateway, the host and the chain's dispatcher make them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, ClassVar

from parlour.core.room.entries import SERVER, Account, Body, Draft, Entry, Proof, Seen

REFERRING = ("of", "replyTo", "thread")
"""Fields of a post's body that name entries, by seq."""


@dataclass(slots=True)
class Command:
    """Base of all commands.

    Attributes:
        author: who asks; SERVER for timers, chains and operators' tools.
        rank: the author's server-wide role rank (core/identity/server_roles.py), 0 for ordinary accounts.
        at: when the room decides, in ms; set by the host.
        seq: the number the first resulting entry will get; set by the host.
        referenced: entries that the body names (`REFERRING`), loaded by the host beforehand; a missing
            seq is absent from the mapping.
        remembered: what earlier matches left of accounts (`Hall.recalls`), loaded by the host.
        entropy: 32 random bytes from the host in rooms of computed kinds (seeds, commitments).
    """

    alone: ClassVar[bool] = False
    """Whether it is decided in a batch of its own."""
    author: Account = SERVER
    rank: int = 0
    at: int = 0
    seq: int = 0
    referenced: Mapping[int, Entry] = field(default_factory=dict)
    remembered: Mapping[Account, Mapping[str, Any]] = field(default_factory=dict)
    entropy: bytes = b""

    def references(self) -> Sequence[int]:
        """The seqs the host must load into `referenced` before `handle`."""
        return ()


@dataclass(slots=True)
class Post(Command):
    """`room:post`: a client's own entry.

    Attributes:
        id: idempotency key of the author.
        type: of the entry.
        body: of the entry.
        sig: of a signed post, 65 bytes as `0x` hex.
        salt: of a signed post, 16 bytes.
        seen: of a signed post, the head its author had seen.
        raw: the canonical body of a signed post: it is hashed before anybody decides.
        proof: what the host found out about `sig`.
        told: what a message, or earlier edits of it, mentioned already; the host knows it of an edit.
        blocked: accounts that block the author, of those a message or an edit may be told.
        levels: how much those want to hear of the room, where they said so.
        hold: why the message waits for a moderator whatever the room's rules say; None where it does not.
        words: what the server's own words are, which hold in every room; as `Rules.words`.
        attachable: hashes of files that the author may name here, among those that the body names; loaded by the host.
        most: of a `wallet.track`: transactions that the room may track, this one included.
    """

    id: str = ""
    type: str = ""
    body: Body = field(default_factory=dict)
    sig: str | None = None
    salt: bytes | None = None
    seen: Seen | None = None
    raw: bytes | None = None
    proof: Proof | None = None
    told: Collection[Account] = ()
    blocked: Collection[Account] = ()
    levels: Mapping[Account, str] = field(default_factory=dict)
    hold: str | None = None
    words: Sequence[Mapping[str, str]] = ()
    attachable: Collection[bytes] = ()
    most: float = inf

    def references(self) -> Sequence[int]:
        body = self.body
        if isinstance(body, bytes) or body.keys().isdisjoint(REFERRING):
            return ()
        return [v for k in REFERRING if isinstance(v := body.get(k), int) and not isinstance(v, bool)]

    def reacts_to(self) -> int | None:
        """The seq of the message that a `chat.reaction` names, whose reactions the host must know; else None."""
        of = self.body.get("of") if self.type == "chat.reaction" and isinstance(self.body, dict) else None
        return of if type(of) is int else None

    def draft(self, ref: int | None = None) -> Draft:
        """The entry of this post, as it was sent and signed."""
        return Draft(
            self.type, self.body, self.author, self.id, ref=ref,
            sig=self.sig, salt=self.salt, seen=self.seen, raw=self.raw,
        )  # fmt: skip


@dataclass(slots=True)
class Join(Command):
    """`room:join`: come in, and get a seat where the kind has seats.

    Attributes:
        as_: `spectator` to ask for no seat.
        grant: the role that an invitation gives; the host has redeemed it.
        vector: what of a document the client has, as a Yjs state vector.
        vault, proof: what the joiner shows to a gate: an address that delegated to the account, a Merkle proof.
        asked: the gate was asked for this very join.
        goes_on: the connection was here, at the room's last owner: the room changes nothing, and shows nothing anew.
    """

    as_: str | None = None
    grant: str | None = None
    vector: bytes | None = None
    vault: str | None = None
    proof: tuple[bytes, ...] = ()
    asked: bool = False
    goes_on: bool = False


@dataclass(slots=True)
class Leave(Command):
    """`room:leave`: the account gives up the room."""

    reason: str | None = None


@dataclass(slots=True)
class Answer(Command):
    """`dm:open` and `dm:answer`: the account takes messages of a direct room.

    Attributes:
        known: others in the room who know the account, and take them too.
    """

    known: Sequence[Account] = ()


@dataclass(slots=True)
class OpenSealed(Command):
    """An administrator opens a room that nobody reads along in, for a reason that its people read."""

    reason: str = ""


@dataclass(slots=True)
class Dropped(Command):
    """The account's last connection to this room vanished; it may come back (`author` is the account)."""


@dataclass(slots=True)
class Returned(Command):
    """The account has a connection again after `Dropped`."""


@dataclass(slots=True)
class Configure(Command):
    """`room:configure`: change what is not None; `options` are added to those there are.

    Attributes:
        attachable: as in Post, for the pictures of emoji.
    """

    title: str | None = None
    visibility: str | None = None
    options: dict[str, Any] | None = None
    rules: dict[str, Any] | None = None
    attachable: Collection[bytes] = ()
    gate: SetGate | None = None


@dataclass(frozen=True, slots=True)
class SetGate:
    """A change of a room's gate.

    Attributes:
        gate: as the log keeps it; None to remove it.
        admitted: `member.admitted` of those in the room who pass it.
    """

    gate: dict[str, Any] | None
    admitted: Sequence[Draft] = ()


@dataclass(slots=True)
class GateUpdate(Command):
    """What the chain says of the people behind a gate, for a batch of its own.

    Attributes:
        gate: the one that was judged; a room whose gate is another one by now takes none of it.
        drafts: `member.admitted`, `member.removed` and `member.restored`.
    """

    gate: dict[str, Any] = field(default_factory=dict)
    drafts: Sequence[Draft] = ()


@dataclass(slots=True)
class Close(Command):
    """`room:close`: end the room for good."""

    reason: str | None = None


@dataclass(slots=True)
class Operate(Command):
    """What operators of the server do with a room.

    Attributes:
        action: freeze, thaw, feature, unfeature, announce or transfer.
        text: of an announcement.
        to: who owns the room from now on, for `transfer`.
        reason: why the room is frozen, for its people to read.
    """

    action: str = ""
    text: str | None = None
    to: Account | None = None
    reason: str | None = None


@dataclass(slots=True)
class Moderate(Command):
    """`room:moderate`: do something to an account, or release a message that waits.

    Attributes:
        account: whom.
        account_rank: server role rank of that account.
        action: mute, unmute, kick, ban, unban, role or release.
        role: which one, for `role`.
        until: when (ms) a mute or a ban ends by itself; None for never.
        reason: for the account to read.
        of: the seq of the message to release.
    """

    account: Account = ""
    account_rank: int = 0
    action: str = ""
    role: str | None = None
    until: int | None = None
    reason: str | None = None
    of: int | None = None

    def references(self) -> Sequence[int]:
        return () if self.of is None else (self.of,)


@dataclass(slots=True)
class Watch(Command):
    """`room:watch`: follow a contract, from the anchor the follower chose.

    Attributes:
        watch: the whole record that `room.watched` will hold.
        most: watches the room may hold, this one included.
    """

    watch: dict[str, Any] = field(default_factory=dict)
    most: float = inf


@dataclass(slots=True)
class Unwatch(Command):
    """`room:unwatch`: end the watch of that id."""

    watch: str = ""


@dataclass(slots=True)
class ChainUpdate(Command):
    """One or more chain entries from the outbox, in order.

    Each is a Draft whose `source` makes redelivery harmless. Corrections name what they undo by source; the host maps
    sources to seqs and finds out what becomes `void` (core/chain/watches.py says how).
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
    """A tick of a ticking game: `dt` seconds since the last one."""

    dt: float = 0.0


@dataclass(slots=True)
class StopGame(Command):
    """The host stops a game that slows the other rooms down: it ends as `aborted`, with this reason."""

    reason: str = "overrun"


@dataclass(slots=True)
class FlushTicks(Command):
    """The host closes a ticking game: ticks not in its log yet are written to it."""
