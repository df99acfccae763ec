"""Opens a room from the store: its folded state and the end of its log. Both are dropped after a store failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from parlour.core.log.formats import Formats, unreadable
from parlour.core.room import Account, Command, Entry, Outcome, RoomId, Snapshot, dead_seqs
from parlour.core.rooms.chat import edited_by
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.reactions import Reactions
from parlour.errors import NoSuchRoom
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection
from parlour.runtime.limits import FairBucket
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.live_room.journal import Journal
from parlour.runtime.live_room.seen_ids import SeenIds
from parlour.runtime.shown.entry_json import entry_json
from parlour.runtime.shown.past import PastRoom
from parlour.runtime.store import Damaged, RoomRecord, Saved, Store, StoreError

PAGE = 1000
FOLD_SECONDS = 0.01
"""How long a room is folded at a stretch, while all others wait."""
ENTROPY_BYTES = 32
PIN_BYTES = 64 * 1024
"""Bodies of pinned messages in the answer of a join; the rest by `history {view: "pins"}`."""


@dataclass(slots=True)
class RoomState:
    """A folded room and the end of its log. `room` is ahead of the log while a batch is being stored.

    Attributes:
        leased_until: while (ms) nobody else can have taken the room; after it, only the store can tell.
        last_alive: when (ms) some process last held the room before this one opened it, as far as can be told.
        others_until: until when (ms) another process may have decided here; 0 where this one owned the room before.
        posts: how many more the room takes.
        kept_by_seat: accounts that the log, as stored, lets in only because they play (`Hall.kept_by_seat`).
        people: accounts the store is known to count among the room's people; a cache.
        reactions: those to the messages that were reacted to last, by the message's seq; a cache.
        pinned: pinned messages, each with its newest edit or None, by the message's seq; a cache.
        followed: whether somebody wants to hear of every message.
        blocked: in a direct room of two, who is blocked by the other one.
        past: the room as it was `room.delay` ms ago; None where nobody is delayed.
    """

    context: RoomContext
    room: Hall
    journal: Journal
    leased_until: int
    last_alive: int
    others_until: int
    posts: FairBucket
    kept_by_seat: frozenset[Account] = frozenset()
    people: set[Account] = field(default_factory=set)
    reactions: dict[int, Reactions] = field(default_factory=dict)
    pinned: dict[int, tuple[Entry, Entry | None]] = field(default_factory=dict)
    followed: bool = False
    blocked: set[Account] = field(default_factory=set)
    past: PastRoom | None = None

    def seen_past(self, viewer: Connection) -> PastRoom | None:
        """Return the room of the past that a viewer sees in place of this one; None where it sees this one."""
        return self.past if self.room.delays(viewer.account or None, viewer.rank) else None

    @property
    def record(self) -> RoomRecord:
        return self.journal.record

    def handle(self, command: Command) -> Outcome:
        """Let the room decide a command at the next place in the log; raises its refusal."""
        journal = self.journal
        now = self.context.clock.now()
        command.at = now if now > journal.at else journal.at
        command.seq = journal.record.head + len(journal.pending) + 1
        if self.room.computed:
            command.entropy = self.context.entropy(ENTROPY_BYTES)
        return self.room.handle(command)

    def sends(self, entry: Entry) -> bool:
        """Return whether entries of this type are sent to clients; a game's ticks are not."""
        return entry.type not in self.room.unsent

    def shown(self, entry: Entry, viewer: Connection) -> dict[str, Any]:
        """Return the entry as whoever is on this connection may see it, for an answer."""
        past = self.seen_past(viewer)
        room = self.room if past is None else past.hall
        if not room.may_redact(entry):
            return entry_json(entry)
        now = self.context.clock.now()
        return entry_json(entry, redacted=room.redacts(entry, viewer.account or None, viewer.rank, now))

    def described(self, viewer: Account, rank: int) -> dict[str, Any]:
        return described(self.record, self.room, viewer, rank, self.context.clock.now())

    # ── the computed state (views.Viewed) ────────────────────────────────────────────────────────────────────────

    @property
    def shares_view(self) -> bool:
        return self.room.shares_view

    @property
    def view_version(self) -> object | None:
        room = self.room
        return None if room.shows_chains and self.context.silent(room) else room.view_version

    def view_key(self, viewer: Account | None) -> Hashable:
        return self.room.view_key(viewer)

    def view(self, viewer: Account | None) -> Any:
        """Return the room's view, which says `stale` while a chain that it shows is silent."""
        room = self.room
        view: Any = room.view(viewer)
        stale = room.shows_chains and isinstance(view, dict) and self.context.silent(room)
        return {**view, "stale": True} if stale else view

    async def load_pins(self) -> None:
        """Read pinned messages that memory does not hold; raises StoreError."""
        absent = [seq for seq in self.room.chat.pins if seq not in self.pinned and seq <= self.record.head]
        if not absent:
            return
        store, room = self.context.store, self.record.id
        messages = await store.pick(room, absent)
        newest = {e.ref: e for e in await store.corrections(room, absent) if e.type == "chat.edit"}
        self.pinned |= {seq: (messages[seq], newest.get(seq)) for seq in absent if seq in messages}

    def note_pinned(self, entry: Entry) -> None:
        """Keep `pinned` up to date with an edit or a deletion of the batch."""
        if entry.type == "chat.edit" and entry.ref in self.pinned:
            self.pinned[entry.ref] = self.pinned[entry.ref][0], entry
        elif entry.ref is not None:
            self.pinned.pop(entry.ref, None)

    def shown_pins(self, viewer: Connection) -> list[dict[str, Any]]:
        """Return pinned messages for a join, the one pinned last first, in `PIN_BYTES` at most."""
        shown: list[dict[str, Any]] = []
        size = 0
        past = self.seen_past(viewer)
        for seq in reversed((self.room if past is None else past.hall).chat.pins):
            message, edit = self.pinned.get(seq) or (self.journal.find(seq), None)
            if past is not None and edit is not None and edit.seq > past.record.head:
                edit = None
            if message is None:
                continue
            size += len(message.raw or b"") + len(edit.raw or b"" if edit else b"")
            if size > PIN_BYTES:
                break
            shown.append(self.shown(message, viewer))
            if edit is not None and isinstance(edit.body, dict):
                shown[-1]["edited"] = edited_by(edit, edit.body)
        return shown

    async def reach(self, low: int) -> Sequence[Entry]:
        """Return the entries from `low` to the stored head; those read from the store are kept if there is room."""
        tail, head = self.journal.tail, self.record.head
        first = tail.first or head + 1
        if first <= low:
            return tail.since(low)
        older = await self.context.store.entries(self.record.id, low - 1, first - low, first)
        if (tail.first or head + 1) != first:  # let go meanwhile, so what was read fits it no more
            return await self.context.store.entries(self.record.id, low - 1, head - low + 1)
        if not older or older[-1].seq != first - 1:
            return tail.since(low)
        tail.extend_back(older)
        return [*older, *tail.since(first)]


def described(record: RoomRecord, room: Hall, viewer: Account, rank: int, now: int) -> dict[str, Any]:
    """Return the room object of acks (protocol §3 "Rooms"), with its gate; moderators see its words too."""
    described = record.to_json()
    if room.rules.words and room.moderates(viewer, rank, now):
        described["rules"] = room.rules.shown(words=True)
    if room.access.grants.json is not None:
        described["gate"] = room.access.grants.json
    return described


async def open_room(context: RoomContext, room: RoomId, own_fence: int | None = None) -> RoomState:
    """Take the lease, read the record, the newest snapshot and the entries after it, and fold them.

    Args:
        own_fence: of this process's last holding of the room, where that is known.

    Raises:
        NoSuchRoom. Unavailable: only a newer release reads it. Fenced: another process holds it.
        StoreError: it cannot be read now.
    """
    store, now = context.store, context.clock.now()
    before = await store.load(room)
    if before is None:
        raise NoSuchRoom()
    context.formats.check(before.record.format)
    fence = await store.acquire(room, context.owner, context.limits.lease_ms, now)
    others_until = _others_until(before.record, context, fence, own_fence)
    saved = await _usable(context, room)
    record = saved.record
    record.fence = fence
    folded, newer = await _fold(context, saved)
    journal = Journal(record, context, newer, _seen_ids(saved), now)
    lease = context.limits.lease_ms
    posts = FairBucket(context.limits.room_posts_per_second, context.limits.room_posts_burst, context.clock)
    last_alive = _last_alive(before.record, lease, journal.at)
    kept_by_seat = folded.kept_by_seat(now)
    live = RoomState(context, folded, journal, now + lease, last_alive, others_until, posts, kept_by_seat)
    live.followed = await context.followed(record.id)
    live.blocked = await _blocked(context, folded)
    return live


async def _blocked(context: RoomContext, room: Hall) -> set[Account]:
    """Return who is blocked by the other one, in a direct room of two."""
    direct = room.chat.direct
    if direct is None or len(direct.accounts) != 2:
        return set()
    return {each for each in direct.accounts if await context.blockers(each, direct.others(each))}


class Folding(Protocol):
    """What reading a stored room takes of a `RoomContext`."""

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def formats(self) -> Formats: ...

    @property
    def make_room(self) -> Callable[[str, RoomId], Hall]: ...


async def fold_stored(context: RoomContext, room: RoomId) -> Hall:
    """Return the room as it is stored, for reading only: that needs no lease and works when writes fail.

    Raises:
        NoSuchRoom. Unavailable: only a newer release reads it. StoreError: it cannot be read now.
    """
    return (await read_stored(context, room))[1]


async def read_stored(context: Folding, room: RoomId) -> tuple[RoomRecord, Hall]:
    """Return a room's record and its state as they are stored; raises as `fold_stored`."""
    saved = await _usable(context, room)
    folded, _ = await _fold(context, saved)
    return saved.record, folded


async def _usable(context: Folding, room: RoomId) -> Saved:
    """Load a room with the newest snapshot that this release can use; raises as `fold_stored`."""
    saved = await context.store.load(room)
    if saved is None:
        raise NoSuchRoom()
    saved.snapshot = await base_of(context.store, context.formats, saved.record, saved.snapshot)
    return saved


async def _fold(context: Folding, saved: Saved) -> tuple[Hall, list[Entry]]:
    """Return the folded room and the entries after its newest snapshot."""
    record = saved.record
    folded = context.make_room(record.kind, record.id)
    after = record.floor - 1
    if saved.snapshot is not None:
        folded.restore(saved.snapshot.state)
        after = saved.snapshot.seq
    newer = await read_log(context, record.id, after, record.head)
    await _apply_all(context, folded, newer)
    return folded, newer


async def _apply_all(context: Folding, room: Hall, entries: Sequence[Entry]) -> None:
    """Fold entries; where that takes long, let other rooms run in between."""
    clock, dead = context.clock, dead_seqs(entries)
    until = clock.monotonic() + FOLD_SECONDS
    for entry in entries:
        if entry.seq in dead:
            room.undone(entry)
            continue
        for _ in room.applying(entry):
            if clock.monotonic() >= until:
                await asyncio.sleep(0)
                until = clock.monotonic() + FOLD_SECONDS


def _seen_ids(saved: Saved) -> SeenIds | None:
    """Return the ids up to the snapshot: none without a snapshot, None (unknown) if it does not hold them."""
    if saved.snapshot is None:
        return SeenIds() if saved.record.floor == 1 else None
    return SeenIds.load(saved.snapshot.state.get("ids"))


def _last_alive(before: RoomRecord, lease_ms: int, last_entry: int) -> int:
    """Return when the room was last alive: its last entry, or the lease's release or last renewal."""
    seen = before.lease_until if before.lease_owner is None else before.lease_until - lease_ms
    return max(last_entry, seen)


def _others_until(before: RoomRecord, context: RoomContext, fence: int, own_fence: int | None) -> int:
    """Return until when (ms) another owner may have decided; `before` was read just before `fence` was taken."""
    held, now = before.lease_owner == context.owner, context.clock.now()
    if fence != before.fence + (not held):
        return now  # another one came and went between the two
    return 0 if held or before.fence == own_fence else min(before.lease_until, now)  # its clock may have been ahead


async def read_log(context: Folding, room: RoomId, after: int, upto: int) -> list[Entry]:
    """Return every entry with after < seq ≤ upto; raises Damaged where one is missing."""
    return [entry async for page in read_pages(context, room, after, upto) for entry in page]


async def read_pages(context: Folding, room: RoomId, after: int, upto: int) -> AsyncIterator[list[Entry]]:
    """Read the entries with after < seq ≤ upto page by page; raises Damaged where one is missing.

    A room that is erased meanwhile, and entries that retention removes meanwhile, are a StoreError: a retry helps.
    """
    while after < upto:
        page = await context.store.entries(room, after, min(PAGE, upto - after))
        if not page or page[0].seq != after + 1:
            kept = await context.store.floor(room)
            if kept is None or kept[0] > after + 1:
                raise StoreError(f"Entries of {room} after {after} were removed while they were read.")
            raise Damaged(f"The log of {room} has a hole after {after}.")
        yield page
        after = page[-1].seq


async def fold_at(context: RoomContext, record: RoomRecord, seq: int) -> Hall:
    """Return the room as it was once entry `seq` was folded; raises as `fold_stored`."""
    newest = await context.store.snapshot_before(record.id, seq + 1)
    base = await base_of(context.store, context.formats, record, newest)
    room = context.make_room(record.kind, record.id)
    if base is not None:
        room.restore(base.state)
    after = record.floor - 1 if base is None else base.seq
    await _apply_all(context, room, await read_log(context, record.id, after, seq))
    return room


async def fold_without(live: RoomState, of: Sequence[int]) -> tuple[Hall, list[dict[str, Any]]]:
    """Return the room folded without the entries `of`, and what then no longer holds: `[{seq, reason}]`."""
    context, journal, record = live.context, live.journal, live.record
    newest = await context.store.snapshot_before(record.id, of[0])
    base = await base_of(context.store, context.formats, record, newest)
    room = context.make_room(record.kind, record.id)
    if base is not None:
        room.restore(base.state)
    after = base.seq if base is not None else record.floor - 1
    entries = [*await read_log(context, record.id, after, record.head), *journal.pending]
    dead = dead_seqs(entries) | set(of)
    void: list[dict[str, Any]] = []
    for entry in entries:
        if entry.seq in dead:
            room.undone(entry)
            continue
        reason = room.refuses(entry) if entry.seq > of[0] else None
        if reason is None:
            room.apply(entry)
        else:
            void.append({"seq": entry.seq, "reason": reason})
    return room, void


async def base_of(store: Store, formats: Formats, record: RoomRecord, newest: Snapshot | None) -> Snapshot | None:
    """Return the newest snapshot that this release can use, in today's shape; None: fold the log from its first entry.

    Args:
        newest: where to begin: the newest snapshot that may be used at all. Older ones are asked of the store.

    Raises:
        Unavailable: the log needs a newer release; or its beginning was removed by retention, and no snapshot that is
            left can be used. StoreError: the store cannot answer now.
    """
    formats.check(record.format)
    found = newest
    while found is not None:
        state = formats.state_of(found, record.kind)
        if state is not None:
            return found if state is found.state else replace(found, state=state, format=formats.shape)
        found = await store.snapshot_before(record.id, found.seq)
    if record.floor == 1:
        return None
    if newest is None:
        raise StoreError(f"The snapshot below entry {record.floor} of {record.id} is missing; see `parlour doctor`.")
    raise unreadable(newest.format)
