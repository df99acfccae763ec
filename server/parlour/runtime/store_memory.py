"""Keeps rooms in memory: keeps every promise of a Store but durability. Tests inject its faults."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from parlour.core.room import Account, Entry, RoomId, Snapshot
from parlour.runtime.lease import Lease
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.store import (
    Append,
    Done,
    Fenced,
    Found,
    KnownId,
    OwnsTooMany,
    RoomExists,
    RoomFilter,
    RoomRecord,
    Saved,
    StoredInvitation,
    StoreError,
    TextQuery,
    Thread,
    Unread,
)
from parlour.runtime.store_records import stored_by
from parlour.runtime.stored_room import StoredRoom, UsedInvitation


class MemoryStore:
    """Implements `runtime.store.Store`.

    Attributes:
        failing: how many of the next writes raise StoreError before anything is stored.
        failing_after: how many of the next appends are stored and raise StoreError all the same, as a connection that
            is lost during COMMIT does.
        delay: seconds every append waits before it stores; 0 does not yield.
        at_once: whether `append_all` answers before it returns, as a database does that commits in the loop's thread.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, StoredRoom] = {}
        self.failing = 0
        self.failing_after = 0
        self.delay = 0.0
        self.at_once = True

    def _open(self, room: RoomId) -> StoredRoom | None:
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
        owned = sum(s.counts_for(record.owner) for s in self._rooms.values())
        if most_owned is not None and owned >= most_owned:
            raise OwnsTooMany(f"{record.owner} owns {most_owned} rooms.")
        stored = StoredRoom(record.copy())
        for item in entries:
            stored.put(item)
        stored.stand(Append(record.id, record.epoch, record.fence, 0, entries))
        self._rooms[record.id.lower()] = stored

    async def load(self, room: RoomId) -> Saved | None:
        stored = self._open(room)
        if stored is None:
            return None
        return Saved(stored.record.copy(), stored.newest_snapshot(stored.record.head + 1))

    async def floor(self, room: RoomId) -> tuple[int, bytes] | None:
        stored = self._open(room)
        return None if stored is None else (stored.record.floor, stored.record.floor_hash)

    def erase(self, room: RoomId) -> None:
        """Remove a room, as another process would."""
        del self._rooms[room.lower()]

    async def existing(self, rooms: Sequence[RoomId]) -> set[RoomId]:
        return {room for room in rooms if room in self._rooms}

    async def bans(
        self, accounts: Collection[Account], rooms: Collection[RoomId], now: int
    ) -> dict[RoomId, dict[Account, int]]:
        found = {}
        for room in rooms:
            rights = self._rooms[room.lower()].rights if room.lower() in self._rooms else {}
            until = {each: rights[each].banned_until for each in accounts if each in rights}
            if banned := {each: end for each, end in until.items() if end > now}:
                found[room] = banned
        return found

    async def requested(self, owner: Account, request_id: str) -> Saved | None:
        for stored in self._rooms.values():
            if (stored.record.owner, stored.record.request_id) == (owner, request_id):
                return await self.load(stored.record.id)
        return None

    async def append(self, batch: Append) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        self.append_now(batch)

    def append_all(self, batches: Sequence[Append], done: Done) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._append_all, batches, done)
        elif self.at_once:
            self._append_all(batches, done)
        else:
            asyncio.get_running_loop().call_soon(self._append_all, batches, done)

    def _append_all(self, batches: Sequence[Append], done: Done) -> None:
        answers: list[StoreError | None] = []
        for batch in batches:
            try:
                self.append_now(batch)
                answers.append(None)
            except StoreError as error:
                answers.append(error)
        done(answers)

    def append_now(self, batch: Append) -> None:
        """Do what `append` does, without its delay."""
        self._writing()
        stored = self._rooms.get(batch.room.lower())
        if stored is None:
            raise Fenced(f"{batch.room} does not exist.")
        stored.append(batch)
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
        found = [] if stored is None else [e for e in stored.entries.values() if e.ref in wanted and _corrects(e)]
        edits = {item.ref: item.seq for item in found if item.type == "chat.edit"}
        return [replace(item) for item in found if item.type != "chat.edit" or edits[item.ref] == item.seq]

    async def edits(self, room: RoomId, of: int, limit: int) -> list[Entry]:
        stored = self._open(room)
        found = [] if stored is None else [e for e in stored.entries.values() if e.type == "chat.edit" and e.ref == of]
        return [replace(item) for item in found[-limit:]]

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

    async def remembered(self, kind: str, accounts: Collection[Account]) -> dict[Account, dict[str, Any]]:
        rooms = [stored for stored in self._rooms.values() if stored.record.kind == kind]
        ends = sorted((end for stored in rooms for end in stored.final_ends()), key=lambda end: (end.at, end.seq))
        return {account: value for end in ends for account, value in stored_by(end).items() if account in accounts}

    async def snapshot_before(self, room: RoomId, seq: int) -> Snapshot | None:
        stored = self._open(room)
        return None if stored is None else stored.newest_snapshot(seq)

    async def rooms(
        self, wanted: RoomFilter, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[RoomRecord], str | None]:
        found = [stored.record for stored in self._rooms.values() if stored.matches(wanted)]
        found.sort(key=lambda record: (-record.updated_at, record.id.lower()))
        start = int(cursor) if cursor is not None and cursor.isdecimal() else 0
        page = [record.copy() for record in found[start : start + limit]]
        return page, str(start + limit) if len(found) > start + limit else None

    async def find(self, rooms: Sequence[RoomId], wanted: TextQuery) -> dict[RoomId, Found]:
        opened = {room: self._open(room) for room in rooms if wanted.words}
        return {room: stored.find(wanted) for room, stored in opened.items() if stored is not None}

    async def keep_document_text(self, room: RoomId, upto: int, text: str) -> None:
        self._writing()
        if (stored := self._open(room)) is not None:
            stored.keep_text(upto, text)

    async def document_texts(self, rooms: Sequence[RoomId]) -> dict[RoomId, str]:
        opened = {room: self._open(room) for room in rooms}
        return {room: each.document.text for room, each in opened.items() if each is not None and each.document}

    async def acquire(self, room: RoomId, owner: str, ttl_ms: int, now: int) -> int:
        self._writing()
        stored = self._open(room)
        if stored is None:
            raise Fenced(f"{room} does not exist.")
        record = stored.record
        lease = Lease(record.lease_owner, record.lease_until, record.fence).taken_by(owner, ttl_ms, now)
        if lease is None:
            raise Fenced(f"{room} is held by another process.")
        record.lease_owner, record.lease_until, record.fence = lease.holder, lease.until, lease.fence
        return lease.fence

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

    async def holders(self, rooms: Sequence[RoomId], now: int) -> dict[RoomId, str]:
        held = {room: s.record for room in rooms if (s := self._open(room)) is not None}
        return {
            room: r.lease_owner
            for room, r in held.items()
            if r.lease_owner and Lease(r.lease_owner, r.lease_until, r.fence).holds(now)
        }

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

    async def unread(self, account: Account, rooms: Sequence[RoomId]) -> dict[RoomId, Unread]:
        return {room: stored.unread(account) for room in rooms if (stored := self._open(room)) is not None}

    async def read_thread(self, room: RoomId, account: Account, root: int, seq: int) -> None:
        self._writing()
        stored = self._open(room)
        if stored is not None and (root, account) in stored.followed:
            stored.followed[root, account] = max(seq, stored.followed[root, account])

    async def number(self, room: RoomId) -> None:
        """Everything is counted one by one here."""

    async def number_all(self) -> None:
        """Everything is counted one by one here."""

    async def threads(self, room: RoomId, roots: Sequence[int]) -> dict[int, Thread]:
        stored = self._open(room)
        return {} if stored is None else stored.threads(roots)

    async def replies(self, room: RoomId, root: int, limit: int, *, after: int = 0, before: int = 2**53) -> list[Entry]:
        stored = self._open(room)
        lines = [] if stored is None else list(stored.entries.values())
        found = [e for e in lines if e.type == "chat.message" and e.ref == root and after < e.seq < before]
        return [replace(item) for item in (found[:limit] if after else found[-limit:])]

    async def members(self, room: RoomId, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
        stored = self._open(room)
        everyone = [] if stored is None else sorted(a for a in stored.joined if cursor is None or a > cursor)
        return everyone[:limit], everyone[limit - 1] if len(everyone) > limit else None

    async def invite(self, invitation: StoredInvitation, notice: NoticeRecord | None = None) -> bytes | None:
        self._writing()
        if (stored := self._open(invitation.room)) is None:
            return None
        if (known := stored.invites.get(invitation.token_hash)) is not None:
            return known.invitation.request
        stored.invites[invitation.token_hash] = UsedInvitation(invitation, invitation.uses)
        return None

    async def redeem(self, token_hash: bytes, room: RoomId, account: Account, now: int, *, again: bool = True) -> bool:
        self._writing()
        stored = self._open(room)
        found = None if stored is None else stored.invites.get(token_hash)
        if found is None or now >= found.invitation.until or found.invitation.account not in (None, account):
            return False
        if account in found.redeemed:
            return again
        if found.left < 1:
            return False
        found.left -= 1
        found.redeemed.add(account)
        return True

    async def close(self) -> None:
        """Nothing is queued here; the rooms stay, so that a test can open them again."""


def _corrects(entry: Entry) -> bool:
    """Return whether an entry with a `ref` corrects it: a reply belongs to its thread's root and corrects nothing."""
    return entry.type != "chat.message"
