"""Reads the state of a room as it was at any entry, as a spectator saw it; folded beside the room's live path."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from parlour.core.room import Account, Entry, RoomId, dead_seqs
from parlour.core.rooms.hall import Hall
from parlour.errors import NoSuchRoom, NotFound, RateLimited, TooLarge, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.limits import Buckets, TokenBucket
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.live_room.state import base_of, read_pages
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomRecord, Store

T = TypeVar("T")
LOG_BYTES = 32 << 20
"""Bodies that one answer folds: they are in memory together."""
SLICE_SECONDS = 0.002
"""How long is folded at a stretch, while everything else waits: as long as a few posts take."""
REST = 3
"""Times as long as that are left to everything else before the next slice: a quarter of the loop's time at most."""
AT_ONCE = 1
"""Folds under way at once: more would take turns in the same quarter."""
WAITING = 32
"""Requests that wait for them; beyond, `unavailable`."""
CHECKPOINT_ENTRIES = 100
"""Entries between two checkpoints: a time slider goes back and forth over them."""
CHECKPOINT_BYTES = 16 << 20
"""Memory of all checkpoints of the process."""
BURST_SECONDS = 1.0
"""Seconds of work that may be spent at once, after a pause."""
READ_SECONDS = 0.002
"""What a reading costs beside the fold (measured: 1.7 ms of CPU): HTTP, rights, snapshot, entries."""
OWN_SHARE = 0.5
"""What one account, or one guest's address, may take of what all may."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry, and what a spectator saw once it was folded; None where that did not change."""

    entry: Entry
    state: Any


async def kept_record(store: Store, record: RoomRecord) -> RoomRecord:
    """Return a copy of a live room's record with the floor as it is stored, which retention may have raised since.

    Raises NoSuchRoom where the room was erased meanwhile.
    """
    kept = await store.floor(record.id)
    if kept is None:
        raise NoSuchRoom()
    copy = record.copy()
    copy.floor, copy.floor_hash = kept
    return copy


class StatesAt:
    """Answers the states that rooms had; every call checks the right to join, and may raise StoreError."""

    def __init__(self, rights: RoomRights, context: RoomContext) -> None:
        self._rights = rights
        self._context = context
        self._budget = FoldBudget(context.limits.state_at_share, context.clock)
        self._checkpoints = Checkpoints(CHECKPOINT_BYTES)
        self._pace = Pace(context.clock)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def read(self, room: RoomId, caller: Caller, seq: int | None) -> dict[str, Any]:
        """Answer `{room, seq, at, head, first, state}`: the view of a spectator once entry `seq` was folded.

        Args:
            seq: None for the newest entry.

        Raises:
            NotFound: entry `seq` is not there yet, or not kept any more; `details` has the bounds, `first` and `head`.
            TooLarge: it is too far from the nearest snapshot. RateLimited, Unavailable.
        """
        return await self._shown(room, caller, seq, lambda hall: hall.view(None) if hall.computed else None)

    async def read_as(self, room: RoomId, caller: Caller, seq: int | None, viewer: Account | None) -> dict[str, Any]:
        """As `read`, with the view of an account; of a room without a view, what its log says of it."""

        def seen(hall: Hall) -> Any:
            return hall.view(viewer) if hall.computed else hall.snapshot()

        return await self._shown(room, caller, seq, seen)

    async def _shown(
        self, room: RoomId, caller: Caller, seq: int | None, question: Callable[[Hall], Any]
    ) -> dict[str, Any]:
        async with self._paid(caller) as work:
            host, _ = await self._rights.open(room, caller)
            record = await kept_record(self._context.store, host.record)
            seq = record.head if seq is None else seq
            bounds = {"first": max(1, record.floor - 1), "head": record.head}
            _check_kept(seq, bounds)
            state = await self._asked(record, seq, work, question)
            entry = (await self._context.store.pick(record.id, [seq])).get(seq)
            await self._rights.open(room, caller)  # the right may have ended meanwhile
            return {"room": record.id, "seq": seq, "at": entry.at if entry else None, **bounds, "state": state}

    async def ask(self, room: RoomId, caller: Caller, seq: int | None, question: Callable[[Hall], T]) -> tuple[int, T]:
        """Answer a question about the room as it was at `seq`, or is, and say at which entry; raises as `read`."""
        async with self._paid(caller) as work:
            host, _ = await self._rights.open(room, caller)
            if seq is None:
                return await host.read_state(lambda hall: (host.record.head, _timed(work, question, hall)))
            record = await kept_record(self._context.store, host.record)
            _check_kept(seq, {"first": max(1, record.floor - 1), "head": record.head})
            answer = await self._asked(record, seq, work, question)
            await self._rights.open(room, caller)
            return seq, answer

    async def watch_again(
        self, room: RoomId, caller: Caller, end_of: Callable[[Sequence[Entry]], int]
    ) -> tuple[RoomRecord, list[Seen]]:
        """Return each entry from the first that is kept up to an end, with what a spectator saw of it.

        Args:
            end_of: returns the seq to end at, given the whole log; 0 for nothing.

        Raises:
            TooLarge: the log, or all that was seen, is more than one reading may take. Otherwise as `read`.
        """
        async with self._paid(caller) as work:
            host, _ = await self._rights.open(room, caller)
            record = await kept_record(self._context.store, host.record)
            log = await self._entries(record, record.floor - 1, record.head)
            end = end_of(log)
            async with self._turn():
                seen = await self._seen(record, [entry for entry in log if entry.seq <= end], work)
            return record, seen

    async def _seen(self, record: RoomRecord, entries: Sequence[Entry], work: Work) -> list[Seen]:
        _, base = await self._snapshot(record, record.floor - 1)
        room, dead = self._context.make_room(record.kind, record.id), dead_seqs(entries)
        if base is not None:
            with work:
                room.restore(base)
        seen, before, size = list[Seen](), b"", 0
        for entry in entries:
            if entry.seq in dead:
                room.undone(entry)
            else:
                await work.do(room.applying(entry))
            state = _timed(work, lambda hall: orjson.dumps(hall.view(None) if hall.computed else None), room)
            changed, before = state != before, state
            size += len(state) if changed else 0
            if size > LOG_BYTES:
                raise _too_far(f"{LOG_BYTES >> 20} MB of states")
            seen.append(Seen(entry, orjson.loads(state) if changed else None))
        return seen

    @asynccontextmanager
    async def _paid(self, caller: Caller) -> AsyncIterator[Work]:
        """Charge the caller for the work; raises RateLimited where what was spent is not paid back."""
        self._budget.check(caller.payer)
        work = Work(self._context.clock, self._pace)
        try:
            yield work
        finally:
            self._budget.charge(caller.payer, READ_SECONDS + work.seconds)

    async def _asked(self, record: RoomRecord, seq: int, work: Work, question: Callable[[Hall], T]) -> T:
        async with self._turn():
            return _timed(work, question, await self._fold(record, seq, work))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait until a fold may begin; raises Unavailable where too many wait."""
        if self._waiting >= WAITING:
            raise Unavailable("Too many states of the past are being read right now; try again.", retry_after=1000)
        self._waiting += 1
        try:
            async with self._turns:
                await self._pace.rest()
                self._pace.spent(READ_SECONDS)
                yield
        finally:
            self._waiting -= 1

    async def _fold(self, record: RoomRecord, seq: int, work: Work) -> Hall:
        """Return the room as it was at `seq`, from the nearest checkpoint or snapshot on.

        A near checkpoint spares reading a snapshot, which is most of what a reading costs.
        """
        kept = self._checkpoints.nearest(record, seq)
        base = None
        if kept is None or seq - kept[0] > CHECKPOINT_ENTRIES:
            base = await self._snapshot(record, seq)
        if kept is not None and (base is None or kept[0] > base[0]):
            entries = await self._entries(record, kept[0], seq)
            # What was undone after a checkpoint is still in it; no stored snapshot is older than what it misses.
            if all(dead > kept[0] for dead in dead_seqs(entries)):
                return await self._folded(record, (kept[0], orjson.loads(kept[1])), entries, work)
        base = base or await self._snapshot(record, seq)
        return await self._folded(record, base, await self._entries(record, base[0], seq), work)

    async def _snapshot(self, record: RoomRecord, seq: int) -> tuple[int, dict[str, Any] | None]:
        context = self._context
        newest = await context.store.snapshot_before(record.id, seq + 1)
        base = await base_of(context.store, context.formats, record, newest)
        return (record.floor - 1, None) if base is None else (base.seq, base.state)

    async def _entries(self, record: RoomRecord, after: int, upto: int) -> list[Entry]:
        """Read every entry with after < seq ≤ upto; raises TooLarge."""
        most = self._context.limits.state_at_entries
        entries: list[Entry] = []
        size = 0
        if upto - after > most:
            raise _too_far(f"{most:,} entries")
        async for page in read_pages(self._context, record.id, after, upto):
            size += sum(len(entry.raw or b"") for entry in page)
            if size > LOG_BYTES:
                raise _too_far(f"{LOG_BYTES >> 20} MB of log")
            entries += page
        return entries

    async def _folded(
        self, record: RoomRecord, base: tuple[int, dict[str, Any] | None], entries: list[Entry], work: Work
    ) -> Hall:
        """Fold entries onto a base, with a pause for everything else, and leave checkpoints on the way."""
        room = self._context.make_room(record.kind, record.id)
        dead = dead_seqs(entries)
        with work:
            if base[1] is not None:
                room.restore(base[1])
        for entry in entries:
            if entry.seq in dead:
                room.undone(entry)
            else:
                await work.do(room.applying(entry))
            large = room.snapshot_bytes > CHECKPOINT_BYTES // 16
            due = entry.seq == entries[-1].seq or not (dead or large or entry.seq % CHECKPOINT_ENTRIES)
            if due and not room.unreadable:
                with work:
                    self._checkpoints.keep(record, entry.seq, orjson.dumps(room.snapshot()))
        return room


class Pace:
    """Spreads the work of all readings: after each slice of it the process does other things three times as long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unrested = 0.0

    def spent(self, seconds: float) -> None:
        """Count work that was done."""
        self._unrested += seconds

    async def rest(self) -> None:
        """Wait as long as the work that was done since the last rest asks for, once that is a slice."""
        if self._unrested >= SLICE_SECONDS:
            seconds, self._unrested = self._unrested * REST, 0.0
            await self._clock.sleep(seconds)


class Work:
    """Counts the seconds that one reading kept the process busy, and rests at its pace.

    Attributes:
        seconds: spent so far.
    """

    def __init__(self, clock: Clock, pace: Pace) -> None:
        self.seconds = 0.0
        self._clock = clock
        self._pace = pace
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = self._clock.monotonic()

    def __exit__(self, *exc: object) -> None:
        seconds = self._clock.monotonic() - self._began
        self.seconds += seconds
        self._pace.spent(seconds)

    async def do(self, steps: Iterable[None]) -> None:
        """Take steps, and rest after each slice."""
        with self:
            pending = iter(steps)
            done = next(pending, self) is self
        while not done:
            await self._pace.rest()
            with self:
                done = next(pending, self) is self
        await self._pace.rest()


class FoldBudget:
    """How many seconds of the process's time reading past states may take: all of them, and those of one reader.

    Args:
        share: of one core.
    """

    def __init__(self, share: float, clock: Clock) -> None:
        self._whole = TokenBucket(share, BURST_SECONDS, clock)
        self._own = Buckets(share * OWN_SHARE, BURST_SECONDS * OWN_SHARE, clock)

    def check(self, payer: str) -> None:
        """Raise RateLimited while what was spent is not paid back."""
        wait = max(self._whole.wait_ms(0.0), self._own.of(payer).wait_ms(0.0))
        if wait:
            raise RateLimited("Reading past states costs too much right now; slow down.", retry_after=wait)

    def charge(self, payer: str, seconds: float) -> None:
        """Take off what a fold has cost."""
        self._whole.charge(seconds)
        self._own.of(payer).charge(seconds)


class Checkpoints:
    """Folded rooms as JSON: those used last, in so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()

    def keep(self, record: RoomRecord, seq: int, state: bytes) -> None:
        """Keep the state of a room at an entry of this epoch."""
        key = (record.id, record.epoch, seq)
        self._bytes += len(state) - len(self._kept.pop(key, b""))
        self._kept[key] = state
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1])

    def nearest(self, record: RoomRecord, seq: int) -> tuple[int, bytes] | None:
        """Return the last one kept of a room at or before an entry."""
        room = (record.id, record.epoch)
        at = max((key[2] for key in self._kept if key[:2] == room and key[2] <= seq), default=None)
        if at is None:
            return None
        self._kept.move_to_end((*room, at))
        return at, self._kept[(*room, at)]


def _timed(work: Work, question: Callable[[Hall], T], hall: Hall) -> T:
    with work:
        return question(hall)


def _check_kept(seq: int, bounds: dict[str, int]) -> None:
    if seq > bounds["head"]:
        raise NotFound(f"The room has no entry {seq} yet; its newest is {bounds['head']}.",
                       reason="ahead", details=bounds)  # fmt: skip
    if seq < bounds["first"]:
        raise NotFound(f"What the room was at entry {seq} is not kept; it is from {bounds['first']} on.",
                       reason="not_kept", details=bounds)  # fmt: skip


def _too_far(distance: str) -> TooLarge:
    return TooLarge(f"That state is more than {distance} after the nearest one that is kept.", reason="too_far")
