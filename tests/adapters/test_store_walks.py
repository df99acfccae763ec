"""Lists and searches pass over many rows: they never take every reader, and one's own rooms are found by index."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from sqlalchemy import Connection, create_engine, event

from parlour.adapters.migrations import tables
from parlour.adapters.reader import Walks
from parlour.adapters.store_sql import READERS, WALKERS, SqlStore
from parlour.adapters.writer import Writer
from parlour.runtime.store import StoreError


class HeldReader:
    """Holds every read until it is let go; counts those under way."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.running = 0

    async def read(self, work: Callable[[Connection], Any]) -> Any:
        self.running += 1
        await self.go.wait()
        self.running -= 1
        return []

    async def close(self) -> None: ...


class PlannedReader:
    """Answers nothing and keeps how SQLite would go about each statement."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://")
        tables().create_all(engine)
        self._connection = engine.connect()
        self.plan: list[str] = []
        event.listen(engine, "before_cursor_execute", self._explain)

    async def read(self, work: Callable[[Connection], Any]) -> Any:
        return work(self._connection)

    async def close(self) -> None:
        self._connection.close()

    def _explain(self, _connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        self.plan += [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def store_on(reader: HeldReader | PlannedReader) -> SqlStore:
    return SqlStore(cast(Writer, None), reader)


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_lists_and_searches_leave_readers_to_everything_else() -> None:
    reader = HeldReader()
    store = store_on(reader)
    walks = [store.rooms(viewer=None) for _ in range(20)] + [store.search("room", "word", 5) for _ in range(20)]
    walking = [asyncio.ensure_future(walk) for walk in walks]
    await turn()
    assert reader.running == WALKERS < READERS
    page = asyncio.ensure_future(store.entries("room", 0, 10))
    await turn()
    assert reader.running == WALKERS + 1
    reader.go.set()
    assert len(await asyncio.gather(*walking)) == 40
    assert await page == []


async def test_walks_wait_for_their_turn_in_a_queue_that_ends() -> None:
    reader = HeldReader()
    walks = Walks(reader, 1, waiting=2)
    waiting = [asyncio.ensure_future(walks.read(lambda connection: None)) for _ in range(3)]
    await turn()
    with pytest.raises(StoreError):
        await walks.read(lambda connection: None)
    waiting[1].cancel()
    await turn()
    waiting[1] = asyncio.ensure_future(walks.read(lambda connection: None))
    reader.go.set()
    await asyncio.gather(*waiting)
    assert await walks.read(lambda connection: None) == []


async def test_ones_own_rooms_are_found_without_a_look_at_all_the_others() -> None:
    reader = PlannedReader()
    await store_on(reader).rooms(viewer="0x1", mine=True)
    steps = [step for step in reader.plan if step.startswith(("SCAN", "SEARCH"))]
    assert steps
    assert all(step.startswith("SEARCH") for step in steps)
    await reader.close()
