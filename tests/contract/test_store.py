"""The contract of `runtime.store.Store` for logs: order, compare-and-set, duplicates."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.room import Draft, Seen, Snapshot
from parlour.runtime.store import (
    Append,
    Fenced,
    Repeated,
    RoomExists,
    Store,
)
from tests.contract.conftest import Open
from tests.logs import ALICE, BOB, Log, append_all, edit, message, new_log


async def test_room_when_loaded_is_as_it_was_created(store: Store) -> None:
    log = await new_log(store, "Room-1", title="Salon", options={"slow": 3, "gate": {"chain": 1}}, signed=True)
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.record == log.record
    assert saved.snapshot is None


async def test_room_that_is_unknown_is_none(store: Store) -> None:
    assert await store.load("nowhere") is None
    assert await store.entries("nowhere", 0, 10) == []
    assert await store.floor("nowhere") is None


async def test_room_ids_compare_case_insensitively(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "hello"))
    saved = await store.load("ROOM-1")
    assert saved is not None
    assert saved.record.id == "Room-1"
    assert await store.floor("ROOM-1") == (1, ZERO_HASH)
    with pytest.raises(RoomExists):
        await Log("rOOm-1").create(store)
    assert [entry.room for entry in await store.entries("room-1", 0, 10)] == ["Room-1", "Room-1"]
    assert (await store.known("ROOM-1", [(ALICE, "a")]))[ALICE, "a"].seq == 2
    await log.append(store, message("b", "more"))


async def test_entries_when_read_are_as_they_were_hashed(store: Store) -> None:
    log = Log("Room-1")
    sent = await log.create(
        store,
        Draft("app.note", {"unicode": "żółw ✓", "nested": [1, None, True, {"n": 1.5}]}, BOB, "x"),
        Draft("app.note", {}, BOB, "signed", sig="0xabcd", salt=bytes(16), seen=Seen(2**53 - 1, b"\x00\xff" * 16)),
        Draft("doc.update", b"\x00\xff binary", BOB, "y"),
        Draft("chain.event", {"of": 1}, source="chain:1:0:0xab:3:apply:w", ref=1),
    )
    found = await store.entries("Room-1", 0, 10)
    assert found == sent
    assert first_break(found, ZERO_HASH) is None


async def test_entries_when_appended_follow_without_a_hole(store: Store) -> None:
    log = await new_log(store)
    await log.append(store, message("a", "one"), message("b", "two"))
    await log.append(store, message("c", "three"))
    found = await store.entries("Room-1", 0, 100)
    assert [entry.seq for entry in found] == [1, 2, 3, 4]
    assert first_break(found, ZERO_HASH) is None
    saved = await store.load("Room-1")
    assert saved is not None
    assert (saved.record.head, saved.record.hash, saved.record.updated_at) == (4, found[-1].hash, found[-1].at)


async def test_appends_of_one_room_when_sent_together_keep_their_order(store: Store) -> None:
    log = await new_log(store)
    waiting = []
    for n in range(50):
        entries = log.draft(message(f"m{n}", "text"))
        waiting.append(asyncio.ensure_future(store.append(Append("Room-1", "e1", 0, log.head, entries))))
        log.advance(entries)
    await asyncio.gather(*waiting)
    found = await store.entries("Room-1", 0, 100)
    assert [entry.seq for entry in found] == list(range(1, 52))
    assert first_break(found, ZERO_HASH) is None


async def test_entries_are_read_in_pages(store: Store) -> None:
    await new_log(store, "Room-1", *(message(f"m{n}", "text") for n in range(9)))

    async def seqs(**where: int) -> list[int]:
        return [entry.seq for entry in await store.entries("Room-1", **where)]  # type: ignore[arg-type]

    assert await seqs(after=0, limit=3) == [1, 2, 3]
    assert await seqs(after=7, limit=100) == [8, 9, 10]
    assert await seqs(after=10, limit=5) == []
    assert await seqs(after=0, limit=3, before=9) == [6, 7, 8]
    assert await seqs(after=6, limit=5, before=9) == [7, 8]
    assert await seqs(after=0, limit=0) == []


async def test_entries_are_picked_by_number(store: Store) -> None:
    await new_log(store, "Room-1", message("a", "one"), message("b", "two"))
    picked = await store.pick("Room-1", [3, 1, 99])
    assert {seq: entry.id for seq, entry in picked.items()} == {1: "server:1", 3: "b"}
    assert await store.pick("Room-1", []) == {}


async def test_corrections_are_found_by_what_they_name_the_newest_edit_alone(store: Store) -> None:
    await new_log(
        store,
        "Room-1",
        message("a", "one"),
        message("b", "two"),
        edit("c", 2, "uno"),
        edit("d", 3, "due"),
        edit("e", 2, "1"),
    )
    assert [entry.seq for entry in await store.corrections("Room-1", [2])] == [6]
    assert [entry.seq for entry in await store.corrections("Room-1", [2, 3])] == [5, 6]
    assert await store.corrections("Room-1", []) == []


# ── compare and set ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_second_writer_stores_nothing(open_again: Open) -> None:
    mine, other = await open_again(), await open_again()
    log = await new_log(mine, "Room-1", *(message(f"m{n}", "text") for n in range(9)))
    theirs = Log("Room-1")
    theirs.head, theirs.hash = log.head, log.hash
    stored = await theirs.append(other, message("b11", "b"), message("b12", "b"))
    with pytest.raises(Fenced):
        await log.append(mine, message("a11", "a"), message("a12", "a"), message("a13", "a"))
    found = await mine.entries("Room-1", 10, 100)
    assert found == stored
    assert first_break(await mine.entries("Room-1", 0, 100), ZERO_HASH) is None
    assert await mine.known("Room-1", [(ALICE, "a11"), (ALICE, "a13")]) == {}


@pytest.mark.parametrize("change", [{"epoch": "other"}, {"fence": 1}, {"after": 1}, {"after": 3}])
async def test_append_with_a_wrong_epoch_fence_or_head_is_fenced(store: Store, change: dict[str, object]) -> None:
    log = await new_log(store, "Room-1", message("a", "one"))
    where: dict[str, Any] = {"epoch": "e1", "fence": 0, "after": 2} | change
    with pytest.raises(Fenced):
        await store.append(Append("Room-1", entries=log.draft(message("b", "two")), **where))
    assert len(await store.entries("Room-1", 0, 10)) == 2


async def test_append_to_an_unknown_room_is_fenced(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.append(Append("nowhere", "e1", 0, 0, Log("nowhere").draft(message("a", "x"))))


async def test_append_that_is_fenced_leaves_its_neighbours_alone(store: Store) -> None:
    logs = [await new_log(store, f"room-{n}") for n in range(6)]
    logs[2].record.fence = logs[4].record.fence = 7
    fates = await asyncio.gather(
        *(log.append(store, message("a", "one"), message("b", "two")) for log in logs), return_exceptions=True
    )
    assert [isinstance(fate, Fenced) for fate in fates] == [False, False, True, False, True, False]
    assert [len(await store.entries(log.record.id, 0, 10)) for log in logs] == [3, 3, 1, 3, 1, 3]


async def test_append_all_when_one_room_is_fenced_stores_the_others(store: Store) -> None:
    logs = [await new_log(store, f"room-{n}") for n in range(6)]
    logs[2].record.fence = logs[4].record.fence = 7
    fates = await append_all(store, *(log.batch(message("a", "one"), message("b", "two")) for log in logs))
    assert [type(fate) for fate in fates] == [type(None), type(None), Fenced, type(None), Fenced, type(None)]
    assert [len(await store.entries(log.record.id, 0, 10)) for log in logs] == [3, 3, 1, 3, 1, 3]


async def test_append_all_when_one_room_repeats_an_id_stores_the_others(store: Store) -> None:
    logs = [await new_log(store, f"room-{n}", message("taken", "one")) for n in range(3)]
    ids = ["new", "taken", "new"]
    fates = await append_all(store, *(log.batch(message(id, "two")) for log, id in zip(logs, ids, strict=True)))
    assert [type(fate) for fate in fates] == [type(None), Repeated, type(None)]
    assert [len(await store.entries(log.record.id, 0, 10)) for log in logs] == [3, 2, 3]


async def test_append_all_with_a_snapshot_stores_it(store: Store) -> None:
    log, plain = await new_log(store), await new_log(store, "plain")
    batches = log.batch(message("a", "one"), snapshot=Snapshot(2, {"a": 1})), plain.batch(message("a", "one"))
    assert await append_all(store, *batches) == [None, None]
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot is not None
    assert saved.snapshot.state == {"a": 1}


async def test_append_all_of_nothing_is_done(store: Store) -> None:
    assert await append_all(store) == []


async def test_append_that_follows_a_fenced_one_is_fenced_too(store: Store) -> None:
    log = await new_log(store)
    first, log.head = log.draft(message("a", "one")), 1
    log.advance(first)
    second = log.draft(message("b", "two"))
    fates = await asyncio.gather(
        store.append(Append("Room-1", "wrong", 0, 1, first)),
        store.append(Append("Room-1", "e1", 0, 2, second)),
        return_exceptions=True,
    )
    assert [type(fate) for fate in fates] == [Fenced, Fenced]
    assert len(await store.entries("Room-1", 0, 10)) == 1


# ── duplicates ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_append_that_repeats_an_id_leaves_its_neighbours_alone(store: Store) -> None:
    logs = [await new_log(store, f"room-{n}", message("taken", "one")) for n in range(4)]
    ids = ["new", "taken", "new", "new"]
    fates = await asyncio.gather(
        *(log.append(store, message(id, "two")) for log, id in zip(logs, ids, strict=True)), return_exceptions=True
    )
    assert [isinstance(fate, Repeated) for fate in fates] == [False, True, False, False]
    saved = await store.load("room-1")
    assert saved is not None
    assert saved.record.head == 2


async def test_id_is_unique_per_author_and_room(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "one"))
    await log.append(store, message("a", "one", BOB))
    await new_log(store, "Room-2", message("a", "one"))
    with pytest.raises(Repeated):
        await log.append(store, message("b", "x"), message("b", "y"))


async def test_source_is_stored_once(store: Store) -> None:
    log = await new_log(store, "Room-1", Draft("chain.event", {}, source="s1"))
    await log.append(store, Draft("chain.event", {}, source="s2"), Draft("room.configured", {}))
    assert await store.sourced("Room-1", ["s1", "s2", "s3"]) == {"s1": 2, "s2": 3}
    with pytest.raises(Repeated):
        await log.append(store, Draft("chain.event", {}, source="s1"))


async def test_known_ids_say_where_and_what_they_were(store: Store) -> None:
    log = await new_log(store)
    [sent] = await log.append(store, message("a", "one"))
    known = await store.known("Room-1", [(ALICE, "a"), (BOB, "a"), (ALICE, "zzz")])
    assert list(known) == [(ALICE, "a")]
    found = known[ALICE, "a"]
    assert (found.seq, found.at, found.hash, found.type) == (sent.seq, sent.at, sent.hash, "chat.message")
    assert (found.body_hash, found.salt) == (sent.body_hash, sent.salt)
    assert await store.known("Room-1", []) == {}
