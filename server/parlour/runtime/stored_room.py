"""One room in memory, as `MemoryStore` keeps it: its row, its log and what is stored beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from parlour.core.room import Account, Entry, Snapshot, dead_seqs
from parlour.core.rooms.chat import erase
from parlour.core.rooms.normal_form import search_form
from parlour.core.rooms.reserved import OWN_KINDS
from parlour.core.rooms.talk import Said
from parlour.runtime.store import (
    EDIT,
    MOST_MENTIONS,
    Append,
    Fenced,
    Found,
    MemberRight,
    Repeated,
    RoomFilter,
    RoomRecord,
    StoredInvitation,
    TextHit,
    TextQuery,
    Thread,
    Unread,
)


@dataclass(slots=True)
class UsedInvitation:
    """An invitation and how much of it was used."""

    invitation: StoredInvitation
    left: int
    redeemed: set[Account] = field(default_factory=set)


@dataclass(slots=True)
class StoredText:
    """A document's text as of an entry, and the edit before that which is shown for it; None where there is none."""

    upto: int
    edit: Entry | None
    text: str


@dataclass(slots=True)
class StoredRoom:
    """One room.

    Attributes:
        record: its row.
        entries: seq → entry, ascending.
        ids: (author, id) → seq.
        sources: source → seq.
        words: seq of a message → its newest text in normal form, which search reads.
        document: the text of a document, which search reads too.
        snapshots: seq → format and JSON.
        joined: member → when it joined (ms).
        reads: account → read position.
        invites: hash of a token → its invitation.
        said: messages that stand.
        mentions: (account, seq of the message that names it).
        followed: (root, account) → how far that thread was read.
        settled: up to which seq nothing rests on a block that may be undone.
    """

    record: RoomRecord
    entries: dict[int, Entry] = field(default_factory=dict)
    ids: dict[tuple[Account, str], int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    document: StoredText | None = None
    snapshots: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    joined: dict[Account, int] = field(default_factory=dict)
    reads: dict[Account, int] = field(default_factory=dict)
    rights: dict[Account, MemberRight] = field(default_factory=dict)
    invites: dict[bytes, UsedInvitation] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    mentions: list[tuple[Account, int]] = field(default_factory=list)
    followed: dict[tuple[int, Account], int] = field(default_factory=dict)
    settled: int = 0

    def append(self, batch: Append) -> None:
        """Store a batch; raises Fenced or Repeated, and then nothing is stored."""
        record, listing = self.record, batch.listing
        if (record.epoch, record.fence, record.head) != (batch.epoch, batch.fence, batch.after):
            raise Fenced(f"Another writer appended to {batch.room}.")
        self._check_new(batch.entries)
        for item in batch.entries:
            self.put(item)
        self.stand(batch)
        if batch.entries:
            last = batch.entries[-1]
            record.head, record.hash, record.updated_at = last.seq, last.hash, last.at
        if listing is not None:
            listing.change(record)
            record.members = listing.members
        if batch.settled:
            self.settled = record.head
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

    def final_ends(self) -> list[Entry]:
        """Return the ends of matches that stand and that no reorganisation is expected to undo."""
        ends, dead = [e for e in self.entries.values() if e.type == "game.ended"], dead_seqs(self.entries.values())
        return [
            end
            for end in ends
            if isinstance(end.body, dict) and end.seq not in dead
            if end.seq <= self.settled or not end.body.get("provisional")
        ]

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

    def find(self, wanted: TextQuery) -> Found:
        """Return the messages whose newest text holds all words, and the document where its text does."""
        texts = [(self.entries[seq], text) for seq, text in self.words.items()]
        if self.document is not None and self.document.edit is not None:
            texts.append((self.document.edit, search_form(self.document.text)))
        texts.sort(key=lambda each: -each[0].seq)
        hits = [
            TextHit(entry.seq, entry.at)
            for entry, text in texts
            if wanted.type in (None, entry.type)
            if wanted.after < entry.seq < wanted.before and wanted.since <= entry.at <= wanted.until
            if wanted.author in (None, entry.author) and all(word in text for word in wanted.words)
        ]
        return Found(hits[: wanted.limit], hits[wanted.limit - 1].seq if len(hits) > wanted.limit else 0)

    def keep_text(self, upto: int, text: str) -> None:
        """Store the document's text as of an entry, unless a newer one is here."""
        if self.document is None or self.document.upto < upto:
            edits = [entry for entry in self.entries.values() if entry.type == EDIT and entry.seq <= upto]
            self.document = StoredText(upto, edits[-1] if edits else None, text)

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

    def stand(self, batch: Append) -> None:
        """Note what stands by a batch, and whom it mentions."""
        self.said += batch.stands()
        self.mentions += batch.tells()
        for each in batch.stands():
            for account in each.follows:
                self.followed.setdefault((each.root or 0, account), 0)

    def unread(self, account: Account) -> Unread:
        """Return what the account has not read, counted one by one."""
        read, standing = self.reads.get(account, 0), self._standing()
        main = [each for each in standing if each.root is None]
        unread = [each for each in main if each.seq > read and each.author != account]
        named = [seq for who, seq in self.mentions if who == account and seq > read and not self._gone(seq)]
        threads = {
            each.root
            for each in standing
            if each.root is not None
            and each.author != account
            and each.seq > max(read, self.followed.get((each.root, account), 2**53))
        }
        last = self.entries[main[-1].of] if main else None
        edits = [e for e in self.entries.values() if last and e.type == "chat.edit" and e.ref == last.seq]
        shown = (replace(last) if last else None, replace(edits[-1]) if edits else None)
        return Unread(read, len(named[:MOST_MENTIONS]), len(unread), len(threads), *shown)

    def threads(self, roots: Sequence[int]) -> dict[int, Thread]:
        """Return what there is of these threads, counted one by one."""
        found = {}
        for root in roots:
            replies = [each for each in self._standing() if each.root == root]
            if replies:
                last = replies[-1]
                by = tuple(dict.fromkeys(each.author for each in reversed(replies)))[:5]
                found[root] = Thread(len(replies), last.seq, last.at, last.author, by)
        return found

    def _gone(self, seq: int) -> bool:
        """Return whether the message that stands from this entry on was erased."""
        entry = self.entries[seq]
        return entry.erased or (entry.type == "chat.released" and self.entries[entry.ref or 0].erased)

    def _standing(self) -> list[Said]:
        return [each for each in self.said if not self.entries[each.of].erased]

    def newest_snapshot(self, before: int) -> Snapshot | None:
        """Return the newest snapshot with `seq < before`."""
        seq = max((s for s in self.snapshots if s < before), default=None)
        if seq is None:
            return None
        format_, state = self.snapshots[seq]
        return Snapshot(seq, orjson.loads(state), format_)

    def counts_for(self, owner: Account) -> bool:
        """Return whether the room is one of the open rooms that an account owns."""
        return self.record.owner == owner and not self.record.closed and self.record.kind not in OWN_KINDS

    def matches(self, wanted: RoomFilter) -> bool:
        """Return whether a list shows the room."""
        record, reserved = self.record, self.record.reserved
        if reserved is not None and wanted.everything and reserved.sealed:
            return False
        if reserved is not None and not (wanted.everything or wanted.kind or (wanted.mine and not reserved.own_kind)):
            return False
        listed = not record.closed and self._joinable(wanted)
        label = search_form(f"{record.id} {record.title}")
        return (
            (listed or wanted.everything)
            and wanted.kind in (None, record.kind)
            and (record.open or not wanted.open)
            and (record.featured or not wanted.featured)
            and all(word in label for word in search_form(wanted.query or "").split())
        )
