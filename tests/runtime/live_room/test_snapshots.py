"""From which snapshot a room is folded."""

from __future__ import annotations

import pytest

from parlour.core.log.formats import Formats
from parlour.core.room import Snapshot
from parlour.errors import Unavailable
from parlour.runtime.live_room.state import base_of
from parlour.runtime.store import RoomRecord, StoreError
from parlour.runtime.store_memory import MemoryStore
from tests.logs import message, new_log

SECOND = Formats(newest=2, shape=2, upgrades={})
UPGRADING = Formats(newest=2, shape=2, upgrades={1: lambda kind, state: {**state, "kind": kind}})


async def room_with(store: MemoryStore, *formats: int) -> tuple[RoomRecord, Snapshot | None]:
    """A room with a snapshot of each format, oldest first, from entry 2 on."""
    log = await new_log(store)
    for number, format_ in enumerate(formats, 2):
        await log.append(store, message(f"m{number}", "x"), snapshot=Snapshot(number, {"n": number}, format_))
    saved = await store.load("Room-1")
    assert saved is not None
    return saved.record, saved.snapshot


async def test_base_is_the_newest_snapshot_when_it_is_of_todays_shape() -> None:
    store = MemoryStore()
    record, newest = await room_with(store, 1, 2)
    assert await base_of(store, SECOND, record, newest) == Snapshot(3, {"n": 3}, 2)


async def test_base_is_an_upgraded_copy_when_the_newest_is_older() -> None:
    store = MemoryStore()
    record, newest = await room_with(store, 1)
    assert await base_of(store, UPGRADING, record, newest) == Snapshot(2, {"n": 2, "kind": "chat"}, 2)


async def test_base_is_an_older_snapshot_when_a_newer_release_wrote_the_newest() -> None:
    store = MemoryStore()
    record, newest = await room_with(store, 2, 3, 3)
    assert await base_of(store, SECOND, record, newest) == Snapshot(2, {"n": 2}, 2)


async def test_base_is_none_when_no_snapshot_is_of_use_and_the_log_is_whole() -> None:
    store = MemoryStore()
    record, newest = await room_with(store, 1, 3)
    assert await base_of(store, SECOND, record, newest) is None
    assert await base_of(store, SECOND, record, None) is None


async def test_base_is_refused_when_no_snapshot_is_of_use_above_a_floor() -> None:
    store = MemoryStore()
    record, newest = await room_with(store, 3)
    record.floor = 3
    with pytest.raises(Unavailable) as refused:
        await base_of(store, SECOND, record, newest)
    assert refused.value.details == {"format": 3}
    with pytest.raises(StoreError, match="is missing"):
        await base_of(store, SECOND, record, None)


async def test_base_is_refused_when_the_log_needs_a_newer_release() -> None:
    store = MemoryStore()
    record, newest = await room_with(store, 1)
    record.format = 3
    with pytest.raises(Unavailable) as refused:
        await base_of(store, SECOND, record, newest)
    assert refused.value.details == {"format": 3}
