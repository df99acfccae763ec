"""Delivers a chain's news from the outbox to the rooms (runtime/delivery.py); a row is done once its room stored it.

Rows may be delivered twice; the rooms' unique `source` makes the second time no change. A watch whose room has yet to
store `room.watched` holds that room's rows back, so that the watch comes before its events. Rows of watches wait until
the room's rate has place for them, others do not (core/chain/lanes.py, outbox_queue.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from parlour.core.room import ChainUpdate, Draft, RoomId
from parlour.runtime.chain.outbox_queue import OutboxQueue
from parlour.runtime.chain.room_pace import RoomPace
from parlour.runtime.chain.store import ChainStore, OutboxRow
from parlour.runtime.clock import Clock
from parlour.runtime.delivery import Delivery, DeliveryCounts

Deliver = Callable[[RoomId, ChainUpdate], Awaitable[Any]]
"""Submits news to a room's host; returns once the room has stored it, raises where it has not."""


class ChainOutbox:
    """Delivers one chain's outbox to the rooms.

    Args:
        pace: how many rows of watches each room may get.
    """

    def __init__(self, chain: int, store: ChainStore, deliver: Deliver, clock: Clock, pace: RoomPace) -> None:
        self._deliver = deliver
        self._rows = OutboxQueue(chain, store, clock, pace)
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

    def rescan(self) -> None:
        """Read the whole outbox anew, because rows came back into it."""
        self._rows.rescan()
        self.wake()

    def waiting(self, room: RoomId | None) -> int:
        """Return how many rows of the room, or of all rooms, wait."""
        return self._rows.waiting(room)

    def expect_held(self) -> None:
        """Read the held watches before the next delivery, because one is about to be committed."""
        self._rows.may_hold = True

    async def drain(self) -> None:
        """Deliver everything that may be delivered now, and wait until it is; raises StoreError."""
        await self._delivery.drain()

    async def _send(self, room: RoomId, rows: Sequence[OutboxRow]) -> None:
        if rows[0].bundle is not None:
            await self._rows.before_correction(room, rows)
        await self._deliver(room, ChainUpdate(drafts=[draft(row) for row in rows]))


def draft(row: OutboxRow) -> Draft:
    """Return the entry that a row becomes in its room."""
    return Draft(row.news.type, row.news.body, source=row.news.source)
