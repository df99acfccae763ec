"""What the runtime needs from a database: the records, the errors and the `Store` protocol.

**The log is the lock.** `append` is a compare-and-set on (epoch, fence, head): a second writer gets `Fenced`, none of
its rows are stored, and it closes its host. Nothing is acknowledged before `append` returned. `MemoryStore` beside this
file and `adapters/sql/rooms.py` implement it; `tests/contract/` holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from parlour.core.log.hash_chain import ZERO_HASH
from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.errors import Internal, OperatorError, ParlourError, Unavailable


class StoreError(OperatorError):
    """The store failed (disk full, locked, connection lost); nothing of the call was stored."""


class Fenced(StoreError):
    """The compare-and-set failed: another writer owns the room, or it was restored to a new epoch."""


class Repeated(StoreError):
    """An (author, id) or a source of the append is in the log already; nothing of the room was stored.

    Only a host that did not ask `known` and `sourced` first can meet it.
    """


class Damaged(StoreError):
    """The stored log of a room is not what was written; a retry does not help."""


class RoomExists(StoreError):
    """The id of a `create` is taken (ids compare case-insensitively), or its request made a room before."""


class OwnsTooMany(StoreError):
    """The owner of a `create` has as many open rooms as allowed."""


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────


def refusal_of(error: StoreError) -> ParlourError:
    """Return the error for a client whose request met a failed store; a retry helps unless the log is damaged."""
    if isinstance(error, Damaged):
        return Internal("This room's log is damaged; the server's operator has to restore it.", reason="damaged")
    return Unavailable("The server cannot do that right now; try again.", retry_after=1000)


@dataclass(slots=True)
class RoomRecord:
    """One row of the room list: everything about a room but its log. Times are milliseconds since 1970.

    Attributes:
        id: as created; looked up case-insensitively.
        kind: the name of its kind, such as `chat`.
        owner: the account that created it; `""` for the server.
        created_at: when it was created.
        title, visibility, signed, options: its settings (protocol §3 "Rooms").
        request_id: the request of its owner that created it, where that was no room id.
        closed: whether it was closed for good.
        members: how many accounts belong to the room.
        epoch: random, drawn at creation and at every restore.
        fence: lease number; only its holder may append.
        head, hash: seq and hash of the last entry (32 bytes; 0 and zero bytes before the first).
        floor, floor_hash: first seq still stored and hash(floor-1), after retention; 1 and zero bytes before.
        updated_at: when the last entry was stored.
        game: what lists show of the game played in it (Hall.lobby); None where none is.
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
    format: int = 1
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
        }
        return described if self.game is None else described | {"game": self.game}

    @property
    def open(self) -> bool:
        """Whether somebody who joins now may play: a seat is free in a game that takes players."""
        return self.game is not None and self.game["open"] is True

    def copy(self) -> RoomRecord:
        """Return a record whose changes leave this one as it is."""
        return replace(self, options=dict(self.options))


@dataclass(slots=True)
class Saved:
    """What is read when a room is opened: the record and the newest snapshot (None: fold from `floor`)."""

    record: RoomRecord
    snapshot: Snapshot | None


@dataclass(slots=True)
class Listing:
    """The columns of a record that its own entries may change; stored in one transaction with those entries.

    Attributes:
        title, visibility, options, closed, members, game: as in RoomRecord.
        format: raises the record's format; a lower one leaves it as it is.
    """

    title: str
    visibility: str
    options: dict[str, Any]
    closed: bool
    members: int
    game: dict[str, Any] | None = None
    format: int = 1


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


@dataclass(frozen=True, slots=True)
class Unread:
    """How far an account has read a room (0: nothing), and how many messages after that mention it (MOST_MENTIONS)."""

    read: int
    mentions: int


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which rooms a list shows.

    Attributes:
        viewer: who may join them: public rooms, and private ones this account belongs to; None for a guest.
        kind: only rooms of this kind.
        query: only rooms whose id or title holds all these words.
        open: only rooms where somebody who joins now may play.
        mine: only rooms the viewer belongs to.
        everything: closed and private rooms too, for operators.
        now: ms since 1970; bans that ended before hold no more.
        joins_private: whether the viewer's server role lets it join private rooms without a role there.
    """

    viewer: Account | None = None
    kind: str | None = None
    query: str | None = None
    open: bool = False
    mine: bool = False
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


# ── the protocol ─────────────────────────────────────────────────────────────────────────────────────────────────


Done = Callable[[Sequence[StoreError | None]], None]
"""Gets what came of several appends: None where one is durable, else why it is not known to be."""


class Store(Protocol):
    """Keeps rooms and their logs. Ids compare case-insensitively. Every method may raise StoreError."""

    async def create(self, record: RoomRecord, entries: Sequence[Entry], *, most_owned: int | None = None) -> None:
        """Insert a room with its first entries (seq 1 …); `record.head` and `record.hash` are those of the last one.

        Args:
            most_owned: open rooms its owner may have, this one among them, whatever else is created meanwhile.

        Raises:
            RoomExists: the id is taken, or `record.request_id` has made a room of this owner's.
            OwnsTooMany: the owner has `most_owned` open rooms.
        """

    async def requested(self, owner: Account, request_id: str) -> Saved | None:
        """Return the room that this request of its owner created, or None."""

    async def load(self, room: RoomId) -> Saved | None:
        """Return the record and the newest snapshot, or None."""

    async def existing(self, rooms: Sequence[RoomId]) -> set[RoomId]:
        """Return which of these lower-case ids exist."""

    async def bans(
        self, accounts: Collection[Account], rooms: Collection[RoomId], now: int
    ) -> dict[RoomId, dict[Account, int]]:
        """Return which of the accounts which of the rooms ban, as their logs say, and until when (ms)."""

    async def append(self, batch: Append) -> None:
        """Store a batch in one durable transaction, which other rooms may share.

        Raises:
            Fenced: epoch, fence or head differ; nothing of this room was stored.
            StoreError: nothing of this room is known to be stored.
        """

    def append_all(self, batches: Sequence[Append], done: Done) -> None:
        """Store batches of different rooms, in one durable transaction where that is possible.

        Args:
            done: gets for each batch None, or what `append` would raise; called on the loop, before this returns or
                later. One room's failure is not another's.
        """

    async def entries(self, room: RoomId, after: int, limit: int, before: int | None = None) -> list[Entry]:
        """Return entries with after < seq (< before), ascending: the first `limit`; with `before` the last ones."""

    async def pick(self, room: RoomId, seqs: Sequence[int]) -> dict[int, Entry]:
        """Return entries by number; absent ones are missing from the answer."""

    async def corrections(self, room: RoomId, refs: Sequence[int]) -> list[Entry]:
        """Return entries with a `ref` in `refs`, ascending: deletions, reactions, pins, and of edits the newest."""

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        """Return which (author, id) pairs the room has stored; kept for 7 days beyond retention too."""

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        """Return which `source` keys the room has stored, with their seqs."""

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        """Return the newest snapshot with `snapshot.seq < seq`."""

    async def rooms(
        self, wanted: RoomFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[RoomRecord], str | None]:
        """Return a page of rooms, newest activity first, and the cursor of the next page.

        Args:
            cursor: opaque, from the answer before; one that is not ours reads an empty page.
        """

    async def search(self, room: RoomId, query: str, limit: int, before: int | None = None) -> list[Entry]:
        """Return messages that contain all words of `query`, newest first; with `seq < before` where it is given."""

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        """Acquire or renew the room's lease and return the fence to append with.

        Raises:
            Fenced: another owner holds it, or there is no such room.
        """

    async def renew(self, rooms: Sequence[RoomId], owner: str, ttl_ms: int, now: int) -> set[RoomId]:
        """Prolong the leases this owner holds; return which of `rooms` it still holds."""

    async def release(self, room: RoomId, owner: str, now: int = 0) -> None:
        """Give the room's lease back; `now` (ms) is stored as the last sign of life."""

    async def touch_member(self, room: RoomId, account: Account, now: int) -> bool:
        """Make the account a member; return whether it was not one before, so that `record.members` grew."""

    async def forget_member(self, room: RoomId, account: Account) -> bool:
        """End the account's membership; return whether it was a member, so that `record.members` shrank."""

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        """Move the account's read position forward to `seq`, never back; return the position now."""

    async def position(self, room: RoomId, account: Account) -> int:
        """Return the account's read position, 0 if none."""

    async def unread(self, account: Account, rooms: Sequence[RoomId]) -> dict[RoomId, Unread]:
        """Return for each of these rooms how far the account has read it, and its mentions after that."""

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        """Return a page of members in alphabetical order, and the cursor of the next page."""

    async def invite(self, invitation: StoredInvitation) -> bytes | None:
        """Store an invitation; where its token is known, change nothing and return the earlier `request`."""

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        """Use an invitation once for this account; return False if unknown, used up, expired or for another account.

        Args:
            again: the answer where this account used it before: its join may have failed after that.
        """

    async def close(self) -> None:
        """Write what is queued and end the writer."""
