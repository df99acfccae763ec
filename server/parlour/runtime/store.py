"""What the runtime asks of a database. Families by prefix: store_memory.py here, store_sql.py in adapters/.

**The log is the lock.** `append` is a compare-and-set on (epoch, fence, head): a second writer gets `Fenced`, none of
its rows, and closes its host. Nothing is acknowledged before `append` returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from parlour.core.log.hash_chain import ZERO_HASH
from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.errors import OperatorError


class StoreError(OperatorError):
    """The store could not do it now (disk full, locked, connection lost); nothing of the call was stored."""


class Fenced(StoreError):
    """Compare-and-set failed: another writer owns the room, or it was restored to a new epoch."""


class Repeated(StoreError):
    """An (author, id) or a source of the append is in the log already; nothing of the room was stored.

    Only a host that did not ask `known` and `sourced` first can meet it.
    """


class RoomExists(StoreError):
    """`create` of an id that is taken (ids compare case-insensitively), or by a request that made a room before."""


class OwnsTooMany(StoreError):
    """`create` for an owner who has as many open rooms as may be."""


@dataclass(slots=True)
class RoomRecord:
    """One row of the room list; everything but the log.

    Attributes:
        id: as created; looked up case-insensitively.
        epoch: random, drawn at creation and at every restore.
        fence: lease number; only its holder may append.
        head, hash: seq and hash of the last entry (hash is 32 bytes, zero at 0).
        floor, floor_hash: first seq still stored and hash(floor-1), after retention; 1 and zero bytes before.
        members: how many accounts belong to the room.
        format: the lowest format that its log needs (core/log/formats.py); it never falls.
        request_id: the request of its owner that created it, where that was no room id.
        game: what lists show of the game played in it (Hall.lobby); None where none is.
        lease_owner, lease_until: who holds the room and until when (ms); without an owner, when it was given back.
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
        """The room object of acks and lists (protocol §3 "Rooms")."""
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
        return replace(self, options=dict(self.options))


@dataclass(slots=True)
class Saved:
    """What opening a room reads at once: the record and the newest snapshot (None: fold from `floor`)."""

    record: RoomRecord
    snapshot: Snapshot | None


@dataclass(slots=True)
class Listing:
    """The record's columns that a room's own entries may change; written in the same transaction as those entries.

    Attributes:
        game: what lists show of the game played in it (Hall.lobby); None where none is.
        format: raises the record's format; a lower one leaves it as it is.
    """

    title: str
    visibility: str
    options: dict[str, Any]
    closed: bool
    members: int
    game: dict[str, Any] | None = None
    format: int = 1


@dataclass(slots=True)
class KnownId:
    """A post already in the log: what a resend is answered with. `body_hash`/`salt` decide same content or conflict.

    `raw` is None where the body was erased or retained away; then `(type, sha256 of salt+raw)` still decides when the
    salt is known, else the resend is answered as a duplicate.
    """

    seq: int
    at: int
    hash: bytes
    type: str
    body_hash: bytes
    salt: bytes | None


class Store(Protocol):
    """Rooms and their logs. Every method may raise StoreError."""

    async def create(self, record: RoomRecord, entries: Sequence[Entry], *, most_owned: int | None = None) -> None:
        """Insert a room with its first entries (seq 1 …); `record.head/hash` are already those of the last one.

        Args:
            most_owned: open rooms its owner may have, this one among them, whatever else is created meanwhile.

        Raises:
            RoomExists: the id is taken, or `record.request_id` has made a room of this owner's. OwnsTooMany.
        """

    async def requested(self, owner: Account, request_id: str) -> Saved | None:
        """The room that this request of its owner made."""

    async def load(self, room: RoomId) -> Saved | None:
        """The record and newest snapshot, or None; the id is compared case-insensitively."""

    async def existing(self, rooms: Sequence[RoomId]) -> set[RoomId]:
        """Which of these lower-case ids are taken."""

    async def append(
        self,
        room: RoomId,
        epoch: str,
        fence: int,
        after: int,
        entries: Sequence[Entry],
        snapshot: Snapshot | None = None,
        *,
        listing: Listing | None = None,
        erase: Sequence[int] = (),
        drop_snapshots_from: int | None = None,
    ) -> None:
        """Append `entries` (after+1 …) in one durable transaction, shared with other rooms by group commit.

        Args:
            snapshot: stored in the same transaction.
            listing: new list columns, if they changed.
            erase: seqs that lose body and salt, and so do the `chat.edit` entries whose `ref` is one of them.
            drop_snapshots_from: delete snapshots with seq ≥ this first (a reorg).

        Raises:
            Fenced: epoch, fence or head differ; none of this room's rows were stored, other rooms' were.
            StoreError: nothing of this room was stored.
        """

    async def entries(self, room: RoomId, after: int, limit: int, before: int | None = None) -> list[Entry]:
        """Ascending entries with after < seq (< before); with `before` the latest `limit` of them, still ascending."""

    async def pick(self, room: RoomId, seqs: Sequence[int]) -> dict[int, Entry]:
        """Entries by number; absent ones are missing from the answer."""

    async def corrections(self, room: RoomId, refs: Sequence[int]) -> list[Entry]:
        """Entries whose `ref` is one of `refs`, ascending: of each its newest edit, deletions, reactions and pins."""

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        """Which (author, id) pairs the room has seen, also beyond retention (7 days at least)."""

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        """Which `source` keys the room has stored: source → seq."""

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        """The newest snapshot with `snapshot.seq < seq`."""

    async def rooms(
        self,
        *,
        viewer: Account | None,
        kind: str | None = None,
        query: str | None = None,
        open: bool = False,
        mine: bool = False,
        cursor: str | None = None,
        limit: int = 50,
        everything: bool = False,
    ) -> tuple[list[RoomRecord], str | None]:
        """Open rooms the viewer may list (public ones, and private ones they belong to), newest activity first.

        `open` keeps those a player may join now; `cursor` is opaque and comes from the previous answer; `everything` is
        for operators.
        """

    async def search(self, room: RoomId, query: str, limit: int) -> list[Entry]:
        """Messages containing all words of `query`, newest first."""

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        """Take or renew the room's lease: the fence to append with; raises Fenced while another owner holds it."""

    async def renew(self, rooms: Sequence[RoomId], owner: str, ttl_ms: int, now: int) -> set[RoomId]:
        """Prolong the leases this owner holds; answers which of `rooms` it still holds."""

    async def release(self, room: RoomId, owner: str, now: int = 0) -> None:
        """Give the room's lease back; `now` (ms) stays on record as the last sign of life."""

    async def touch_member(self, room: RoomId, account: Account, now: int) -> bool:
        """Remember that the account belongs to the room's people; True where it did not, and `record.members` grew."""

    async def forget_member(self, room: RoomId, account: Account) -> bool:
        """The account no longer belongs; True where it did, and `record.members` shrank."""

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        """Move the account's read position forward to `seq`; returns the position now (never moves back)."""

    async def position(self, room: RoomId, account: Account) -> int:
        """The account's read position, 0 if none."""

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]: ...

    async def invite(
        self,
        token_hash: bytes,
        room: RoomId,
        account: Account | None,
        uses: int,
        until: int,
        asked: bytes | None = None,
    ) -> bytes | None:
        """Keep an invitation; where the token is known already nothing changes, and the answer is its `asked`."""

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        """Use an invitation once for this account; False if unknown, spent, expired or somebody else's.

        Args:
            again: the answer where this account used it before: its join may have failed after that.
        """

    async def close(self) -> None:
        """Flush what is queued and end the writer."""
