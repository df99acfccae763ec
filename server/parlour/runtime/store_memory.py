"""The Store in memory: the same promises but durability. Tests inject its faults; nothing else differs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.lease import Lease
from parlour.runtime.store import (
    Fenced,
    KnownId,
    Listing,
    OwnsTooMany,
    Repeated,
    RoomExists,
    RoomRecord,
    Saved,
    StoreError,
)


@dataclass(slots=True)
class _Invite:
    account: Account | None
    uses: int
    until: int
    asked: bytes | None = None
    redeemed: set[Account] = field(default_factory=set)


@dataclass(slots=True)
class _Stored:
    """One room: its record, its log and everything beside it."""

    record: RoomRecord
    entries: dict[int, Entry] = field(default_factory=dict)
    ids: dict[tuple[Account, str], int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    snapshots: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    joined: dict[Account, int] = field(default_factory=dict)
    reads: dict[Account, int] = field(default_factory=dict)
    invites: dict[bytes, _Invite] = field(default_factory=dict)

    def put(self, item: Entry) -> None:
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

    def erase(self, seqs: Sequence[int]) -> None:
        for item in self.entries.values():
            if item.seq in seqs or (item.type == "chat.edit" and item.ref in seqs):
                item.body = item.raw = item.salt = None
                self.words.pop(item.seq, None)

    def newest_snapshot(self, before: int) -> Snapshot | None:
        seq = max((s for s in self.snapshots if s < before), default=None)
        if seq is None:
            return None
        format_, state = self.snapshots[seq]
        return Snapshot(seq, orjson.loads(state), format_)

    def belongs(self, account: Account | None) -> bool:
        return account is not None and (account == self.record.owner or account in self.joined)


class MemoryStore:
    """Implements `runtime.store.Store`.

    Attributes:
        failing: how many of the next writes raise StoreError before anything is stored.
        failing_after: how many of the next appends are stored and raise StoreError all the same, as a connection that
            is lost during COMMIT does.
        delay: seconds every append waits before it stores; 0 does not yield.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, _Stored] = {}
        self.failing = 0
        self.failing_after = 0
        self.delay = 0.0

    def _open(self, room: RoomId) -> _Stored | None:
        return self._rooms.get(room.lower())

    def _writing(self) -> None:
        if self.failing > 0:
            self.failing -= 1
            raise StoreError("Injected: the disk is full.")

    async def create(self, record: RoomRecord, entries: Sequence[Entry], *, most_owned: int | None = None) -> None:
        self._writing()
        again = record.request_id is not None and await self.requested(record.owner, record.request_id) is not None
        if again or self._open(record.id) is not None:
            raise RoomExists(f"The id {record.id} is taken.")
        owned = sum(s.record.owner == record.owner and not s.record.closed for s in self._rooms.values())
        if most_owned is not None and owned >= most_owned:
            raise OwnsTooMany(f"{record.owner} owns {most_owned} rooms.")
        stored = _Stored(record.copy())
        for item in entries:
            stored.put(item)
        self._rooms[record.id.lower()] = stored

    async def load(self, room: RoomId) -> Saved | None:
        stored = self._open(room)
        if stored is None:
            return None
        return Saved(stored.record.copy(), stored.newest_snapshot(stored.record.head + 1))

    async def existing(self, rooms: Sequence[RoomId]) -> set[RoomId]:
        return {room for room in rooms if room in self._rooms}

    async def requested(self, owner: Account, request_id: str) -> Saved | None:
        for stored in self._rooms.values():
            if (stored.record.owner, stored.record.request_id) == (owner, request_id):
                return await self.load(stored.record.id)
        return None

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
        if self.delay:
            await asyncio.sleep(self.delay)
        self._writing()
        stored = self._open(room)
        if stored is None or (stored.record.epoch, stored.record.fence, stored.record.head) != (epoch, fence, after):
            raise Fenced(f"Another writer moved {room}.")
        _check_new(stored, entries)
        for item in entries:
            stored.put(item)
        _advance(stored.record, entries, listing)
        if erase:
            stored.erase(erase)
        if drop_snapshots_from is not None:
            start = max(drop_snapshots_from, stored.record.floor)
            stored.snapshots = {seq: kept for seq, kept in stored.snapshots.items() if seq < start}
        if snapshot is not None:
            stored.snapshots[snapshot.seq] = snapshot.format, orjson.dumps(snapshot.state)
        if self.failing_after > 0:
            self.failing_after -= 1
            raise StoreError("Injected: the connection was lost during COMMIT.")

    async def entries(self, room: RoomId, after: int, limit: int, before: int | None = None) -> list[Entry]:
        stored = self._open(room)
        if stored is None or limit <= 0:
            return []
        if before is None:
            seqs = [seq for seq in stored.entries if seq > after][:limit]
        else:
            seqs = [seq for seq in stored.entries if after < seq < before][-limit:]
        return [replace(stored.entries[seq]) for seq in seqs]

    async def pick(self, room: RoomId, seqs: Sequence[int]) -> dict[int, Entry]:
        stored = self._open(room)
        return {} if stored is None else {s: replace(stored.entries[s]) for s in seqs if s in stored.entries}

    async def corrections(self, room: RoomId, refs: Sequence[int]) -> list[Entry]:
        stored, wanted = self._open(room), set(refs)
        found = [] if stored is None else [item for item in stored.entries.values() if item.ref in wanted]
        edits = {item.ref: item.seq for item in found if item.type == "chat.edit"}
        return [replace(item) for item in found if item.type != "chat.edit" or edits[item.ref] == item.seq]

    async def known(self, room: RoomId, ids: Sequence[tuple[Account, str]]) -> dict[tuple[Account, str], KnownId]:
        stored = self._open(room)
        found = {}
        for pair in ids if stored is not None else ():
            assert stored is not None
            if (seq := stored.ids.get(pair)) is not None:
                item = stored.entries[seq]
                found[pair] = KnownId(seq, item.at, item.hash, item.type, item.body_hash, item.salt)
        return found

    async def sourced(self, room: RoomId, sources: Sequence[str]) -> dict[str, int]:
        stored = self._open(room)
        return {} if stored is None else {s: stored.sources[s] for s in sources if s in stored.sources}

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        stored = self._open(room)
        return None if stored is None else stored.newest_snapshot(seq)

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
        words = search_form(query or "").split()
        found = []
        for stored in self._rooms.values():
            record = stored.record
            public = record.visibility == "public" and not mine
            listed = everything or (not record.closed and (public or stored.belongs(viewer)))
            label = search_form(f"{record.id} {record.title}")
            asked = kind in (None, record.kind) and (record.open or not open)
            if listed and asked and all(word in label for word in words):
                found.append(record)
        found.sort(key=lambda record: (-record.updated_at, record.id.lower()))
        start = int(cursor) if cursor is not None and cursor.isdecimal() else 0
        page = [record.copy() for record in found[start : start + limit]]
        return page, str(start + limit) if len(found) > start + limit else None

    async def search(self, room: RoomId, query: str, limit: int) -> list[Entry]:
        stored, words = self._open(room), search_form(query).split()
        if stored is None or not words:
            return []
        hits = [seq for seq, text in stored.words.items() if all(word in text for word in words)]
        return [replace(stored.entries[seq]) for seq in sorted(hits, reverse=True)[:limit]]

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        self._writing()
        stored = self._open(room)
        if stored is None:
            raise Fenced(f"{room} does not exist.")
        record = stored.record
        taken = Lease(record.lease_owner, record.lease_until, record.fence).taken_by(owner, ttl_ms, now)
        if taken is None:
            raise Fenced(f"{room} is held by another process.")
        record.lease_owner, record.lease_until, record.fence = taken.holder, taken.until, taken.fence
        return taken.fence

    async def renew(self, rooms: Sequence[RoomId], owner: str, ttl_ms: int, now: int) -> set[RoomId]:
        self._writing()
        held = {room for room in rooms if (s := self._open(room)) is not None and s.record.lease_owner == owner}
        for room in held:
            self._rooms[room.lower()].record.lease_until = now + ttl_ms
        return held

    async def release(self, room: RoomId, owner: str, now: int = 0) -> None:
        self._writing()
        stored = self._open(room)
        if stored is not None and stored.record.lease_owner == owner:
            stored.record.lease_owner, stored.record.lease_until = None, now

    async def touch_member(self, room: RoomId, account: Account, now: int) -> bool:
        self._writing()
        stored = self._open(room)
        if stored is None or account in stored.joined:
            return False
        stored.joined[account] = now
        stored.record.members += 1
        return True

    async def forget_member(self, room: RoomId, account: Account) -> bool:
        self._writing()
        stored = self._open(room)
        if stored is None or stored.joined.pop(account, None) is None:
            return False
        stored.record.members -= 1
        return True

    async def read(self, room: RoomId, account: Account, seq: int) -> int:
        self._writing()
        stored = self._open(room)
        if stored is None:
            return 0
        stored.reads[account] = max(seq, stored.reads.get(account, 0))
        return stored.reads[account]

    async def position(self, room: RoomId, account: Account) -> int:
        stored = self._open(room)
        return 0 if stored is None else stored.reads.get(account, 0)

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        stored = self._open(room)
        everyone = [] if stored is None else sorted(a for a in stored.joined if cursor is None or a > cursor)
        return everyone[:limit], everyone[limit - 1] if len(everyone) > limit else None

    async def invite(
        self,
        token_hash: bytes,
        room: RoomId,
        account: Account | None,
        uses: int,
        until: int,
        asked: bytes | None = None,
    ) -> bytes | None:
        self._writing()
        if (stored := self._open(room)) is None:
            return None
        if (known := stored.invites.get(token_hash)) is not None:
            return known.asked
        stored.invites[token_hash] = _Invite(account, uses, until, asked)
        return None

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        self._writing()
        stored = self._open(room)
        found = None if stored is None else stored.invites.get(token_hash)
        if found is None or now >= found.until or found.account not in (None, account):
            return False
        if account in found.redeemed:
            return again
        if found.uses < 1:
            return False
        found.uses -= 1
        found.redeemed.add(account)
        return True

    async def close(self) -> None:
        """Nothing is queued here; the rooms stay, so that a test can open them again."""


def _check_new(stored: _Stored, entries: Sequence[Entry]) -> None:
    ids: set[tuple[Account, str]] = set()
    sources: set[str] = set()
    for item in entries:
        pair = (item.author, item.id)
        if pair in stored.ids or pair in ids:
            raise Repeated(f"The id {item.id} is in the log already.")
        ids.add(pair)
        if item.source is not None:
            if item.source in stored.sources or item.source in sources:
                raise Repeated(f"The source {item.source} is in the log already.")
            sources.add(item.source)


def _advance(record: RoomRecord, entries: Sequence[Entry], listing: Listing | None) -> None:
    if entries:
        record.head, record.hash, record.updated_at = entries[-1].seq, entries[-1].hash, entries[-1].at
    if listing is not None:
        record.title, record.visibility = listing.title, listing.visibility
        record.options, record.closed, record.members = dict(listing.options), listing.closed, listing.members
        record.game, record.format = listing.game, max(record.format, listing.format)
