"""The end of a log in memory: bytes that give back the same entries, bounded in a room and over all rooms."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from parlour.core.canonical_json import canonical
from parlour.core.room import Draft, Entry, Seen
from parlour.core.rooms.hall import Hall
from parlour.runtime.limits import MemoryBound
from parlour.runtime.live_room.journal import UNSURE, Journal, Tail, erase
from parlour.runtime.live_room.seen_ids import SeenIds
from parlour.runtime.store import RoomRecord
from tests.bounds import host_limits
from tests.logs import ALICE, BOB, Log, edit, message
from tests.runtime.kit import SMALL, Process

PLENTY = 1 << 30


def entries(*drafts: Draft, room: str = "hall") -> list[Entry]:
    return Log(room).draft(*drafts)


def texts(count: int, room: str = "hall") -> list[Entry]:
    return entries(*(message(f"m{n}", f"text {n}") for n in range(count)), room=room)


def tail_of(held: Sequence[Entry], memory: MemoryBound | None = None) -> Tail:
    tail = Tail(SMALL, memory or MemoryBound(PLENTY))
    for entry in held:
        tail.push(entry)
    return tail


def test_tail_gives_back_the_entries_it_was_given() -> None:
    held = entries(
        message("a", "żółw ✓ \U0001f44d"),
        Draft("app.blob", b"\x00\xff", BOB, "b"),
        Draft(
            "app.note", {"n": [1, None, 2**53 - 1, 1.5]}, BOB, "c", sig="0xab", salt=bytes(16), seen=Seen(1, bytes(32))
        ),
        Draft("chain.event", {"of": 1}, source="chain:1", ref=1),
        edit("e", 1, "other"),
    )
    erase(held, {1})
    tail = tail_of(held)
    assert tail.since(0) == tail.since(1) == held
    assert tail.since(4) == held[3:]
    assert [tail.get(seq) for seq in range(7)] == [None, *held, None]


def test_tail_keeps_the_newest_entries_within_its_bounds() -> None:
    held = texts(30)
    tail = tail_of(held)
    assert (len(tail), tail.first) == (SMALL.tail_entries, 31 - SMALL.tail_entries)
    assert tail.since(0) == held[-SMALL.tail_entries :]
    small = Tail(host_limits(room_tail_bytes=1_200), MemoryBound(PLENTY))
    for entry in held:
        small.push(entry)
    assert 1 <= len(small) < 5
    assert small.since(0) == held[-len(small) :]


def test_tail_keeps_older_entries_as_far_as_they_fit() -> None:
    held = texts(20)
    tail = tail_of(held[15:])
    tail.extend_back(held[:15])
    assert tail.since(0) == held[-SMALL.tail_entries :]


def test_tail_erases_a_message_and_its_edits_alone() -> None:
    held = entries(message("a", "secret"), message("b", "stays"), edit("c", 1, "secret too"), edit("d", 2, "stays too"))
    tail = tail_of(held)
    tail.erase({1})
    found = tail.since(0)
    assert [entry.erased for entry in found] == [True, False, True, False]
    assert (found[0].body, found[0].salt) == (None, None)
    assert [entry.hash for entry in found] == [entry.hash for entry in held]


def test_tails_of_all_rooms_stay_within_their_bound_the_quietest_going_first() -> None:
    memory = MemoryBound(20_000)
    rooms = {name: tail_of(texts(10, name), memory) for name in ("quiet", "busy", "busier")}
    for entry in texts(5, "busy"):
        rooms["busy"].push(replace(entry, seq=entry.seq + 10))
    for n in range(4):
        rooms[f"new-{n}"] = tail_of(texts(10, f"new-{n}"), memory)
        assert memory.held <= 20_000
    assert len(rooms["quiet"]) == len(rooms["busier"]) == 0
    assert len(rooms["new-3"]) == 10
    assert rooms["quiet"].since(0) == []
    rooms["quiet"].push(texts(3, "quiet")[2])
    assert rooms["quiet"].first == 3


def test_tail_of_a_dropped_room_gives_its_memory_back() -> None:
    memory = MemoryBound(PLENTY)
    tail = tail_of(texts(10), memory)
    tail.erase({1, 2})
    assert memory.held > 0
    del tail
    gc.collect()
    assert memory.held == 0


@pytest.fixture
def journal() -> Journal:
    return journal_of(Process())


def journal_of(process: Process) -> Journal:
    return Journal(RoomRecord("hall", "chat", ALICE, 0, epoch="e1"), process.context, [], SeenIds(), 0)


def commit(journal: Journal, *ids: str) -> None:
    """Add messages of ALICE to the log, as a turn does."""
    journal.begin({})
    for id_ in ids:
        body = {"text": id_}
        journal.add(Draft("chat.message", body, ALICE, id_), canonical(body), 1, bytes(16))
    journal.appended(journal.append())


def test_id_in_memory_needs_no_store_and_a_new_one_neither(journal: Journal) -> None:
    commit(journal, "a", "b")
    known = journal.known(ALICE, "b")
    assert known is not None
    assert (known.seq, known.type, known.salt) == (2, "chat.message", bytes(16))
    assert journal.recall(ALICE, "b") == known
    assert journal.recall(ALICE, "new") is None
    assert journal.known(BOB, "b") is None


def test_id_of_the_batch_is_known_before_it_is_stored(journal: Journal) -> None:
    commit(journal, "a")
    journal.begin({})
    entry = journal.add(Draft("chat.message", {"text": "b"}, ALICE, "b"), b'{"text":"b"}', 1, bytes(16))
    known = journal.known(ALICE, "b")
    assert known is not None
    assert known.hash == entry.hash
    journal.erase([entry.seq])
    known = journal.known(ALICE, "b")
    assert known is not None
    assert known.salt is None


def test_id_is_asked_of_the_store_once_its_entry_left_memory(journal: Journal) -> None:
    commit(journal, *(f"m{n}" for n in range(8)), "last")
    assert journal.recall(ALICE, "m0") is UNSURE, "beyond known_ids"
    assert journal.recall(ALICE, "last") not in (None, UNSURE)
    journal.tail.let_go()
    assert journal.recall(ALICE, "last") is UNSURE
    assert journal.known(ALICE, "last") is None
    assert journal.recall(ALICE, "new") is None, "the filter knows that it was never used"
    commit(journal, "more")
    assert journal.recall(ALICE, "more") not in (None, UNSURE)


async def test_tail_when_let_go_during_a_read_leaves_no_hole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = Process()
    await process.create()
    for n in range(SMALL.tail_entries + 5):
        await process.post(ALICE, f"text {n}")
    host = process.registry.find("hall")
    assert host is not None
    live, read = host.live, process.store.entries

    async def entries(*asked: Any) -> list[Entry]:
        live.journal.tail.let_go()
        return await read(*asked)

    monkeypatch.setattr(process.store, "entries", entries)
    assert [entry.seq for entry in await live.reach(1)] == list(range(1, live.record.head + 1))
    assert live.journal.tail.first is None


async def test_room_whose_tail_was_let_go_answers_joins_and_resends_as_before() -> None:
    process = Process(kinds={"hall": Hall})
    process.context.tails = MemoryBound(2_000)
    for room in ("one", "two"):
        await process.create(room)
    first = await process.post(ALICE, "hello", "a", "one")
    for n in range(6):
        await process.post(ALICE, "x" * 50, f"b{n}", "two")
    host = process.registry.find("one")
    assert host is not None
    assert len(host.live.journal.tail) == 0
    again = await process.post(ALICE, "hello", "a", "one")
    assert again == first | {"duplicate": True}
    joined = await process.join(await process.connected(BOB, "one"), "one")
    assert [entry["id"] for entry in joined["entries"] if entry["type"] == "chat.message"] == ["a"]
    await process.close()
