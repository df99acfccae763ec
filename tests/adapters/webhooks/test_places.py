"""Places of webhooks on both databases: leases, what is behind, tries and parked entries."""

from __future__ import annotations

import pytest

from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.webhooks.places import SqlPlaces
from parlour.core.audit.record import AuditRecord
from parlour.runtime.store import Repeated
from parlour.runtime.webhooks.places import Parked, Place
from tests.logs import message, new_log

HOOK, OTHER = "hook-1", "hook-2"
SINCE = 5_000


def audit(id_: str) -> AuditRecord:
    return AuditRecord("ann", id_, "webhook.replay", HOOK, "it was down", "127.0.0.1", 0, answer={})


async def test_lease_is_held_by_one_and_taken_once_it_ends(places: SqlPlaces) -> None:
    assert await places.hold(HOOK, "one", 1_000, SINCE)
    assert not await places.hold(HOOK, "two", 1_000, SINCE + 999)
    assert await places.hold(HOOK, "one", 1_000, SINCE + 999)
    assert not await places.hold(HOOK, "two", 1_000, SINCE + 1_001)
    assert await places.hold(HOOK, "two", 1_000, SINCE + 2_000)
    await places.release(HOOK, "one")
    assert not await places.hold(HOOK, "one", 1_000, SINCE + 2_001)
    await places.release(HOOK, "two")
    assert await places.hold(HOOK, "one", 1_000, SINCE + 2_001)


async def test_new_hook_stands_behind_what_was_stored_before_it(places: SqlPlaces, store: SqlStore) -> None:
    old, going = await new_log(store, "Old"), await new_log(store, "Going")
    assert await places.hold(HOOK, "one", 1_000, SINCE)
    going.at = SINCE
    await going.append(store, message("a", "x"), message("b", "y"))
    assert await places.behind(HOOK, "", 10) == ["Going"]
    assert await places.place(HOOK, "going") == Place(1)
    assert await places.place(HOOK, "old") == Place(old.head)


async def test_rooms_that_are_behind_come_in_pages_by_id(places: SqlPlaces, store: SqlStore) -> None:
    assert await places.hold(HOOK, "one", 1_000, 0)
    for room in ("C", "a", "B"):
        await new_log(store, room)
    assert await places.behind(HOOK, "", 2) == ["a", "B"]
    assert await places.behind(HOOK, "b", 2) == ["C"]
    await places.advance(HOOK, {"a": 1, "c": 1})
    assert await places.behind(HOOK, "", 10) == ["B"]


async def test_tries_count_until_the_place_moves(places: SqlPlaces, store: SqlStore) -> None:
    assert await places.hold(HOOK, "one", 1_000, 0)
    log = await new_log(store, "Hall")
    await log.append(store, message("a", "x"))
    await places.fail(HOOK, "hall", 1)
    await places.fail(HOOK, "hall", 2)
    assert await places.place(HOOK, "hall") == Place(0, 2)
    await places.advance(HOOK, {"hall": 1})
    assert await places.place(HOOK, "hall") == Place(1)


async def test_parked_entries_are_each_hooks_own_the_newest_first(places: SqlPlaces, store: SqlStore) -> None:
    await new_log(store, "Hall")
    entries = [Parked("hall", seq, 100 + seq, "status 500") for seq in (1, 2, 3)]
    for entry in entries:
        await places.park(HOOK, entry)
    assert await places.parked(HOOK, 2) == [entries[2], entries[1]]
    assert await places.parked(OTHER, 2) == []
    assert await places.place(HOOK, "hall") == Place(3)


async def test_rewound_place_stays_until_it_is_read(places: SqlPlaces, store: SqlStore) -> None:
    assert await places.hold(HOOK, "one", 1_000, 0)
    log = await new_log(store, "Hall")
    await log.append(store, message("a", "x"), message("b", "y"))
    await places.park(HOOK, Parked("hall", 2, 100, "status 500"))
    await places.advance(HOOK, {"hall": 3})
    assert not await places.rewind(HOOK, "hall", 4, audit("a"))
    assert await places.rewind(HOOK, "hall", 2, audit("b"))
    assert await places.parked(HOOK, 2) == []
    assert await places.advance(HOOK, {"hall": 3}) == ["hall"]
    assert not await places.fail(HOOK, "hall", 1)
    assert not await places.park(HOOK, Parked("hall", 3, 100, "status 500"))
    assert await places.behind(HOOK, "", 10) == ["Hall"]
    assert await places.place(HOOK, "hall") == Place(1)
    assert await places.advance(HOOK, {"hall": 3}) == []
    with pytest.raises(Repeated):
        await places.rewind(HOOK, "hall", 1, audit("b"))
    assert await places.place(HOOK, "hall") == Place(3)


async def test_unparked_entry_is_forgotten_once(places: SqlPlaces, store: SqlStore) -> None:
    await new_log(store, "Hall")
    await places.park(HOOK, Parked("hall", 1, 100, "status 500"))
    assert not await places.unpark(OTHER, "hall", 1, audit("a"))
    assert await places.is_parked(HOOK, "hall", 1)
    assert await places.unpark(HOOK, "hall", 1, audit("b"))
    assert not await places.is_parked(HOOK, "hall", 1)
    assert not await places.unpark(HOOK, "hall", 1, audit("c"))
