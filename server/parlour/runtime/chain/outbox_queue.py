"""The rows of one chain's outbox as the queue of a delivery, keyed by room.

New rows are read once, in the order of their numbers. A room that takes them at once gets them from that page. Rows of
a room that is busy, paused or over its rate stay in the store, are counted here, and are read by room when it is ready:
a hundred thousand waiting rows of one room cost the others nothing.

Prompt rows go before paced ones, and never in one batch with them. `chain.confirmed` waits until no row of a block it
covers waits in its room. A correction first changes the rows of its room that still wait (`before_correction`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from parlour.core.chain.lanes import Lane
from parlour.core.room import RoomId
from parlour.errors import NotFound, ParlourError
from parlour.runtime.chain.room_pace import RoomPace
from parlour.runtime.chain.store import ChainStore, OutboxRow
from parlour.runtime.clock import Clock

log = structlog.get_logger()

HELD_GRACE_MS = 10_000
"""How long a watch may stay `held`: afterwards its news go out, and the room knows whether it has the watch."""
_ROOMS_AT_ONCE = 200
"""Waiting rooms whose rows one pass reads: each costs two look-ups."""
_ROWS_AT_ONCE = 512
"""Rows of a waiting room that one pass reads."""


@dataclass(slots=True)
class _Waiting:
    """The rows of a room that wait or are under way: how many prompt ones, and how many paced ones of which block."""

    prompt: int = 0
    paced: Counter[int] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.prompt + self.paced.total()

    def count(self, row: OutboxRow, by: int) -> None:
        if row.news.lane is Lane.PROMPT:
            self.prompt = max(0, self.prompt + by)
            return
        number = block_number(row)
        self.paced[number] += by
        if self.paced[number] <= 0:
            del self.paced[number]


class OutboxQueue:
    """Implements `runtime.delivery.Queue` for a chain.

    Args:
        pace: how many paced rows each room may get.

    Attributes:
        may_hold: whether some watch may be `held`; without one, watches are not read at each delivery.
        parked: rows set aside until an operator revives them; the store's number, kept up to date here.
    """

    def __init__(self, chain: int, store: ChainStore, clock: Clock, pace: RoomPace) -> None:
        self._chain, self._store, self._clock, self._pace = chain, store, clock, pace
        self.may_hold = True
        self.parked = 0
        self._scanned = 0
        self._waiting: dict[RoomId, _Waiting] = {}
        self._in_hand: dict[int, OutboxRow] = {}
        self._wait: float | None = None

    def waiting(self, room: RoomId | None) -> int:
        """Return how many rows of the room, or of all rooms, wait, as far as they were read."""
        if room is None:
            return sum(found.rows for found in self._waiting.values())
        found = self._waiting.get(room)
        return found.rows if found else 0

    def rescan(self) -> None:
        """Read the whole outbox anew, because rows came back into it."""
        self._scanned = 0
        self._waiting.clear()

    # ── what is handed out ───────────────────────────────────────────────────────────────────────────────────────

    async def pending(self, limit: int, skip: Collection[RoomId]) -> Mapping[RoomId, Sequence[OutboxRow]]:
        blocked = {*skip, *await self._held()}
        ready: dict[RoomId, list[OutboxRow]] = {}
        read = limit
        while read == limit and not ready:
            ready, read = await self._read_new(limit, blocked)
        ready |= await self._read_waiting(blocked | ready.keys())
        found = {room: rows for room, rows in ready.items() if rows}
        self._in_hand |= {row.seq: row for rows in found.values() for row in rows}
        self._wait = 0.0 if read == limit else self._until_paced(blocked | found.keys())
        return found

    async def _read_new(self, limit: int, blocked: Collection[RoomId]) -> tuple[dict[RoomId, list[OutboxRow]], int]:
        """Read a page of rows that nobody has read yet; return what rooms may get of it, and how many rows it had."""
        page = await self._store.pending(self._chain, limit, self._scanned)
        rooms: dict[RoomId, list[OutboxRow]] = {}
        for row in page:
            rooms.setdefault(row.news.room, []).append(row)
            self._scanned = row.seq
        ready = {}
        for room, rows in rooms.items():
            known = self._waiting.get(room)
            waiting = self._waiting.setdefault(room, _Waiting())
            for row in rows:
                waiting.count(row, 1)
            if known is None and room not in blocked and (sendable := self._sendable(room, rows)):
                ready[room] = sendable
        return ready, len(page)

    async def _read_waiting(self, blocked: Collection[RoomId]) -> dict[RoomId, list[OutboxRow]]:
        """Read rows of rooms that had to wait and may get some now; those served longest ago come first."""
        wanted: dict[RoomId, int] = {}
        for room, waiting in self._waiting.items():
            paced = min(self._pace.left(room), _ROWS_AT_ONCE) if waiting.paced else 0
            if room not in blocked and (waiting.prompt or paced > 0):
                wanted[room] = max(0, paced)
                if len(wanted) >= _ROOMS_AT_ONCE:
                    break
        if not wanted:
            return {}
        rooms: dict[RoomId, list[OutboxRow]] = {room: [] for room in wanted}
        for row in await self._store.room_pending(self._chain, wanted, _ROWS_AT_ONCE):
            rooms[row.news.room].append(row)
        return {room: self._reread(room, rows, wanted[room]) for room, rows in rooms.items()}

    def _reread(self, room: RoomId, rows: list[OutboxRow], paced: int) -> list[OutboxRow]:
        """Correct a room's counts by what was found of it, and return what it may get."""
        waiting = self._waiting.pop(room)
        if not any(row.news.lane is Lane.PROMPT for row in rows):
            waiting.prompt = 0
        if paced and not any(row.news.lane is Lane.PACED for row in rows):
            waiting.paced.clear()
        if waiting.prompt or waiting.paced:
            self._waiting[room] = waiting
        return self._sendable(room, rows)

    def _sendable(self, room: RoomId, rows: Iterable[OutboxRow]) -> list[OutboxRow]:
        """Return the prompt rows that may go now, or else as many paced ones as the room's rate allows."""
        lanes: dict[Lane, list[OutboxRow]] = {Lane.PROMPT: [], Lane.PACED: []}
        for row in rows:
            lanes[row.news.lane].append(row)
        prompt = [row for row in lanes[Lane.PROMPT] if not self._too_early(room, row)]
        return prompt or lanes[Lane.PACED][: max(0, self._pace.left(room))]

    def _too_early(self, room: RoomId, row: OutboxRow) -> bool:
        """Return whether the row confirms a block of which some row still waits in the room."""
        if row.news.kind != "confirm":
            return False
        waiting = self._waiting.get(room)
        return bool(waiting and waiting.paced) and min(self._waiting[room].paced) <= row.news.body["upTo"]["number"]

    def _until_paced(self, busy: Collection[RoomId]) -> float | None:
        waits = [self._pace.wait(r) for r, waiting in self._waiting.items() if waiting.paced and r not in busy]
        return min(waits, default=None)

    def next_in(self) -> float | None:
        return self._wait

    async def _held(self) -> set[RoomId]:
        """Return the rooms that have not stored `room.watched` yet."""
        if not self.may_hold:
            return set()
        self.may_hold = False
        now = self._clock.now()
        held = [s for s in await self._store.subs(self._chain) if s.state == "held"]
        self.may_hold = self.may_hold or bool(held)
        return {s.room for s in held if now - s.since < HELD_GRACE_MS}

    # ── what became of it ────────────────────────────────────────────────────────────────────────────────────────

    async def before_correction(self, room: RoomId, rows: Sequence[OutboxRow]) -> None:
        """Change the room's waiting rows by corrections that are about to be delivered.

        An event that is reverted before it was told is never told. One that moved is told where it is now. A level
        that was not told yet is told up to the last block that still stands.
        """
        for row in rows:
            told = await self._store.find_rows(self._chain, room, row.news.body["of"])
            if row.news.kind == "move":
                await self._rewrite(told, {"block": row.news.body["block"]})
            else:
                await self._store.done([gone.seq for gone in told])
                for gone in told:
                    self._leave(gone)
                await self._lower_confirmations(row)

    async def _rewrite(self, rows: Sequence[OutboxRow], change: dict[str, Any]) -> None:
        bodies = {row.seq: {**row.news.body, **change} for row in rows}
        await self._store.rewrite(bodies)
        for row in rows:
            self._leave(row)
            row.news.body = bodies[row.seq]
            self._waiting.setdefault(row.news.room, _Waiting()).count(row, 0 if row.parked else 1)

    async def _lower_confirmations(self, revert: OutboxRow) -> None:
        block, room = revert.news.body["block"], revert.news.room
        waiting = await self._store.room_pending(self._chain, {room: 0}, _ROWS_AT_ONCE)
        earlier = [row for row in waiting if row.news.kind == "confirm" and row.seq < revert.seq]
        above = [row for row in earlier if row.news.body["upTo"]["number"] > block["number"]]
        await self._rewrite(above, {"upTo": {"number": block["number"], "hash": block["hash"]}})

    async def done(self, rows: Sequence[int]) -> None:
        await self._store.done(rows)
        for seq in rows:
            row = self._in_hand.pop(seq, None)
            if row is None:
                continue
            self._leave(row)
            if row.news.lane is Lane.PACED:
                self._pace.spend(row.news.room, 1)

    def _leave(self, row: OutboxRow) -> None:
        waiting = self._waiting.get(row.news.room)
        self.parked -= row.parked
        if waiting is not None and not row.parked:
            waiting.count(row, -1)
            if not (waiting.prompt or waiting.paced):
                del self._waiting[row.news.room]

    async def backlog(self) -> tuple[int, int]:
        return await self._store.backlog(self._chain)

    async def dropped(self, key: str, rows: Sequence[int], refusal: ParlourError) -> None:
        """Drop the rows, and the watches that the room says it does not have."""
        await self.done(rows)
        if isinstance(refusal, NotFound):
            missing = (refusal.details or {}).get("watches") if refusal.reason == "watch" else None
            known = [s.id for s in await self._store.room_subs(key) if s.chain == self._chain]
            await self._store.drop_subs([s for s in known if missing is None or s in missing])

    async def failed(self, row: int, error: str, park: bool) -> None:
        await self._store.failed([row], error, park)
        if park:
            self.parked += 1
            if (parked := self._in_hand.pop(row, None)) is not None:
                self._leave(parked)
            log.error("chain.row_parked", chain=self._chain, row=row, error=error, mend="parlour chain replay")


def block_number(row: OutboxRow) -> int:
    """Return the number of the block that the row is about; 0 where its body names none."""
    block: Any = row.news.body.get("block")
    number = block.get("number") if isinstance(block, dict) else None
    return number if isinstance(number, int) else 0
