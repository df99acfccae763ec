"""The contract of `runtime.store.Store`, for every store there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parlour.adapters.sql.rooms import open_store
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.room import Draft, Seen, Snapshot
from parlour.runtime.store import Fenced, Listing, OwnsTooMany, Repeated, RoomExists, RoomRecord, Store
from parlour.runtime.store_memory import MemoryStore
from tests.databases import migrated_sqlite
from tests.logs import ALICE, BOB, Log, edit, message, new_log

Open = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens another store over the same rooms, as a second process would."""
    memory = MemoryStore()
    opened: list[Store] = []
    if request.param == "sqlite":
        url = await migrated_sqlite(tmp_path)
    elif request.param == "postgres":
        url = request.getfixturevalue("postgres").migrated()

    async def again() -> Store:
        opened.append(memory if request.param == "memory" else await open_store(url))
        return opened[-1]

    yield again
    for each in opened:
        await each.close()


@pytest.fixture
async def store(open_again: Open) -> Store:
    return await open_again()


# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_created_room_is_loaded_as_it_was(store: Store) -> None:
    log = await new_log(store, "Room-1", title="Salon", options={"slow": 3, "gate": {"chain": 1}}, signed=True)
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.record == log.record
    assert saved.snapshot is None


async def test_an_unknown_room_is_none(store: Store) -> None:
    assert await store.load("nowhere") is None
    assert await store.entries("nowhere", 0, 10) == []


async def test_ids_compare_case_insensitively(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "hello"))
    saved = await store.load("ROOM-1")
    assert saved is not None
    assert saved.record.id == "Room-1"
    with pytest.raises(RoomExists):
        await Log("rOOm-1").create(store)
    assert [entry.room for entry in await store.entries("room-1", 0, 10)] == ["Room-1", "Room-1"]
    assert (await store.known("ROOM-1", [(ALICE, "a")]))[ALICE, "a"].seq == 2
    await log.append(store, message("b", "more"))


async def test_entries_come_back_as_they_were_hashed(store: Store) -> None:
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


async def test_appended_entries_follow_without_a_hole(store: Store) -> None:
    log = await new_log(store)
    await log.append(store, message("a", "one"), message("b", "two"))
    await log.append(store, message("c", "three"))
    found = await store.entries("Room-1", 0, 100)
    assert [entry.seq for entry in found] == [1, 2, 3, 4]
    assert first_break(found, ZERO_HASH) is None
    saved = await store.load("Room-1")
    assert saved is not None
    assert (saved.record.head, saved.record.hash, saved.record.updated_at) == (4, found[-1].hash, found[-1].at)


async def test_appends_of_one_room_sent_together_are_applied_in_order(store: Store) -> None:
    log = await new_log(store)
    waiting = []
    for n in range(50):
        entries = log.draft(message(f"m{n}", "text"))
        waiting.append(asyncio.ensure_future(store.append("Room-1", "e1", 0, log.head, entries)))
        log.took(entries)
    await asyncio.gather(*waiting)
    found = await store.entries("Room-1", 0, 100)
    assert [entry.seq for entry in found] == list(range(1, 52))
    assert first_break(found, ZERO_HASH) is None


async def test_pages_of_the_log(store: Store) -> None:
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


# ── compare and set ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_second_writer_gets_nothing_in(open_again: Open) -> None:
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
async def test_a_wrong_epoch_fence_or_head_is_fenced(store: Store, change: dict[str, object]) -> None:
    log = await new_log(store, "Room-1", message("a", "one"))
    where: dict[str, object] = {"epoch": "e1", "fence": 0, "after": 2} | change
    with pytest.raises(Fenced):
        await store.append("Room-1", entries=log.draft(message("b", "two")), **where)  # type: ignore[arg-type]
    assert len(await store.entries("Room-1", 0, 10)) == 2


async def test_an_append_to_an_unknown_room_is_fenced(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.append("nowhere", "e1", 0, 0, Log("nowhere").draft(message("a", "x")))


async def test_a_fenced_room_does_not_touch_its_neighbours(store: Store) -> None:
    logs = [await new_log(store, f"room-{n}") for n in range(6)]
    logs[2].record.fence = logs[4].record.fence = 7
    fates = await asyncio.gather(
        *(log.append(store, message("a", "one"), message("b", "two")) for log in logs), return_exceptions=True
    )
    assert [isinstance(fate, Fenced) for fate in fates] == [False, False, True, False, True, False]
    assert [len(await store.entries(log.record.id, 0, 10)) for log in logs] == [3, 3, 1, 3, 1, 3]


async def test_what_follows_a_fenced_append_is_fenced_too(store: Store) -> None:
    log = await new_log(store)
    first, log.head = log.draft(message("a", "one")), 1
    log.took(first)
    second = log.draft(message("b", "two"))
    fates = await asyncio.gather(
        store.append("Room-1", "wrong", 0, 1, first), store.append("Room-1", "e1", 0, 2, second), return_exceptions=True
    )
    assert [type(fate) for fate in fates] == [Fenced, Fenced]
    assert len(await store.entries("Room-1", 0, 10)) == 1


# ── duplicates ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_repeated_id_is_refused_and_does_not_touch_its_neighbours(store: Store) -> None:
    logs = [await new_log(store, f"room-{n}", message("taken", "one")) for n in range(4)]
    ids = ["new", "taken", "new", "new"]
    fates = await asyncio.gather(
        *(log.append(store, message(id, "two")) for log, id in zip(logs, ids, strict=True)), return_exceptions=True
    )
    assert [isinstance(fate, Repeated) for fate in fates] == [False, True, False, False]
    saved = await store.load("room-1")
    assert saved is not None
    assert saved.record.head == 2


async def test_an_id_is_unique_per_author_and_room(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "one"))
    await log.append(store, message("a", "one", BOB))
    await new_log(store, "Room-2", message("a", "one"))
    with pytest.raises(Repeated):
        await log.append(store, message("b", "x"), message("b", "y"))


async def test_a_source_is_stored_once(store: Store) -> None:
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


# ── erasing, search, snapshots ───────────────────────────────────────────────────────────────────────────────────


async def test_erasing_takes_body_and_salt_of_a_message_and_its_edits(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "secret"), edit("b", 2, "secret too"), message("c", "stays"))
    before = await store.entries("Room-1", 0, 10)
    await log.append(store, Draft("chat.delete", {"of": 2}, ALICE, "d", ref=2), erase=[2])
    after = await store.entries("Room-1", 0, 10)
    assert [entry.erased for entry in after] == [False, True, True, False, False]
    for entry in after[1:3]:
        assert (entry.body, entry.raw, entry.salt) == (None, None, None)
    assert [entry.body_hash for entry in after[:4]] == [entry.body_hash for entry in before]
    assert first_break(after, ZERO_HASH) is None
    assert (await store.known("Room-1", [(ALICE, "a")]))[ALICE, "a"].salt is None


async def test_search_finds_messages_holding_all_words_newest_first(store: Store) -> None:
    await new_log(
        store,
        "Room-1",
        message("a", "The quick brown Fox"),
        message("b", "a lazy dog"),
        message("c", "FOX and quick dog"),
        message("d", "Zażółć gęślą JAŹŃ"),
        message("e", "100% sure_thing \\o/"),
        Draft("app.note", {"text": "quick fox"}, ALICE, "f"),
    )

    async def hits(query: str, limit: int = 10) -> list[str]:
        return [entry.id for entry in await store.search("Room-1", query, limit)]

    assert await hits("quick fox") == ["c", "a"]
    assert await hits("quick fox", 1) == ["c"]
    assert await hits("fox lazy") == []
    assert await hits("jaźń") == ["d"]
    assert await hits("100%") == ["e"]
    assert await hits("sure_thing") == ["e"]
    assert await hits("%") == ["e"]
    assert await hits("q_ick") == []
    assert await hits("\\o/") == ["e"]
    assert await hits("  ") == []


async def test_search_finds_the_newest_text_and_nothing_erased(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "apples"), message("b", "pears"))
    await log.append(store, edit("c", 2, "plums"), edit("d", 2, "cherries"))
    assert await store.search("Room-1", "apples", 10) == []
    assert await store.search("Room-1", "plums", 10) == []
    assert [entry.seq for entry in await store.search("Room-1", "cherries", 10)] == [2]
    await log.append(store, Draft("chat.delete", {"of": 2}, ALICE, "x", ref=2), erase=[2])
    assert await store.search("Room-1", "cherries", 10) == []
    assert [entry.id for entry in await store.search("Room-1", "pears", 10)] == ["b"]


async def test_the_newest_snapshot_is_loaded_and_older_ones_are_found(store: Store) -> None:
    log = await new_log(store)
    await log.append(store, message("a", "x"), snapshot=Snapshot(2, {"n": 2}))
    await log.append(store, message("b", "x"), message("c", "x"), snapshot=Snapshot(4, {"n": 4, "z": [1, "ł"]}))
    await log.append(store, message("d", "x"))
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(4, {"n": 4, "z": [1, "ł"]})
    assert await store.snapshot_before("Room-1", 4) == Snapshot(2, {"n": 2})
    assert await store.snapshot_before("Room-1", 2) is None


async def test_snapshot_when_loaded_has_the_format_it_was_stored_with(store: Store) -> None:
    log = await new_log(store)
    await log.append(store, message("a", "x"), snapshot=Snapshot(2, {"n": 2}, format=2))
    await log.append(store, message("b", "x"), snapshot=Snapshot(3, {"n": 3}))
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(3, {"n": 3}, format=1)
    assert await store.snapshot_before("Room-1", 3) == Snapshot(2, {"n": 2}, format=2)


async def test_room_format_is_raised_with_entries_and_never_falls(store: Store) -> None:
    log = await new_log(store, "Room-1", format=2)
    for asked, expected in ((3, 3), (1, 3), (4, 4)):
        listing = Listing("", "public", {}, False, 0, format=asked)
        await log.append(store, message(f"to-{asked}", "x"), listing=listing)
        saved = await store.load("Room-1")
        assert saved is not None
        assert saved.record.format == expected


async def test_a_reorg_drops_snapshots_and_stores_its_own(store: Store) -> None:
    log = await new_log(store)
    for seq in (2, 3, 4):
        await log.append(store, message(f"m{seq}", "x"), snapshot=Snapshot(seq, {"n": seq}))
    await log.append(store, Draft("chain.reverted", {}), snapshot=Snapshot(5, {"n": 5}), drop_snapshots_from=3)
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(5, {"n": 5})
    assert await store.snapshot_before("Room-1", 5) == Snapshot(2, {"n": 2})


async def test_a_fenced_append_changes_nothing_beside_the_log_either(store: Store) -> None:
    log = await new_log(store, "Room-1", message("a", "secret"))
    await log.append(store, message("b", "x"), snapshot=Snapshot(3, {}))
    log.record.fence = 9
    listing = Listing("New", "private", {}, True, 9)
    with pytest.raises(Fenced):
        await log.append(
            store, message("c", "x"), snapshot=Snapshot(4, {}), listing=listing, erase=[2], drop_snapshots_from=1
        )
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.snapshot == Snapshot(3, {})
    assert (saved.record.title, saved.record.closed) == ("", False)
    assert not (await store.pick("Room-1", [2]))[2].erased


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def listed(store: Store, **where: object) -> list[str]:
    records, _ = await store.rooms(**({"viewer": None} | where))  # type: ignore[arg-type]
    return [record.id for record in records]


async def test_an_append_may_change_what_lists_show(store: Store) -> None:
    log = await new_log(store)
    listing = Listing("Salon", "private", {"slow": 5}, False, 3)
    await log.append(store, Draft("room.configured", {}), listing=listing)
    saved = await store.load("Room-1")
    assert saved is not None
    expected = replace(log.record, title="Salon", visibility="private", options={"slow": 5}, members=3, head=2)
    assert saved.record == replace(expected, hash=log.hash, updated_at=log.at + 2)


async def test_the_list_shows_what_the_viewer_may_see_newest_activity_first(store: Store) -> None:
    await new_log(store, "old", at=1_000)
    busy = await new_log(store, "busy", at=2_000)
    await new_log(store, "hidden", at=3_000, visibility="private", owner=BOB)
    await new_log(store, "shut", at=4_000, closed=True)
    busy.at = 9_000
    await busy.append(store, message("a", "x"))
    assert await listed(store) == ["busy", "old"]
    assert await listed(store, viewer=ALICE) == ["busy", "old"]
    assert await listed(store, viewer=BOB) == ["busy", "hidden", "old"]
    assert await listed(store, everything=True) == ["busy", "shut", "hidden", "old"]
    await store.touch_member("hidden", ALICE, 1)
    assert await listed(store, viewer=ALICE) == ["busy", "hidden", "old"]
    await store.forget_member("hidden", ALICE)
    assert await listed(store, viewer=ALICE) == ["busy", "old"]


async def test_the_list_is_filtered_by_kind_words_and_membership(store: Store) -> None:
    await new_log(store, "Chess-1", kind="chess", title="Żaba Club", owner=BOB)
    await new_log(store, "chess-2", kind="chess", owner=BOB)
    await new_log(store, "talk", title="100% talk")
    assert await listed(store, kind="chess") == ["Chess-1", "chess-2"]
    assert await listed(store, query="żaba CHESS") == ["Chess-1"]
    assert await listed(store, query="%") == ["talk"]
    assert await listed(store, viewer=ALICE, mine=True) == ["talk"]
    assert await listed(store, viewer=None, mine=True) == []
    await store.touch_member("chess-2", ALICE, 1)
    assert sorted(await listed(store, viewer=ALICE, mine=True)) == ["chess-2", "talk"]


async def test_the_list_is_paged(store: Store) -> None:
    for n in range(7):
        await new_log(store, f"room-{n}", at=1_000 + n // 2)
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        records, cursor = await store.rooms(viewer=None, cursor=cursor, limit=2)
        seen += [record.id for record in records]
    assert cursor is None
    assert seen == ["room-6", "room-4", "room-5", "room-2", "room-3", "room-0", "room-1"]


async def test_a_foreign_cursor_does_not_fail(store: Store) -> None:
    await new_log(store)
    for cursor in ("zzz", "bm9wZQ==", "ż"):
        await store.rooms(viewer=None, cursor=cursor)


async def create(store: Store, room: str, owner: str = ALICE, **more: Any) -> None:
    most_owned = more.pop("most_owned", None)
    record = RoomRecord(room, "chat", owner, 1_000, epoch="e1", updated_at=1_000, **more)
    await store.create(record, [], most_owned=most_owned)


async def test_open_rooms_of_an_owner_are_bounded(store: Store) -> None:
    await create(store, "a", most_owned=2)
    await create(store, "b", closed=True)
    await create(store, "c", most_owned=2)
    with pytest.raises(OwnsTooMany):
        await create(store, "d", most_owned=2)
    with pytest.raises(RoomExists):
        await create(store, "a", most_owned=2)
    await create(store, "d", BOB, most_owned=2)
    await create(store, "e")


async def test_rooms_made_at_once_through_two_processes_stay_within_the_bound(open_again: Open) -> None:
    stores = [await open_again(), await open_again()]
    tries = [create(stores[n % 2], f"room-{n}", most_owned=3) for n in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [OwnsTooMany] * 9


async def test_a_request_makes_one_room_of_its_owner(store: Store) -> None:
    assert await store.requested(ALICE, "r") is None
    await create(store, "a", request_id="r")
    await create(store, "b", BOB, request_id="r")
    await create(store, "c", request_id="s")
    with pytest.raises(RoomExists):
        await create(store, "d", request_id="r")
    made = [await store.requested(*asked) for asked in ((ALICE, "r"), (BOB, "r"), (ALICE, "s"))]
    assert [saved and (saved.record.id, saved.record.request_id) for saved in made] == [
        ("a", "r"),
        ("b", "r"),
        ("c", "s"),
    ]


async def test_what_lists_show_of_a_game_is_kept_and_can_be_asked_for(store: Store) -> None:
    waiting = {"status": "waiting", "seats": {"taken": 1, "total": 2}, "open": True}
    await create(store, "a", game=waiting)
    await create(store, "b")
    assert [(r.id, r.game) for r in (await store.rooms(viewer=None, open=True))[0]] == [("a", waiting)]
    saved = await store.load("a")
    assert saved is not None
    full = {**waiting, "open": False}
    await store.append("a", "e1", 0, 0, [], listing=Listing("", "public", {}, False, 0, full))
    assert (await store.rooms(viewer=None, open=True))[0] == []
    again = await store.load("a")
    assert again is not None
    assert again.record.game == full


# ── leases ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_lease_is_one_owners_until_it_ends(open_again: Open) -> None:
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


async def test_every_change_of_owner_raises_the_fence(store: Store) -> None:
    await new_log(store)
    fences = []
    for owner in ("one", "one", "two", "one"):
        fences.append(await store.acquire("ROOM-1", owner, 5_000, now=0))
        await store.release("Room-1", owner)
    assert fences == sorted(set(fences))


async def test_only_the_owner_releases(store: Store) -> None:
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


async def test_the_record_says_who_holds_the_room_and_when_it_was_given_back(store: Store) -> None:
    await new_log(store)
    await store.acquire("Room-1", "one", 5_000, now=1_000)
    held = await store.load("Room-1")
    assert held is not None
    assert (held.record.lease_owner, held.record.lease_until) == ("one", 6_000)
    await store.release("Room-1", "one", now=2_000)
    free = await store.load("Room-1")
    assert free is not None
    assert (free.record.lease_owner, free.record.lease_until) == (None, 2_000)


async def test_who_lost_the_lease_cannot_append(store: Store) -> None:
    log = await new_log(store)
    log.record.fence = await store.acquire("Room-1", "one", 5_000, now=0)
    await log.append(store, message("a", "x"))
    await store.acquire("Room-1", "two", 5_000, now=6_000)
    with pytest.raises(Fenced):
        await log.append(store, message("b", "x"))


async def test_a_lease_of_an_unknown_room_is_refused(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.acquire("nowhere", "one", 5_000, now=0)
    await store.release("nowhere", "one")


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_members_are_those_who_joined_and_did_not_leave(store: Store) -> None:
    await new_log(store)
    for account in ("c", "a", "b", "a"):
        await store.touch_member("Room-1", account, 1)
    await store.read("Room-1", "reader", 1)
    assert await store.members("room-1", None, 10) == (["a", "b", "c"], None)
    await store.forget_member("Room-1", "b")
    assert await store.members("Room-1", None, 10) == (["a", "c"], None)
    await store.touch_member("Room-1", "b", 2)
    page, cursor = await store.members("Room-1", None, 2)
    assert page == ["a", "b"]
    assert await store.members("Room-1", cursor, 2) == (["c"], None)


async def test_joining_and_leaving_count_the_rooms_people_once_each(store: Store) -> None:
    await new_log(store)
    fates = [await store.touch_member("Room-1", ALICE, 1), await store.touch_member("ROOM-1", ALICE, 2)]
    fates += [await store.touch_member("Room-1", BOB, 3), await store.forget_member("Room-1", BOB)]
    fates += [await store.forget_member("Room-1", BOB), await store.forget_member("Room-1", "nobody")]
    assert fates == [True, False, True, True, False, False]
    assert await store.touch_member("Room-1", BOB, 4)
    saved = await store.load("Room-1")
    assert saved is not None
    assert saved.record.members == 2


async def test_a_read_position_never_moves_back(store: Store) -> None:
    await new_log(store)
    assert await store.position("Room-1", ALICE) == 0
    assert await store.read("Room-1", ALICE, 5) == 5
    assert await store.read("ROOM-1", ALICE, 3) == 5
    await store.touch_member("Room-1", ALICE, 1)
    assert await store.read("Room-1", ALICE, 9) == 9
    await store.forget_member("Room-1", ALICE)
    assert await store.position("Room-1", ALICE) == 9
    assert await store.position("Room-1", BOB) == 0


async def test_an_invitation_is_used_as_often_as_it_says(store: Store) -> None:
    await new_log(store)
    await store.invite(b"t1", "Room-1", None, 2, until=1_000)
    fates = await asyncio.gather(*(store.redeem(b"t1", "Room-1", f"account-{n}", 999) for n in range(5)))
    assert sum(fates) == 2
    assert not await store.redeem(b"t2", "Room-1", ALICE, 0)


async def test_an_invitation_used_again_by_the_same_account_burns_nothing(store: Store) -> None:
    await new_log(store)
    await store.invite(b"t1", "Room-1", None, 1, until=1_000)
    assert await store.redeem(b"t1", "ROOM-1", ALICE, 10)
    assert await store.redeem(b"t1", "Room-1", ALICE, 11)
    assert not await store.redeem(b"t1", "Room-1", ALICE, 11, again=False), "who was put out needs another one"
    assert not await store.redeem(b"t1", "Room-1", BOB, 12)


async def test_an_invitation_is_kept_once_and_remembers_what_was_asked(store: Store) -> None:
    await new_log(store)
    assert await store.invite(b"t1", "Room-1", None, 1, 1_000, b"asked") is None
    assert await store.redeem(b"t1", "Room-1", ALICE, 10)
    assert await store.invite(b"t1", "Room-1", None, 9, 2_000, b"other") == b"asked"
    assert not await store.redeem(b"t1", "Room-1", BOB, 10), "it has as many uses as before"


async def test_an_invitation_expires_and_is_for_its_room_and_account(store: Store) -> None:
    await new_log(store)
    await new_log(store, "Room-2")
    await store.invite(b"t1", "Room-1", ALICE, 5, until=1_000)
    assert not await store.redeem(b"t1", "Room-1", BOB, 10)
    assert not await store.redeem(b"t1", "Room-2", ALICE, 10)
    assert not await store.redeem(b"t1", "Room-1", ALICE, 1_000)
    assert await store.redeem(b"t1", "Room-1", ALICE, 999)
