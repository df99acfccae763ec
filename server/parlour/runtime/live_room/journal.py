"""Keeps the end of one room's log in memory: stored entries, and those the current batch adds."""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

import orjson

from parlour.core.log.hash_chain import seal
from parlour.core.room import Account, Draft, Entry, RoomId, Seen, Snapshot
from parlour.core.rooms.chat import erase
from parlour.runtime.limits import MemoryBound
from parlour.runtime.live_room.context import HostLimits, RoomContext
from parlour.runtime.live_room.seen_ids import SeenIds
from parlour.runtime.store import Append, KnownId, Listing, MemberRight, RoomRecord

BYTES_PER_ENTRY = 128
"""Bytes of a large snapshot that one more entry of log is worth."""
LONGEST_FOLD = 10_000
"""Entries after a large snapshot: folding them takes a tenth of a second."""
UNSURE = KnownId(0, 0, b"", "", b"", None)
"""Stands for the post that used an id where only the store can tell whether one did."""


class Journal:
    """The end of a room's log. `record` is what is durable; `head`, `hash` and `at` include the current batch.

    Attributes:
        tail: the newest entries, the batch's among them.
        pending: the batch: numbered and hashed, not stored yet.
        sourced: source → seq of what the store knows of the batch's sources, and of the batch itself.
        erased: seqs that lose body and salt with this batch.
        drop_from: snapshots from this seq on go with this batch (a reorg).
    """

    def __init__(
        self, record: RoomRecord, context: RoomContext, entries: Sequence[Entry], seen: SeenIds | None, now: int
    ) -> None:
        """Args: entries: those after the newest snapshot, up to the head; seen: ids before them, None if unknown."""
        self.record = record
        self.tail = Tail(context.limits, context.tails)
        self.pending: list[Entry] = []
        self._pending_bytes = 0
        self.sourced: dict[str, int] = {}
        self._referenced: dict[int, Entry] = {}
        self.erased: list[int] = []
        self.drop_from: int | None = None
        self.at = entries[-1].at if entries else record.updated_at
        self._limits = context.limits
        self._seen = seen
        self.tail.lost_ids = seen is None or bool(seen)
        self._entries_since = len(entries)
        self._bytes_since = sum(len(e.raw or b"") for e in entries)
        self._snapshot_at = now
        for entry in entries:
            self.tail.push(entry)
            if seen is not None and entry.author:
                seen.add(entry.author, entry.id)
        self.tail.trim_ids()

    @property
    def head(self) -> int:
        return self.record.head + len(self.pending)

    @property
    def hash(self) -> bytes:
        return self.pending[-1].hash if self.pending else self.record.hash

    # ── ids ───────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self, author: Account, id_: str) -> KnownId | None:
        """Return the post that used this id, where memory holds it."""
        seq = self.tail.ids.get(hash((author, id_)))
        entry = None if seq is None else self._newest(seq)
        if entry is None or (entry.author, entry.id) != (author, id_):
            return None
        return KnownId(entry.seq, entry.at, entry.hash, entry.type, entry.body_hash, entry.salt)

    def recall(self, author: Account, id_: str) -> KnownId | None:
        """Return the post that used this id, None where it is new, or UNSURE where only the store can tell."""
        if hash((author, id_)) in self.tail.ids:
            return self.known(author, id_) or UNSURE
        if not self.tail.lost_ids:
            return None
        return UNSURE if self._seen is None or self._seen.may_hold(author, id_) else None

    def distrust_ids(self) -> None:
        """Ask the store about every id from now on, because it knew one that was taken for new."""
        self._seen, self.tail.lost_ids = None, True

    def snapshot(self, state: dict[str, Any], format: int) -> Snapshot:
        """Build the snapshot at the head: the room's state and the ids seen so far."""
        return Snapshot(self.head, state | ({"ids": self._seen.dump()} if self._seen is not None else {}), format)

    def _newest(self, seq: int) -> Entry | None:
        """Return an entry of the batch, or of the tail."""
        if seq > self.record.head:
            place = seq - self.record.head - 1
            return self.pending[place] if place < len(self.pending) else None
        return self.tail.get(seq)

    # ── the batch ─────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, sourced: dict[str, int], referenced: dict[int, Entry] | None = None) -> None:
        """Begin a batch.

        Args:
            sourced: which of its sources are stored.
            referenced: entries that its posts name, so that they stay at hand when the tail lets go of them.
        """
        self.pending, self.erased, self.drop_from, self.sourced = [], [], None, sourced
        self._pending_bytes = 0
        self._referenced = referenced or {}

    def find(self, seq: int) -> Entry | None:
        """Return an entry that a post of the batch refers to, as it is now, or None."""
        return self._newest(seq) or self._referenced.get(seq)

    def add(self, draft: Draft, raw: bytes, at: int, salt: bytes) -> Entry:
        """Number and hash a draft; `raw` is its canonical body, `salt` is used where the draft has none."""
        record, pending = self.record, self.pending
        before = pending[-1].hash if pending else record.hash
        entry = seal(draft, (record.id, record.epoch, record.head + len(pending) + 1, at, before), salt, raw)
        self.at = at
        pending.append(entry)
        self._pending_bytes += len(raw)
        self.tail.push(entry)
        if entry.source is not None:
            self.sourced[entry.source] = entry.seq
        if self._seen is not None and entry.author:
            self._seen.add(entry.author, entry.id)
        return entry

    def erase(self, seqs: Sequence[int]) -> None:
        """Erase bodies and salts of these entries and of their edits: in memory now, in the store with the batch."""
        self.erased += seqs
        erase([*self._referenced.values(), *self.pending], set(seqs))
        self.tail.erase(set(seqs))

    def snapshot_due(self, now: int, size: int) -> bool:
        """Return whether the batch should store a snapshot: after much log or a reorganisation.

        Args:
            size: of the snapshot, where it may be large: then it waits for as many bytes of log, or for an entry for
                each `BYTES_PER_ENTRY` of it.
        """
        entries = self._entries_since + len(self.pending)
        if self.drop_from is not None or entries >= max(
            self._limits.snapshot_entries, min(size // BYTES_PER_ENTRY, LONGEST_FOLD)
        ):
            return True
        if self._bytes_since + self._pending_bytes >= max(self._limits.snapshot_bytes, size):
            return True
        return now - self._snapshot_at >= self._limits.snapshot_seconds * 1000

    def worth_a_snapshot(self, unfinished: bool) -> bool:
        """Return whether a snapshot now would make opening this room quicker.

        Args:
            unfinished: a match is on; then any entry is enough.
        """
        return self._entries_since >= (1 if unfinished else self._limits.join_default)

    def append(
        self,
        snapshot: Snapshot | None = None,
        listing: Listing | None = None,
        rights: Sequence[MemberRight] = (),
    ) -> Append:
        """Make the append that stores the batch by compare-and-set."""
        record = self.record
        return Append(
            record.id,
            record.epoch,
            record.fence,
            record.head,
            self.pending,
            snapshot,
            listing,
            self.erased,
            self.drop_from,
            rights,
        )

    def appended(self, append: Append) -> None:
        """Note that the batch is durable."""
        record, pending = self.record, self.pending
        if pending:
            last = pending[-1]
            record.head, record.hash, record.updated_at = last.seq, last.hash, last.at
        self._entries_since += len(pending)
        self._bytes_since += self._pending_bytes
        if append.snapshot is not None:
            self._entries_since = self._bytes_since = 0
            self._snapshot_at = self.at
        if (listing := append.listing) is not None:
            listing.change(record)
        self.pending, self._pending_bytes = [], 0
        if len(self.tail.ids) > self._limits.known_ids:
            self.tail.trim_ids()


class Tail:
    """The newest entries of a log, contiguous and ascending, as bytes: an entry as objects takes five times as much.

    It is bounded in entries and bytes, and with the tails of all rooms by `memory`.

    Attributes:
        ids: hash of author and id → seq of an entry that may have this id.
        lost_ids: whether it has forgotten some.
    """

    def __init__(self, limits: HostLimits, memory: MemoryBound) -> None:
        self._limits = limits
        self._memory = memory
        self._entries: deque[bytes] = deque()
        self._first = 0
        self._room: RoomId = ""
        self._bytes = 0
        self._edits: dict[int, int] = {}  # seq of an edit → seq of its message
        self.ids: dict[int, int] = {}
        self.lost_ids = False

    def __del__(self) -> None:
        """Give the memory back: a room is dropped in many ways, by failures too."""
        self._memory.ended(self, self._bytes)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def first(self) -> int | None:
        """Return the smallest seq held, or None where empty."""
        return self._first if self._entries else None

    def push(self, entry: Entry) -> None:
        packed = _pack(entry)
        if not self._entries:
            self._first, self._room = entry.seq, entry.room
        self._entries.append(packed)
        if entry.type == "chat.edit" and entry.ref is not None:
            self._edits[entry.seq] = entry.ref
        if entry.author:
            self.ids[hash((entry.author, entry.id))] = entry.seq
        grown = len(packed) + ENTRY_BYTES
        while len(self._entries) > self._limits.tail_entries or self._bytes + grown > self._limits.room_tail_bytes:
            grown -= len(self._entries.popleft()) + ENTRY_BYTES
            self._edits.pop(self._first, None)
            self._first += 1
        self._bytes += grown
        self._memory.grew(self, grown)

    def extend_back(self, older: Sequence[Entry]) -> None:
        """Keep older entries too, as many as fit; `older` ends right before the first kept entry."""
        for entry in reversed(older):
            packed = _pack(entry)
            size = len(packed) + ENTRY_BYTES
            full = len(self._entries) >= self._limits.tail_entries
            if full or self._bytes + size > self._limits.room_tail_bytes:
                return
            self._entries.appendleft(packed)
            self._first, self._room = entry.seq, entry.room
            if entry.type == "chat.edit" and entry.ref is not None:
                self._edits[entry.seq] = entry.ref
            self._grow(size)

    def get(self, seq: int) -> Entry | None:
        if not self._first <= seq < self._first + len(self._entries):
            return None
        return _unpack(self._room, seq, self._entries[seq - self._first])

    def since(self, seq: int) -> list[Entry]:
        """Return the kept entries from `seq` on."""
        start = max(0, seq - self._first)
        kept = islice(self._entries, start, None)
        return [_unpack(self._room, at, packed) for at, packed in enumerate(kept, self._first + start)]

    def erase(self, seqs: Collection[int]) -> None:
        """Remove bodies and salts of the entries `seqs` and of the edits that refer to them."""
        for seq in {*seqs, *(edit for edit, of in self._edits.items() if of in seqs)}:
            entry = self.get(seq)
            if entry is not None:
                entry.body = entry.raw = entry.salt = None
                packed = _pack(entry)
                self._grow(len(packed) - len(self._entries[seq - self._first]))
                self._entries[seq - self._first] = packed

    # ── ids ───────────────────────────────────────────────────────────────────────────────────────────────────

    def trim_ids(self) -> None:
        """Forget the oldest ids beyond the bound."""
        while len(self.ids) > self._limits.known_ids:
            del self.ids[next(iter(self.ids))]
            self.lost_ids = True

    def let_go(self) -> None:
        """Forget everything, because the tails of all rooms together are too large."""
        self.lost_ids = self.lost_ids or bool(self.ids)
        self._entries.clear()
        self._edits.clear()
        self.ids.clear()
        self._grow(-self._bytes)

    def _grow(self, size: int) -> None:
        self._bytes += size
        self._memory.grew(self, size)


ENTRY_BYTES = 33 + 8 + 115
"""What an entry of a tail takes beside its own bytes: the header of a `bytes`, its place, and its id in the dict."""


def _pack(entry: Entry) -> bytes:
    """Return everything of an entry but room and seq. `marshal` is the fastest there is; nothing of it is stored."""
    seen = None if entry.seen is None else (entry.seen.seq, entry.seen.hash)
    return marshal.dumps(
        (
            entry.epoch, entry.id, entry.type, entry.author, entry.at, type(entry.body) is bytes, entry.raw,
            entry.body_hash, entry.hash, entry.salt, entry.sig, entry.source, entry.ref, seen,
        )
    )  # fmt: skip


def _unpack(room: RoomId, seq: int, packed: bytes) -> Entry:
    epoch, id_, type_, author, at, binary, raw, body_hash, hash_, salt, sig, source, ref, seen = marshal.loads(packed)
    body = raw if binary or raw is None else orjson.loads(raw)
    return Entry(
        room, epoch, seq, id_, type_, author, at, body, raw, body_hash, hash_, salt, sig, source, ref,
        None if seen is None else Seen(*seen),
    )  # fmt: skip
