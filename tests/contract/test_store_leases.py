"""The contract of `runtime.store.Store` for leases: one owner at a time, and a fence for each."""

from __future__ import annotations

import pytest

from parlour.runtime.lease import LONGEST_MS
from parlour.runtime.store import (
    Fenced,
    Store,
)
from tests.contract.conftest import Open
from tests.logs import message, new_log


async def test_lease_is_one_owners_until_it_ends(open_again: Open) -> None:
    mine, other = await open_again(), await open_again()
    await new_log(mine)
    fence = await mine.acquire("Room-1", "one", 5_000, now=10_000)
    with pytest.raises(Fenced):
        await other.acquire("Room-1", "two", 5_000, now=14_999)
    assert await mine.acquire("Room-1", "one", 5_000, now=14_000) == fence
    taken = await other.acquire("Room-1", "two", 5_000, now=19_000)
    assert taken > fence
    with pytest.raises(Fenced):
        await mine.acquire("Room-1", "one", 5_000, now=19_001)


async def test_lease_given_by_a_clock_that_was_ahead_is_free(open_again: Open) -> None:
    """A machine without a battery for its clock comes back in the past, and its rooms are not closed until then."""
    mine, other = await open_again(), await open_again()
    await new_log(mine)
    fence = await mine.acquire("Room-1", "one", 5_000, now=10_000 + LONGEST_MS)
    assert await other.holders(["room-1"], 10_000) == {}
    assert await other.acquire("Room-1", "two", 5_000, now=10_000) > fence
    with pytest.raises(Fenced):
        await mine.acquire("Room-1", "one", 5_000, now=10_001)


async def test_fence_rises_with_every_change_of_owner(store: Store) -> None:
    await new_log(store)
    fences = []
    for owner in ("one", "one", "two", "one"):
        fences.append(await store.acquire("ROOM-1", owner, 5_000, now=0))
        await store.release("Room-1", owner)
    assert fences == sorted(set(fences))


async def test_lease_is_released_by_its_owner_alone(store: Store) -> None:
    await new_log(store)
    await store.acquire("Room-1", "one", 5_000, now=0)
    await store.release("Room-1", "two")
    with pytest.raises(Fenced):
        await store.acquire("Room-1", "two", 5_000, now=1)


async def test_leases_are_renewed_together_and_only_ones_own(store: Store) -> None:
    for room in ("Room-1", "Room-2", "Room-3"):
        await new_log(store, room)
    fence = await store.acquire("Room-1", "one", 5_000, now=0)
    await store.acquire("Room-2", "two", 5_000, now=0)
    assert await store.renew(["Room-1", "Room-2", "Room-3", "nowhere"], "one", 5_000, now=4_000) == {"Room-1"}
    with pytest.raises(Fenced):
        await store.acquire("Room-1", "two", 5_000, now=8_999)
    assert await store.acquire("Room-1", "one", 5_000, now=8_999) == fence
    assert await store.renew([], "one", 5_000, now=9_000) == set()


async def test_record_says_who_holds_the_room_and_when_it_was_given_back(store: Store) -> None:
    await new_log(store)
    await store.acquire("Room-1", "one", 5_000, now=1_000)
    held = await store.load("Room-1")
    assert held is not None
    assert (held.record.lease_owner, held.record.lease_until) == ("one", 6_000)
    await store.release("Room-1", "one", now=2_000)
    free = await store.load("Room-1")
    assert free is not None
    assert (free.record.lease_owner, free.record.lease_until) == (None, 2_000)


async def test_append_is_fenced_after_the_lease_was_lost(store: Store) -> None:
    log = await new_log(store)
    log.record.fence = await store.acquire("Room-1", "one", 5_000, now=0)
    await log.append(store, message("a", "x"))
    await store.acquire("Room-1", "two", 5_000, now=6_000)
    with pytest.raises(Fenced):
        await log.append(store, message("b", "x"))


async def test_lease_of_an_unknown_room_is_refused(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.acquire("nowhere", "one", 5_000, now=0)
    await store.release("nowhere", "one")


async def test_holders_are_those_whose_lease_has_not_ended(store: Store) -> None:
    for room in ("Room-1", "Room-2", "Room-3"):
        await new_log(store, room)
    await store.acquire("Room-1", "one", 5_000, now=0)
    await store.acquire("Room-2", "two", 5_000, now=0)
    await store.acquire("Room-3", "two", 5_000, now=0)
    await store.release("Room-3", "two", now=1)
    asked = ["room-1", "room-2", "room-3", "nowhere"]
    assert await store.holders(asked, 4_999) == {"room-1": "one", "room-2": "two"}
    assert await store.holders(asked, 5_000) == {}
    assert await store.holders([], 0) == {}
