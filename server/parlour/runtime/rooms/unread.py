"""Unread counts: how many entries of its rooms an account has not read, and how many of them mention it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parlour.core.room import Account
from parlour.runtime.store import RoomRecord, Store, Unread

_NOTHING_READ = Unread(0, 0)


async def add_unread(
    store: Store, account: Account, records: Sequence[RoomRecord], rooms: list[dict[str, Any]]
) -> None:
    """Add `unread` and `mentions` to the room objects of these records; raises StoreError."""
    counted = await store.unread(account, [record.id for record in records])
    for room, record in zip(rooms, records, strict=True):
        so_far = counted.get(record.id, _NOTHING_READ)
        room |= {"unread": max(0, record.head - so_far.read), "mentions": so_far.mentions}
