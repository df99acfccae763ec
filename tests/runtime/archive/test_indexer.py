"""The indexer: what is noted is indexed a moment later, what was left behind at the start, and errors pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from parlour.runtime.archive.indexer import AT_ONCE, LAG_SECONDS, LOOK_SECONDS, TextIndexer
from parlour.runtime.store import StoreError
from parlour.testing.fakes import FakeClock, settle


class FakeIndex:
    """Logs by length, and how far each is indexed."""

    def __init__(self) -> None:
        self.heads: dict[str, int] = {}
        self.upto: dict[str, int] = {}
        self.failing = 0
        self.transactions: list[list[str]] = []

    async def behind(self, limit: int) -> list[str]:
        if self.failing:
            self.failing -= 1
            raise StoreError("away")
        return [room for room, head in self.heads.items() if head > self.upto.get(room, 0)][:limit]

    async def index_more(self, rooms: Sequence[str], limit: int) -> list[int]:
        done: list[int] = []
        while limit > 0 and len(done) < len(rooms):
            room = rooms[len(done)]
            done.append(min(self.heads[room] - self.upto.get(room, 0), limit))
            self.upto[room] = self.upto.get(room, 0) + done[-1]
            limit -= done[-1]
        self.transactions.append(list(rooms[: len(done)]))
        return done


@pytest.fixture
async def running() -> AsyncIterator[tuple[FakeIndex, TextIndexer, FakeClock]]:
    index, clock = FakeIndex(), FakeClock()
    index.heads = {"old": 3 * AT_ONCE}
    index.failing = 1
    indexer = TextIndexer(index, clock)
    tasks = [asyncio.ensure_future(indexer.follow()), asyncio.ensure_future(indexer.keep_up())]
    await settle()
    await clock.advance(LAG_SECONDS)
    yield index, indexer, clock
    for task in tasks:
        task.cancel()


async def test_old_logs_are_indexed_at_the_start_whatever_fails(
    running: tuple[FakeIndex, TextIndexer, FakeClock],
) -> None:
    index, _, _ = running
    assert index.upto == {"old": 3 * AT_ONCE}


async def test_noted_room_is_indexed_a_moment_later(running: tuple[FakeIndex, TextIndexer, FakeClock]) -> None:
    index, indexer, clock = running
    index.heads["hall"] = 2 * AT_ONCE + 1
    indexer.note("HALL")
    await settle()
    assert "hall" not in index.upto
    await clock.advance(LAG_SECONDS)
    assert index.upto["hall"] == 2 * AT_ONCE + 1


async def test_few_new_entries_of_many_rooms_take_one_transaction(
    running: tuple[FakeIndex, TextIndexer, FakeClock],
) -> None:
    index, indexer, clock = running
    rooms = [f"room{number}" for number in range(AT_ONCE - 1)]
    index.heads |= dict.fromkeys(rooms, 1)
    for room in rooms:
        indexer.note(room)
    await settle()
    await clock.advance(LAG_SECONDS)
    assert index.transactions[-1] == rooms
    assert all(index.upto[room] == 1 for room in rooms)


async def test_many_entries_of_many_rooms_take_bounded_transactions(
    running: tuple[FakeIndex, TextIndexer, FakeClock],
) -> None:
    index, indexer, clock = running
    heads = {"a": AT_ONCE // 2, "b": AT_ONCE // 2, "c": 2 * AT_ONCE + 1, "d": 1}
    index.heads |= heads
    for room in heads:
        indexer.note(room)
    before = len(index.transactions)
    await settle()
    await clock.advance(LAG_SECONDS)
    assert {room: index.upto[room] for room in heads} == heads
    assert index.transactions[before:] == [["a", "b"], ["b", "c"], ["c"], ["c", "d"]]


async def test_room_of_another_process_is_found_by_looking(running: tuple[FakeIndex, TextIndexer, FakeClock]) -> None:
    index, indexer, clock = running
    index.heads["theirs"] = 5
    await clock.advance(LOOK_SECONDS)
    indexer.note("old")
    await settle()
    await clock.advance(LAG_SECONDS)
    assert index.upto["theirs"] == 5
