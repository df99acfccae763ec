"""Keeps the end of one room's log in memory: stored entries, and those the current batch adds."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from parlour.core.log.hash_chain import seal
from parlour.core.room import Account, Draft, Entry, Snapshot
from parlour.runtime.live_room.context import HostLimits
from parlour.runtime.live_room.seen_ids import SeenIds
from parlour.runtime.store import Append, KnownId, Listing, MemberRight, RoomRecord


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
        self, record: RoomRecord, limits: HostLimits, entries: Sequence[Entry], seen: SeenIds | None, now: int
    ) -> None:
        """Args: entries: those after the newest snapshot, up to the head; seen: ids before them, None if unknown."""
        self.record = record
        self.tail = Tail(limits.tail_entries, limits.tail_bytes)
        self.pending: list[Entry] = []
        self._pending_bytes = 0
        self.sourced: dict[str, int] = {}
        self._referenced: dict[int, Entry] = {}
        self.erased: list[int] = []
        self.drop_from: int | None = None
        self.at = entries[-1].at if entries else record.updated_at
        self._limits = limits
        self._ids: dict[tuple[Account, str], KnownId] = {}
        self._seen = seen
        self._has_all_ids = seen is not None and not seen
        self._entries_since = len(entries)
        self._bytes_since = sum(len(e.raw or b"") for e in entries)
        self._snapshot_at = now
        for entry in entries:
            self.tail.push(entry)
            self._remember(entry)
        self._trim_ids()

    @property
    def head(self) -> int:
        return self.record.head + len(self.pending)

    @property
    def hash(self) -> bytes:
        return self.pending[-1].hash if self.pending else self.record.hash

    # ── ids ───────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self, author: Account, id_: str) -> KnownId | None:
        return self._ids.get((author, id_))

    def must_ask(self, author: Account, id_: str) -> bool:
        """Return whether only the store can tell if this id was used before."""
        if self._has_all_ids or (author, id_) in self._ids:
            return False
        return self._seen is None or self._seen.may_hold(author, id_)

    def distrust_ids(self) -> None:
        """Ask the store about every id from now on, because it knew one that was taken for new."""
        self._seen, self._has_all_ids = None, False

    def snapshot(self, state: dict[str, Any], format: int) -> Snapshot:
        """Build the snapshot at the head: the room's state and the ids seen so far."""
        return Snapshot(self.head, state | ({"ids": self._seen.dump()} if self._seen is not None else {}), format)

    def _remember(self, entry: Entry) -> None:
        if entry.author:
            if self._seen is not None:
                self._seen.add(entry.author, entry.id)
            self._ids[entry.author, entry.id] = KnownId(
                entry.seq, entry.at, entry.hash, entry.type, entry.body_hash, entry.salt
            )

    def _trim_ids(self) -> None:
        """Forget the oldest ids. Called between batches only, because a batch relies on the ids it looked up."""
        while len(self._ids) > self._limits.known_ids:
            del self._ids[next(iter(self._ids))]
            self._has_all_ids = False

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
        entry = self.tail.get(seq) or self._referenced.get(seq)
        if entry is None and 0 < seq - self.record.head <= len(self.pending):
            entry = self.pending[seq - self.record.head - 1]
        return entry

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
        self._remember(entry)
        return entry

    def erase(self, seqs: Sequence[int]) -> None:
        """Erase bodies and salts of these entries and of their edits: in memory now, in the store with the batch."""
        self.erased += seqs
        erase([*self._referenced.values(), *self.pending], set(seqs))
        for entry in self.tail.erase(set(seqs)):
            if (known := self._ids.get((entry.author, entry.id))) is not None:
                self._ids[entry.author, entry.id] = replace(known, salt=None)

    def snapshot_due(self, now: int) -> bool:
        """Return whether the batch should store a snapshot: after much log or a reorganisation."""
        entries = self._entries_since + len(self.pending)
        if self.drop_from is not None or entries >= self._limits.snapshot_entries:
            return True
        if self._bytes_since + self._pending_bytes >= self._limits.snapshot_bytes:
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

    def appended(self, append: Append, now: int) -> None:
        """Note that the batch is durable."""
        record, pending = self.record, self.pending
        if pending:
            last = pending[-1]
            record.head, record.hash, record.updated_at = last.seq, last.hash, last.at
        self._entries_since += len(pending)
        self._bytes_since += self._pending_bytes
        if append.snapshot is not None:
            self._entries_since = self._bytes_since = 0
            self._snapshot_at = now
        if (listing := append.listing) is not None:
            record.title, record.visibility = listing.title, listing.visibility
            record.options, record.closed, record.game = listing.options, listing.closed, listing.game
            record.format = max(record.format, listing.format)
        self.pending, self._pending_bytes = [], 0
        if len(self._ids) > self._limits.known_ids:
            self._trim_ids()


class Tail:
    """The newest entries of a log, contiguous and ascending, bounded in entries and bytes."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def first(self) -> int | None:
        """Return the smallest seq held, or None where empty."""
        return self._entries[0].seq if self._entries else None

    def push(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += len(entry.raw or b"")
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._bytes -= len(self._entries.popleft().raw or b"")

    def extend_back(self, older: Sequence[Entry]) -> None:
        """Keep older entries too, as many as fit; `older` ends right before the first kept entry."""
        for entry in reversed(older):
            size = len(entry.raw or b"")
            if len(self._entries) >= self._max_entries or self._bytes + size > self._max_bytes:
                return
            self._entries.appendleft(entry)
            self._bytes += size

    def get(self, seq: int) -> Entry | None:
        first = self.first
        if first is None or not first <= seq < first + len(self._entries):
            return None
        return self._entries[seq - first]

    def since(self, seq: int) -> list[Entry]:
        """Return the kept entries from `seq` on."""
        first = self.first
        if first is None:
            return []
        return list(islice(self._entries, max(0, seq - first), None))

    def erase(self, seqs: Collection[int]) -> list[Entry]:
        """Remove bodies and salts as `erase` does; return the entries that lost theirs."""
        erased = erase(self._entries, seqs)
        self._bytes = sum(len(entry.raw or b"") for entry in self._entries)
        return erased


def erase(entries: Iterable[Entry], seqs: Collection[int]) -> list[Entry]:
    """Remove bodies and salts of the entries `seqs` and of the edits that refer to them; return those entries."""
    named = [e for e in entries if e.seq in seqs or (e.type == "chat.edit" and e.ref in seqs)]
    for entry in named:
        entry.body = entry.raw = entry.salt = None
    return named
