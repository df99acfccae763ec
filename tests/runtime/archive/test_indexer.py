"""The indexer: what is noted is indexed a moment later, what was left behind at the start, and errors pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

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
        self.transactions: list[str] = []

    async def behind(self, limit: int) -> list[str]:
        if self.failing:
            self.failing -= 1
            raise StoreError("away")
        return [room for room, head in self.heads.items() if head > self.upto.get(room, 0)][:limit]

    async def index_more(self, room: str, limit: int) -> int:
        self.transactions.append(room)
        upto = self.upto.get(room, 0)
        self.upto[room] = min(self.heads[room], upto + limit)
        return self.upto[room] - upto


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


async def test_few_new_entries_take_one_transaction(running: tuple[FakeIndex, TextIndexer, FakeClock]) -> None:
    index, indexer, clock = running
    index.heads["hall"] = 5
    indexer.note("hall")
    await settle()
    await clock.advance(LAG_SECONDS)
    assert index.transactions.count("hall") == 1


async def test_room_of_another_process_is_found_by_looking(running: tuple[FakeIndex, TextIndexer, FakeClock]) -> None:
    index, indexer, clock = running
    index.heads["theirs"] = 5
    await clock.advance(LOOK_SECONDS)
    indexer.note("old")
    await settle()
    await clock.advance(LAG_SECONDS)
    assert index.upto["theirs"] == 5
