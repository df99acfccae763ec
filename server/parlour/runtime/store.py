"""What the runtime needs from a database: the errors and the `Store` protocol. The records are in store_records.py.

**The log is the lock.** `append` is a compare-and-set on (epoch, fence, head): a second writer gets `Fenced`, none of
its rows are stored, and it closes its host. Nothing is acknowledged before `append` returned. `MemoryStore` beside this
file and `adapters/sql/rooms.py` implement it; `tests/contract/` holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.errors import Internal, OperatorError, ParlourError, Unavailable
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.store_records import (
    EDIT,
    FOREVER,
    MESSAGE,
    MOST_MENTIONS,
    MOST_SEQ,
    MOST_UNREAD,
    Append,
    Found,
    KnownId,
    Listing,
    MemberRight,
    RoomFilter,
    RoomRecord,
    Saved,
    StoredInvitation,
    TextHit,
    TextQuery,
    Thread,
    Unread,
)

__all__ = [
    "EDIT",
    "FOREVER",
    "MESSAGE",
    "MOST_MENTIONS",
    "MOST_SEQ",
    "MOST_UNREAD",
    "Append",
    "Damaged",
    "Fenced",
    "Found",
    "KnownId",
    "Listing",
    "MemberRight",
    "OwnsTooMany",
    "Repeated",
    "RoomExists",
    "RoomFilter",
    "RoomRecord",
    "Saved",
    "Store",
    "StoreError",
    "StoredInvitation",
    "TextHit",
    "TextQuery",
    "Thread",
    "Unread",
    "refusal_of",
]
"""The errors and the protocol, and the records of `store_records.py` that they speak of."""


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


def refusal_of(error: StoreError) -> ParlourError:
    """Return the error for a client whose request met a failed store; a retry helps unless the log is damaged."""
    if isinstance(error, Damaged):
        return Internal("This room's log is damaged; the server's operator has to restore it.", reason="damaged")
    return Unavailable("The server cannot do that right now; try again.", retry_after=1000)


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

    async def floor(self, room: RoomId) -> tuple[int, bytes] | None:
        """Return the lowest seq that is kept of the log, and the hash before it; None for no such room.

        Retention raises it beside a live room, whose own record of it stays as it was.
        """

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
        """Return entries with a `ref` in `refs`, ascending: deletions, reactions, pins, and of edits the newest.

        Replies in threads are left out.
        """

    async def edits(self, room: RoomId, of: int, limit: int) -> list[Entry]:
        """Return the edits of a message, ascending: the newest `limit` of them."""

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        """Return which (author, id) pairs the room has stored; kept for 7 days beyond retention too."""

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        """Return which `source` keys the room has stored, with their seqs."""

    async def remembered(self, kind: str, accounts: Collection[Account]) -> dict[Account, dict[str, Any]]:
        """Return what matches of a kind left last of accounts (`game.ended`), once final and not undone since."""

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        """Return the newest snapshot with `snapshot.seq < seq`."""

    async def rooms(
        self, wanted: RoomFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[RoomRecord], str | None]:
        """Return a page of rooms, newest activity first, and the cursor of the next page.

        Args:
            cursor: opaque, from the answer before; one that is not ours reads an empty page.
        """

    async def find(self, rooms: Sequence[RoomId], wanted: TextQuery) -> dict[RoomId, Found]:
        """Search the newest texts of messages in these rooms, each up to `wanted.limit`, newest first.

        Documents are found by the text that was stored of them last.
        """

    async def keep_document_text(self, room: RoomId, upto: int, text: str) -> None:
        """Store a document's text as of entry `upto`, in place of an older one; for search alone."""

    async def document_texts(self, rooms: Sequence[RoomId]) -> dict[RoomId, str]:
        """Return the texts that were stored of these documents."""

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        """Acquire or renew the room's lease and return the fence to append with.

        Raises:
            Fenced: another owner holds it, or there is no such room.
        """

    async def renew(self, rooms: Sequence[RoomId], owner: str, ttl_ms: int, now: int) -> set[RoomId]:
        """Prolong the leases this owner holds; return which of `rooms` it still holds."""

    async def release(self, room: RoomId, owner: str, now: int = 0) -> None:
        """Give the room's lease back; `now` (ms) is stored as the last sign of life."""

    async def holders(self, rooms: Sequence[RoomId], now: int) -> dict[RoomId, str]:
        """Return who holds the leases of these lower-case ids at `now`; those that nobody holds are missing."""

    async def touch_member(self, room: RoomId, account: Account, now: int) -> bool:
        """Make the account a member; return whether it was not one before, so that `record.members` grew."""

    async def forget_member(self, room: RoomId, account: Account) -> bool:
        """End the account's membership; return whether it was a member, so that `record.members` shrank."""

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        """Move the account's read position forward to `seq`, never back; return the position now."""

    async def position(self, room: RoomId, account: Account) -> int:
        """Return the account's read position, 0 if none."""

    async def read_thread(self, room: RoomId, account: Account, root: int, seq: int) -> None:
        """Move forward how far the account has read a thread that it follows; others are left as they are."""

    async def unread(self, account: Account, rooms: Sequence[RoomId]) -> dict[RoomId, Unread]:
        """Return what the account has not read of each of these rooms: a bounded number of queries."""

    async def number(self, room: RoomId) -> None:
        """Give the messages of an old log their numbers now, if they have none yet."""

    async def number_all(self) -> None:
        """Give the messages of every old log their numbers, one log after the other."""

    async def threads(self, room: RoomId, roots: Sequence[int]) -> dict[int, Thread]:
        """Return what there is of the threads of these messages; messages without replies are missing."""

    async def replies(self, room: RoomId, root: int, limit: int, *, after: int = 0, before: int = 2**53) -> list[Entry]:
        """Return the replies in a thread, ascending: the first `limit` after `after`, or else the last ones."""

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        """Return a page of members in alphabetical order, and the cursor of the next page."""

    async def invite(self, invitation: StoredInvitation, notice: NoticeRecord | None = None) -> bytes | None:
        """Store an invitation, and the notice of it; where its token is known, change nothing and return the earlier
        `request`."""

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        """Use an invitation once for this account; return False if unknown, used up, expired or for another account.

        Args:
            again: the answer where this account used it before: its join may have failed after that.
        """

    async def close(self) -> None:
        """Write what is queued and end the writer."""
