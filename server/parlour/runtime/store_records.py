"""The records that a store reads and writes: rooms, appends, filters and invitations. Data alone, no errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parlour.core.audit.record import AuditRecord
from parlour.core.log.hash_chain import ZERO_HASH
from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.core.rooms.chat import mentioned
from parlour.core.rooms.reserved import Reserved, reserved_of
from parlour.core.rooms.rules import Rules
from parlour.core.rooms.talk import Said, said_in
from parlour.runtime.notice_records import NoticeRecord, Spread

NEW_RULES = Rules().shown()
"""The rules of a room where nobody set others."""


@dataclass(slots=True)
class RoomRecord:
    """One row of the room list: everything about a room but its log. Times are milliseconds since 1970.

    Attributes:
        id: as created; looked up case-insensitively.
        kind: the name of its kind, such as `chat`.
        owner: the account that created it; `""` for the server.
        created_at: when it was created.
        title, visibility, signed, options: its settings (protocol §3 "Rooms").
        rules: those that everybody sees and that differ from a new room's.
        request_id: the request of its owner that created it, where that was no room id.
        closed: whether it was closed for good.
        frozen, featured: whether it stands still, or operators recommend it (core/operating).
        members: how many accounts belong to the room.
        epoch: random, drawn at creation and at every restore.
        fence: lease number; only its holder may append.
        head, hash: seq and hash of the last entry (32 bytes; 0 and zero bytes before the first).
        floor, floor_hash: first seq still stored and hash(floor-1), after retention; 1 and zero bytes before.
        updated_at: when the last entry was stored.
        game: what lists show of the game played in it (Hall.lobby); None where none is.
        gated: whether it has a gate.
        format: the lowest format that its log needs (core/log/formats.py); it never falls.
        lease_owner, lease_until: who holds the room and until when; without an owner, when it was given back.
    """

    id: RoomId
    kind: str
    owner: Account
    created_at: int
    title: str = ""
    visibility: str = "public"
    signed: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    closed: bool = False
    members: int = 0
    epoch: str = ""
    fence: int = 0
    head: int = 0
    hash: bytes = ZERO_HASH
    floor: int = 1
    floor_hash: bytes = ZERO_HASH
    updated_at: int = 0
    game: dict[str, Any] | None = None
    gated: bool = False
    format: int = 1
    rules: dict[str, Any] = field(default_factory=dict)
    frozen: bool = False
    featured: bool = False
    lease_owner: str | None = field(default=None, compare=False)
    lease_until: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Make the room object of acks and lists (protocol §3 "Rooms")."""
        described = {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "visibility": self.visibility,
            "owner": self.owner,
            "createdAt": self.created_at,
            "members": self.members,
            "signed": self.signed,
            "options": self.options,
            "rules": NEW_RULES | self.rules,
        }
        if self.gated:
            described["gate"] = True
        if self.frozen:
            described["frozen"] = True
        if self.featured:
            described["featured"] = True
        return described if self.game is None else described | {"game": self.game}

    @property
    def reserved(self) -> Reserved | None:
        """What holds because of the room's id (core/rooms/reserved.py)."""
        return reserved_of(self.id, self.owner)

    @property
    def open(self) -> bool:
        """Whether somebody who joins now may play: a seat is free in a game that takes players."""
        return self.game is not None and self.game["open"] is True

    def copy(self) -> RoomRecord:
        """Return a record whose changes leave this one as it is."""
        return replace(self, options=dict(self.options), rules=dict(self.rules))


@dataclass(slots=True)
class Saved:
    """What is read when a room is opened: the record and the newest snapshot (None: fold from `floor`)."""

    record: RoomRecord
    snapshot: Snapshot | None


@dataclass(slots=True)
class Listing:
    """The columns of a record that its own entries may change; stored in one transaction with those entries.

    Attributes:
        title, visibility, options, closed, members, game, rules, gated, frozen, featured, owner: as in RoomRecord;
            another owner did not ask for the room, so the id of the request is forgotten.
        format: raises the record's format; a lower one leaves it as it is.
    """

    title: str
    visibility: str
    options: dict[str, Any]
    closed: bool
    members: int
    game: dict[str, Any] | None = None
    format: int = 1
    rules: dict[str, Any] = field(default_factory=dict)
    gated: bool = False
    frozen: bool = False
    featured: bool = False
    owner: Account | None = None

    def change(self, record: RoomRecord) -> None:
        """Change a record's columns as the store does, but for `members`, which others count."""
        record.title, record.visibility = self.title, self.visibility
        record.options, record.closed = dict(self.options), self.closed
        record.game, record.format = self.game, max(record.format, self.format)
        record.rules, record.gated = dict(self.rules), self.gated
        record.frozen, record.featured = self.frozen, self.featured
        if self.owner is not None and self.owner != record.owner:
            record.owner, record.request_id = self.owner, None


FOREVER = 2**53 - 1
"""When (ms since 1970) a ban ends that has no end."""


@dataclass(frozen=True, slots=True)
class MemberRight:
    """An account's right to come in, from the room's log; stored beside the log for lists to read.

    Attributes:
        role: given to it; None for none.
        banned_until: ms since 1970, `FOREVER`, or 0 where it is not banned.
    """

    account: Account
    role: str | None
    banned_until: int


@dataclass(slots=True)
class Append:
    """One batch for a room's log, stored whole or not at all.

    Attributes:
        room: whose log; ids compare case-insensitively.
        epoch, fence, after: what the row must still say, `after` being its head.
        entries: numbered `after + 1 …`; empty only asks whether the room is still the writer's.
        snapshot: stored too.
        listing: new columns of the record, if they changed.
        erase: seqs that lose body and salt, and so do the `chat.edit` entries whose `ref` is one of them.
        drop_snapshots_from: snapshots with this seq or a later one are deleted first (a reorganisation).
        rights: of the accounts that the entries are about.
        said: messages that stand by the entries; None where the entries alone say so.
        mentions: (account, seq): whom an entry mentions who was not told before; None as for `said`.
        notices: of accounts that the entries tell.
        spreads: messages that more accounts are told of, behind the commit.
        audits: what operators did by the entries.
        settled: whether nothing of the room's matches rests on a block any more that may be undone.
    """

    room: RoomId
    epoch: str
    fence: int
    after: int
    entries: Sequence[Entry]
    snapshot: Snapshot | None = None
    listing: Listing | None = None
    erase: Sequence[int] = ()
    drop_snapshots_from: int | None = None
    rights: Sequence[MemberRight] = ()
    said: Sequence[Said] | None = None
    mentions: Sequence[tuple[Account, int]] | None = None
    notices: Sequence[NoticeRecord] = ()
    spreads: Sequence[Spread] = ()
    audits: Sequence[AuditRecord] = ()
    settled: bool = False

    def stands(self) -> Sequence[Said]:
        """Return the messages that stand by the entries."""
        return (
            said_in(self.entries, {entry.seq: entry for entry in self.entries}.get) if self.said is None else self.said
        )

    def tells(self) -> Sequence[tuple[Account, int]]:
        """Return whom the entries mention."""
        if self.mentions is not None:
            return self.mentions
        return [(who, e.seq) for e in self.entries if e.type == "chat.message" for who in mentioned(e)]


def stored_by(entry: Entry) -> dict[Account, dict[str, Any]]:
    """Return what the end of a match leaves of accounts for later ones."""
    return entry.body.get("stored", {}) if entry.type == "game.ended" and isinstance(entry.body, dict) else {}


@dataclass(slots=True)
class KnownId:
    """A post that is in the log already; a resend is answered from it.

    `body_hash` and `salt` tell the same content from a conflict. Without the salt (the body was erased) the resend
    is answered as a duplicate.
    """

    seq: int
    at: int
    hash: bytes
    type: str
    body_hash: bytes
    salt: bytes | None


MOST_MENTIONS = 1_000
"""Mentions counted in a room: a list of rooms takes bounded time, and nobody reads a larger number."""


MOST_UNREAD = 1_000
"""Unread messages told exactly; beyond, a list says `more`."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What an account has not read of a room.

    Attributes:
        read: how far it has read (0: nothing).
        mentions: messages after that which mention it, up to MOST_MENTIONS.
        messages: messages of others after that, outside threads and not deleted; above MOST_UNREAD, at least so many.
        threads: threads it follows with replies of others that it has not read.
        last: the last message outside threads, with its newest edit; None where there is none.
        request: whether it is a direct room that the account has not accepted.
        level: how much it wants to hear of the room, and until when (ms); None for what is usual.
    """

    read: int
    mentions: int
    messages: int = 0
    threads: int = 0
    last: Entry | None = None
    edit: Entry | None = None
    request: bool = False
    level: tuple[str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """What a thread's root shows: how many replies stand, the last of them, and who wrote of late."""

    replies: int
    last_seq: int
    last_at: int
    last_author: Account
    by: tuple[Account, ...]


MOST_SEQ = 2**32
"""No log has as many entries."""
MESSAGE, EDIT = "chat.message", "doc.update"
"""The types of entries that search finds."""


@dataclass(frozen=True, slots=True)
class TextQuery:
    """Which messages and documents a search finds; a document counts as the entry that edited it last.

    Attributes:
        words: in normal form; a text holds all of them.
        limit: of one room.
        after, before: seqs, excluded.
        since, until: ms since 1970, included.
        author: whose messages; None for anybody's.
        type: of those entries, `MESSAGE` or `EDIT`; None for both.
    """

    words: Sequence[str]
    limit: int
    after: int = 0
    before: int = MOST_SEQ
    since: int = 0
    until: int = FOREVER
    author: Account | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class TextHit:
    """A message or an edit that was found, by its seq and when (ms) it was written."""

    seq: int
    at: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found in a room, newest first; `rest` is the seq it goes on below, 0 where nothing is left."""

    hits: Sequence[TextHit]
    rest: int = 0


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which rooms a list shows. Reserved rooms only where their kind is asked for; `mine` shows direct rooms too.

    Attributes:
        viewer: who may join them: public rooms, and private ones this account belongs to; None for a guest.
        kind: only rooms of this kind.
        query: only rooms whose id or title holds all these words.
        open: only rooms where somebody who joins now may play.
        featured: only rooms that operators recommend.
        mine: only rooms the viewer belongs to.
        everything: closed, private and reserved rooms too, for operators; never those that nobody reads along.
        now: ms since 1970; bans that ended before hold no more.
        joins_private: whether the viewer's server role lets it join private rooms without a role there.
    """

    viewer: Account | None = None
    kind: str | None = None
    query: str | None = None
    open: bool = False
    mine: bool = False
    featured: bool = False
    everything: bool = False
    now: int = 0
    joins_private: bool = False


@dataclass(frozen=True, slots=True)
class StoredInvitation:
    """An invitation; only the hash of its token is stored.

    Attributes:
        token_hash: SHA-256 of the token.
        room: where it lets in.
        account: the only account it is for; None for anybody.
        uses: how many accounts it lets in.
        until: when it ends (ms since 1970), excluded.
        request: the digest of the request that made it.
    """

    token_hash: bytes
    room: RoomId
    account: Account | None
    uses: int
    until: int
    request: bytes | None = None
