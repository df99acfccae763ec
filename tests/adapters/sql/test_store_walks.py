"""Lists and searches pass over many rows: they never take every reader, and one's own rooms are found by index.
Large options make short pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Connection, create_engine, event

from parlour.adapters.sql import room_lists
from parlour.adapters.sql.migrations import tables
from parlour.adapters.sql.reader import LongReads
from parlour.adapters.sql.rooms import LONG_READS, READERS, SqlStore, open_store
from parlour.adapters.sql.writer import Writer
from parlour.core.room import Draft
from parlour.runtime.store import RoomFilter, StoreError, TextQuery
from tests.databases import migrated_sqlite
from tests.logs import ALICE, BOB, edit, message, new_log


class HeldReader:
    """Reads an empty database once it is let go; counts the reads under way."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.running = 0
        self.engine = create_engine("sqlite://")
        tables().create_all(self.engine)

    async def read(self, work: Callable[[Connection], Any]) -> Any:
        self.running += 1
        await self.go.wait()
        self.running -= 1
        with self.engine.connect() as connection:
            return work(connection)

    async def close(self) -> None: ...


def store_on(reader: HeldReader) -> SqlStore:
    return SqlStore(cast(Writer, SimpleNamespace(append_all=None)), reader)


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_lists_and_searches_when_many_leave_readers_free() -> None:
    reader = HeldReader()
    store = store_on(reader)
    walks = [store.rooms(RoomFilter()) for _ in range(20)] + [
        store.find(["room"], TextQuery(["word"], 5)) for _ in range(20)
    ]
    walking = [asyncio.ensure_future(walk) for walk in walks]
    await turn()
    assert reader.running == LONG_READS < READERS
    page = asyncio.ensure_future(store.entries("room", 0, 10))
    await turn()
    assert reader.running == LONG_READS + 1
    reader.go.set()
    assert len(await asyncio.gather(*walking)) == 40
    assert await page == []


async def test_long_reads_when_too_many_are_refused() -> None:
    reader = HeldReader()
    walks = LongReads(reader, 1, waiting=2)
    waiting = [asyncio.ensure_future(walks.read(lambda connection: None)) for _ in range(3)]
    await turn()
    with pytest.raises(StoreError):
        await walks.read(lambda connection: None)
    waiting[1].cancel()
    await turn()
    waiting[1] = asyncio.ensure_future(walks.read(lambda connection: None))
    reader.go.set()
    await asyncio.gather(*waiting)
    assert await walks.read(lambda connection: 1) == 1


async def test_own_rooms_are_found_without_reading_all_rooms() -> None:
    reader, plan = HeldReader(), []
    reader.go.set()

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        plan.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(reader.engine, "before_cursor_execute", explain)
    await store_on(reader).rooms(RoomFilter(viewer="0x1", mine=True))
    read = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    steps = [step for step in read if not step.startswith("SCAN anon_")]
    assert steps
    assert all(step.startswith("SEARCH") for step in steps)


async def test_unread_messages_cost_as_much_however_many_they_are(tmp_path: Path) -> None:
    """20 rooms of 1,000 unread messages took 1.5 s where each was counted."""
    store = await open_store(await migrated_sqlite(tmp_path))
    costs = []
    for number, messages in enumerate((10, 400)):
        log = await new_log(store, f"Room-{number}", *[message(str(each), "gm") for each in range(messages)])
        await store.touch_member(log.record.id, BOB, 1)
        await store.number(log.record.id)
        assert (await store.unread(BOB, [log.record.id]))[log.record.id].messages == messages
        costs.append(await store.query(partial(steps_of_unread, room=log.record.id.lower())))
    await store.close()
    assert costs[1] < 1.2 * costs[0], costs


async def test_unread_rooms_cost_as_much_however_many_reactions_are_in_them(tmp_path: Path) -> None:
    """Their last messages' edits were looked for among all that refers to any message of the room."""
    store = await open_store(await migrated_sqlite(tmp_path))
    costs = []
    for number, reactions in enumerate((10, 400)):
        said = [message("first", "gm"), *(reaction(f"r{each}", 2) for each in range(reactions)), message("last", "gn")]
        log = await new_log(store, f"Room-{number}", *said)
        await log.append(store, edit("e1", log.head, "gn all"), edit("e2", log.head, "good night"))
        await store.touch_member(log.record.id, BOB, 1)
        await store.number(log.record.id)
        newest = (await store.unread(BOB, [log.record.id]))[log.record.id].edit
        assert newest is not None
        assert newest.body == {"of": reactions + 3, "text": "good night"}
        costs.append(await store.query(partial(steps_of_unread, room=log.record.id.lower())))
    await store.close()
    assert costs[1] < 1.2 * costs[0], costs


def reaction(id: str, of: int) -> Draft:
    return Draft("chat.reaction", {"of": of, "emoji": "🎉", "on": True}, ALICE, id, ref=of)


def steps_of_unread(connection: Connection, room: str) -> int:
    """Count the instructions that SQLite carries out for what an account has not read of a room."""
    done: list[None] = []
    raw: Any = connection.connection.driver_connection
    raw.set_progress_handler(lambda: done.append(None), 1)
    room_lists.unread(connection, BOB, [room])
    raw.set_progress_handler(None, 1)
    return len(done)


async def test_page_of_rooms_with_large_options_ends_early(tmp_path: Path) -> None:
    store = await open_store(await migrated_sqlite(tmp_path))
    for number in range(100):
        await new_log(store, f"room-{number}", options={"v": "x" * 32_000})
    pages, cursor = [], None
    while not pages or cursor is not None:
        page, cursor = await store.rooms(RoomFilter(), limit=200, cursor=cursor)
        pages.append([record.id for record in page])
    assert [len(page) for page in pages] == [66, 34]
    assert len({id_ for page in pages for id_ in page}) == 100
    await store.close()
