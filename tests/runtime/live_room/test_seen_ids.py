"""An id that was ever posted is never taken for new; a new one is rarely asked for."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from parlour.errors import Conflict
from parlour.runtime.live_room.seen_ids import SeenIds
from tests.runtime.kit import ALICE, BOB, Process, limits, message


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=200))
def test_id_when_added_may_be_held_before_and_after_a_snapshot(ids: list[tuple[str, str]]) -> None:
    seen = SeenIds()
    for author, id_ in ids:
        seen.add(author, id_)
    again = SeenIds.load(seen.dump())
    assert again is not None
    assert all(seen.may_hold(*pair) and again.may_hold(*pair) for pair in ids)
    assert bool(seen) == bool(again) == bool(ids)


def test_seen_ids_are_small_and_still_tell_ids_of_large_rooms_apart() -> None:
    seen = SeenIds()
    for number in range(50):
        seen.add(ALICE, f"id-{number}")
    assert len(seen.dump()) < 700
    for number in range(40_000):
        seen.add(BOB, f"id-{number}")
    again = SeenIds.load(seen.dump())
    assert again is not None
    mistaken = sum(again.may_hold(ALICE, f"new-{number}") for number in range(2000))
    assert mistaken < 100
    assert len(again.dump()) < 90_000
    for number in range(40_000):
        assert again.may_hold(BOB, f"id-{number}")


def test_seen_ids_when_unreadable_know_nothing() -> None:
    for dumped in (None, "", "x", "5:", "5:!!", "5:aGVsbG8=", 7, {"a": 1}):
        assert SeenIds.load(dumped) is None


async def test_reopened_room_asks_the_store_only_about_ids_it_may_have_seen() -> None:
    process = Process(limits=limits(known_ids=3))
    await process.create()
    for number in range(30):
        await process.post(ALICE, f"{number}", id_=f"old-{number}")
    await process.close()
    again = Process(process.store, process.clock, limits=limits(known_ids=3))
    asked: list[int] = []
    known = process.store.known

    async def counted(room: str, ids: list[tuple[str, str]]) -> object:
        asked.append(len(ids))
        return await known(room, ids)

    process.store.known = counted  # type: ignore[method-assign,assignment]
    for number in range(30):
        await again.post(ALICE, f"{number}", id_=f"new-{number}")
    assert sum(asked) <= 3
    for number in range(30):
        assert (await again.post(ALICE, f"{number}", id_=f"old-{number}"))["seq"] == number + 2
    assert isinstance(await again.refused(message(ALICE, "other", "old-5")), Conflict)


async def test_post_is_a_duplicate_on_retry_when_only_the_store_knows_its_id() -> None:
    process = Process()
    await process.create()
    for number in range(12):
        await process.post(ALICE, f"{number}", id_=f"old-{number}")
    await process.close()
    snapshots = process.store._rooms["hall"].snapshots
    for seq, (format_, state) in snapshots.items():
        snapshots[seq] = format_, orjson.dumps(orjson.loads(state) | {"ids": SeenIds().dump()})
    again = Process(process.store, process.clock)
    assert (await again.refused(message(ALICE, "3", "old-3"))).code == "unavailable"
    assert (await again.post(ALICE, "3", id_="old-3"))["duplicate"] is True
