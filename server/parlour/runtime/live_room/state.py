"""Opens a room from the store: its folded state and the end of its log. Both are dropped after a store failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from parlour.core.log.formats import Formats, unreadable
from parlour.core.room import Account, Command, Entry, Outcome, RoomId, Snapshot, dead_seqs
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.reactions import Reactions
from parlour.errors import NoSuchRoom
from parlour.runtime.limits import FairBucket
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.live_room.entry_json import entry_json
from parlour.runtime.live_room.journal import Journal
from parlour.runtime.live_room.seen_ids import SeenIds
from parlour.runtime.store import Damaged, RoomRecord, Saved, Store, StoreError

PAGE = 1000
FOLD_SECONDS = 0.01
"""How long a room is folded at a stretch, while all others wait."""
ENTROPY_BYTES = 32


@dataclass(slots=True)
class RoomState:
    """A folded room and the end of its log. `room` is ahead of the log while a batch is being stored.

    Attributes:
        leased_until: while (ms) nobody else can have taken the room; after it, only the store can tell.
        last_alive: when (ms) some process last held the room before this one opened it, as far as can be told.
        posts: how many more the room takes.
        kept_by_seat: accounts that the log, as stored, lets in only because they play (`Hall.kept_by_seat`).
        people: accounts the store is known to count among the room's people; a cache.
        reactions: those to the messages that were reacted to last, by the message's seq; a cache.
    """

    context: RoomContext
    room: Hall
    journal: Journal
    leased_until: int
    last_alive: int
    posts: FairBucket
    kept_by_seat: frozenset[Account] = frozenset()
    people: set[Account] = field(default_factory=set)
    reactions: dict[int, Reactions] = field(default_factory=dict)

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

    def shown(self, entry: Entry, account: Account) -> dict[str, Any]:
        """Return the entry as this account may see it, for an answer."""
        return entry_json(entry, hidden=self.room.computed and self.room.hides(entry, account or None))

    async def reach(self, low: int) -> Sequence[Entry]:
        """Return the entries from `low` to the stored head; those read from the store are kept if there is room."""
        tail, head = self.journal.tail, self.record.head
        first = tail.first or head + 1
        if first <= low:
            return tail.since(low)
        older = await self.context.store.entries(self.record.id, low - 1, first - low, first)
        if not older or older[-1].seq != first - 1:
            return tail.since(low)
        tail.extend_back(older)
        return [*older, *tail.since(first)]


async def open_room(context: RoomContext, room: RoomId) -> RoomState:
    """Take the lease, read the record, the newest snapshot and the entries after it, and fold them.

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
    saved = await _usable(context, room)
    record = saved.record
    record.fence = fence
    folded, newer = await _fold(context, saved)
    journal = Journal(record, context, newer, _seen_ids(saved), now)
    lease = context.limits.lease_ms
    posts = FairBucket(context.limits.room_posts_per_second, context.limits.room_posts_burst, context.clock)
    last_alive = _last_alive(before.record, lease, journal.at)
    return RoomState(context, folded, journal, now + lease, last_alive, posts, folded.kept_by_seat(now))


async def stored_room(context: RoomContext, room: RoomId) -> Hall:
    """Return the room as it is stored, for reading only: that needs no lease and works when writes fail.

    Raises:
        NoSuchRoom. Unavailable: only a newer release reads it. StoreError: it cannot be read now.
    """
    folded, _ = await _fold(context, await _usable(context, room))
    return folded


async def _usable(context: RoomContext, room: RoomId) -> Saved:
    """Load a room with the newest snapshot that this release can use; raises as `stored_room`."""
    saved = await context.store.load(room)
    if saved is None:
        raise NoSuchRoom()
    saved.snapshot = await base_of(context.store, context.formats, saved.record, saved.snapshot)
    return saved


async def _fold(context: RoomContext, saved: Saved) -> tuple[Hall, list[Entry]]:
    """Return the folded room and the entries after its newest snapshot."""
    record = saved.record
    folded = context.make_room(record.kind, record.id)
    after = record.floor - 1
    if saved.snapshot is not None:
        folded.restore(saved.snapshot.state)
        after = saved.snapshot.seq
    newer = await read_log(context, record.id, after, record.head)
    dead = dead_seqs(newer)
    await _apply_all(context, folded, (entry for entry in newer if entry.seq not in dead))
    return folded, newer


async def _apply_all(context: RoomContext, room: Hall, entries: Iterable[Entry]) -> None:
    """Fold entries; where that takes long, let other rooms run in between."""
    clock = context.clock
    until = clock.monotonic() + FOLD_SECONDS
    for entry in entries:
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


async def read_log(context: RoomContext, room: RoomId, after: int, upto: int) -> list[Entry]:
    """Return every entry with after < seq ≤ upto; raises Damaged where one is missing."""
    return [entry async for page in read_pages(context, room, after, upto) for entry in page]


async def read_pages(context: RoomContext, room: RoomId, after: int, upto: int) -> AsyncIterator[list[Entry]]:
    """Read the entries with after < seq ≤ upto page by page; raises Damaged where one is missing."""
    while after < upto:
        page = await context.store.entries(room, after, min(PAGE, upto - after))
        if not page or page[0].seq != after + 1:
            raise Damaged(f"The log of {room} has a hole after {after}.")
        yield page
        after = page[-1].seq


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
            continue
        reason = room.refuses(entry) if entry.seq > of[0] else None
        if reason is None:
            room.apply(entry)
        else:
            void.append({"seq": entry.seq, "reason": reason})
    return room, void


def view_key(room: Hall, account: Account) -> Any:
    """Return the key under which a computed kind shares this account's view."""
    return cast(Any, room).view_key(account or None)


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
