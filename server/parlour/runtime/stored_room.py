"""One room in memory, as `MemoryStore` keeps it: its row, its log and what is stored beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from parlour.core.room import Account, Entry, Snapshot
from parlour.core.rooms.chat import erase, mentioned
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.store import (
    MOST_MENTIONS,
    Append,
    Fenced,
    MemberRight,
    Repeated,
    RoomFilter,
    RoomRecord,
    StoredInvitation,
    Unread,
)


@dataclass(slots=True)
class UsedInvitation:
    """An invitation and how much of it was used."""

    invitation: StoredInvitation
    left: int
    redeemed: set[Account] = field(default_factory=set)


@dataclass(slots=True)
class StoredRoom:
    """One room.

    Attributes:
        record: its row.
        entries: seq → entry, ascending.
        ids: (author, id) → seq.
        sources: source → seq.
        words: seq of a message → its newest text in normal form, which search reads.
        snapshots: seq → format and JSON.
        joined: member → when it joined (ms).
        reads: account → read position.
        invites: hash of a token → its invitation.
    """

    record: RoomRecord
    entries: dict[int, Entry] = field(default_factory=dict)
    ids: dict[tuple[Account, str], int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    snapshots: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    joined: dict[Account, int] = field(default_factory=dict)
    reads: dict[Account, int] = field(default_factory=dict)
    rights: dict[Account, MemberRight] = field(default_factory=dict)
    invites: dict[bytes, UsedInvitation] = field(default_factory=dict)

    def append(self, batch: Append) -> None:
        """Store a batch; raises Fenced or Repeated, and then nothing is stored."""
        record, listing = self.record, batch.listing
        if (record.epoch, record.fence, record.head) != (batch.epoch, batch.fence, batch.after):
            raise Fenced(f"Another writer appended to {batch.room}.")
        self._check_new(batch.entries)
        for item in batch.entries:
            self.put(item)
        if batch.entries:
            last = batch.entries[-1]
            record.head, record.hash, record.updated_at = last.seq, last.hash, last.at
        if listing is not None:
            record.title, record.visibility = listing.title, listing.visibility
            record.options, record.closed, record.members = dict(listing.options), listing.closed, listing.members
            record.game, record.format = listing.game, max(record.format, listing.format)
        self.rights.update((right.account, right) for right in batch.rights)
        if batch.erase:
            self._erase(batch.erase)
        if batch.drop_snapshots_from is not None:
            start = max(batch.drop_snapshots_from, self.record.floor)
            self.snapshots = {seq: kept for seq, kept in self.snapshots.items() if seq < start}
        if (taken := batch.snapshot) is not None:
            self.snapshots[taken.seq] = taken.format, orjson.dumps(taken.state)

    def _check_new(self, entries: Sequence[Entry]) -> None:
        ids: set[tuple[Account, str]] = set()
        sources: set[str] = set()
        for item in entries:
            pair = (item.author, item.id)
            if pair in self.ids or pair in ids:
                raise Repeated(f"The id {item.id} is in the log already.")
            ids.add(pair)
            if item.source is not None:
                if item.source in self.sources or item.source in sources:
                    raise Repeated(f"The source {item.source} is in the log already.")
                sources.add(item.source)

    def _joinable(self, wanted: RoomFilter) -> bool:
        """Return whether the viewer may join the room, and it is public or theirs."""
        viewer, public = wanted.viewer, self.record.visibility == "public"
        if viewer is None:
            return public and not wanted.mine
        right = self.rights.get(viewer)
        if right is not None and right.banned_until > wanted.now:
            return False
        owns = viewer == self.record.owner
        admitted = public or owns or wanted.joins_private or (right is not None and right.role is not None)
        return admitted and (owns or viewer in self.joined or (public and not wanted.mine))

    def put(self, item: Entry) -> None:
        """Store one entry."""
        self.entries[item.seq] = replace(item)
        self.ids[item.author, item.id] = item.seq
        if item.source is not None:
            self.sources[item.source] = item.seq
        text = item.body.get("text") if isinstance(item.body, dict) else None
        if not isinstance(text, str):
            return
        if item.type == "chat.message":
            self.words[item.seq] = search_form(text)
        elif item.type == "chat.edit" and item.ref in self.words:
            self.words[item.ref] = search_form(text)

    def _erase(self, seqs: Sequence[int]) -> None:
        erase(self.entries.values(), seqs)
        for seq in seqs:
            self.words.pop(seq, None)

    def unread(self, account: Account) -> Unread:
        """Return how far the account has read, and how many messages after that mention it."""
        read = self.reads.get(account, 0)
        named = [e for e in self.entries.values() if e.seq > read and account in mentioned(e)]
        return Unread(read, len(named[:MOST_MENTIONS]))

    def newest_snapshot(self, before: int) -> Snapshot | None:
        """Return the newest snapshot with `seq < before`."""
        seq = max((s for s in self.snapshots if s < before), default=None)
        if seq is None:
            return None
        format_, state = self.snapshots[seq]
        return Snapshot(seq, orjson.loads(state), format_)

    def matches(self, wanted: RoomFilter) -> bool:
        """Return whether a list shows the room."""
        record = self.record
        listed = not record.closed and self._joinable(wanted)
        label = search_form(f"{record.id} {record.title}")
        return (
            (listed or wanted.everything)
            and wanted.kind in (None, record.kind)
            and (record.open or not wanted.open)
            and all(word in label for word in search_form(wanted.query or "").split())
        )
