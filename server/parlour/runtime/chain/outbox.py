"""Delivers a chain's news from the outbox to the rooms (runtime/delivery.py); a row is done once its room stored it.

Rows may be delivered twice; the rooms' unique `source` makes the second time no change. A watch whose room has yet to
store `room.watched` holds that room's rows back, so that the watch comes before its events.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import structlog

from parlour.core.room import ChainUpdate, Draft, RoomId
from parlour.errors import NotFound, ParlourError
from parlour.runtime.chain.store import ChainStore, OutboxRow
from parlour.runtime.clock import Clock
from parlour.runtime.delivery import Delivery, DeliveryCounts

log = structlog.get_logger()

Deliver = Callable[[RoomId, ChainUpdate], Awaitable[Any]]
"""Submits news to a room's host; returns once the room has stored it, raises where it has not."""

HELD_GRACE_MS = 10_000
"""How long a watch may stay `held`: afterwards its news go out, and the room knows whether it has the watch."""


class ChainOutbox:
    """Delivers one chain's outbox to the rooms."""

    def __init__(self, chain: int, store: ChainStore, deliver: Deliver, clock: Clock) -> None:
        self._deliver = deliver
        self._rows = _OutboxRows(chain, store, clock)
        self._delivery = Delivery(f"outbox-{chain}", self._rows, self._send, clock)

    @property
    def parked(self) -> int:
        """Rows set aside until an operator revives them (`parlour chain replay`)."""
        return self._rows.parked

    async def count_parked(self) -> None:
        """Read the number of parked rows from the store; raises StoreError."""
        self._rows.parked = (await self._rows.backlog())[1]

    @property
    def counts(self) -> DeliveryCounts:
        """Rows delivered, dropped and parked since the start."""
        return self._delivery.counts

    def start(self) -> None:
        """Deliver until `stop`."""
        self._delivery.start()

    async def stop(self) -> None:
        """End the delivery; rows that no room has confirmed stay in the outbox."""
        await self._delivery.stop()

    def wake(self) -> None:
        """Read the outbox now."""
        self._delivery.wake()

    def expect_held(self) -> None:
        """Read the held watches before the next delivery, because one is about to be committed."""
        self._rows.may_hold = True

    async def drain(self) -> None:
        """Deliver everything that may be delivered now, and wait until it is; raises StoreError."""
        await self._delivery.drain()

    async def _send(self, room: RoomId, rows: Sequence[OutboxRow]) -> None:
        await self._deliver(room, ChainUpdate(drafts=[draft(row) for row in rows]))


class _OutboxRows:
    """The rows of one chain as the queue of a delivery, keyed by room."""

    def __init__(self, chain: int, store: ChainStore, clock: Clock) -> None:
        self._chain, self._store, self._clock = chain, store, clock
        self.may_hold = True
        """Whether some watch may be `held`; without one, watches are not read at each delivery."""
        self.parked = 0
        """Rows set aside until an operator revives them; the store's number, kept up to date here."""

    async def pending(self, limit: int, skip: Collection[str]) -> Mapping[str, Sequence[OutboxRow]]:
        rows = await self._store.pending(self._chain, limit, skip)
        held = await self._held() if rows else set()
        rooms: dict[str, list[OutboxRow]] = {}
        for row in rows:
            if row.news.room not in held:
                rooms.setdefault(row.news.room, []).append(row)
        return rooms

    async def _held(self) -> set[RoomId]:
        """Return the rooms that have not stored `room.watched` yet."""
        if not self.may_hold:
            return set()
        self.may_hold = False
        now = self._clock.now()
        held = [s for s in await self._store.subs(self._chain) if s.state == "held"]
        self.may_hold = self.may_hold or bool(held)
        return {s.room for s in held if now - s.since < HELD_GRACE_MS}

    async def done(self, rows: Sequence[int]) -> None:
        await self._store.done(rows)

    async def backlog(self) -> tuple[int, int]:
        return await self._store.backlog(self._chain)

    async def dropped(self, key: str, rows: Sequence[int], refusal: ParlourError) -> None:
        """Drop the rows, and the watches that the room says it does not have."""
        await self._store.done(rows)
        if isinstance(refusal, NotFound):
            missing = (refusal.details or {}).get("watches") if refusal.reason == "watch" else None
            known = [s.id for s in await self._store.room_subs(key) if s.chain == self._chain]
            await self._store.drop_subs([s for s in known if missing is None or s in missing])

    async def failed(self, row: int, error: str, park: bool) -> None:
        await self._store.failed([row], error, park)
        if park:
            self.parked += 1
            log.error("chain.row_parked", chain=self._chain, row=row, error=error, mend="parlour chain replay")


def draft(row: OutboxRow) -> Draft:
    """Return the entry that a row becomes in its room."""
    return Draft(row.news.type, row.news.body, source=row.news.source)
