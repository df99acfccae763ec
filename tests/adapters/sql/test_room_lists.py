"""Lists of rooms by index: what SQLite and Postgres do for each page, as EXPLAIN shows it, and what words find."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from parlour.adapters.sql import room_lists
from parlour.adapters.sql.room_lists import NEWEST, page_of_rooms
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.runtime.store import Append, Listing, RoomFilter
from tests.databases import migrated_sqlite
from tests.logs import ALICE, new_log

ROOMS = 12_000
"""Enough that a Postgres with statistics prefers an index to reading the whole table."""
FILL = """
INSERT INTO room (key, id, kind, owner, title, label, visibility, signed, options, closed, members, created_at,
updated_at, epoch, fence, lease_until, head, head_hash, floor, floor_hash, open, format)
SELECT 'r' || n, 'r' || n, 'chat', 'o' || (n / 10), '', 'r' || n || CASE WHEN n = 7 THEN ' zebra' ELSE ' salon' END,
CASE WHEN n % 10 = 3 THEN 'private' ELSE 'public' END, false, '{}', false, 0, 0, n, 'e', 0, 0, 0, '', 1, '', false, 1
"""
NUMBERS = {
    "sqlite": f"FROM (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM t WHERE n < {ROOMS}) SELECT n FROM t)",
    "postgresql": f"FROM generate_series(1, {ROOMS}) AS t(n)",
}
LABELS = "INSERT INTO room_label (rowid, key, label) SELECT updated_at, key, label FROM room"
MEMBERS = "INSERT INTO member (room, account, joined_at, read) SELECT key, {}, 1, 0 FROM room WHERE key LIKE '{}'"


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A database without rooms."""
    on_sqlite = request.param == "sqlite"
    opened = await open_store(
        await migrated_sqlite(tmp_path) if on_sqlite else request.getfixturevalue("postgres").migrated()
    )
    yield opened
    await opened.close()


async def fill(store: SqlStore) -> None:
    """Create thousands of rooms, of which ALICE belongs to ten."""

    def work(connection: Connection) -> None:
        for statement in (
            FILL + NUMBERS[connection.dialect.name],
            LABELS,
            MEMBERS.format("owner", "%"),
            MEMBERS.format(f"'{ALICE}'", "r1_"),
            "ANALYZE",
        ):
            connection.execute(text(statement))

    await store.write(work)


async def plans(store: SqlStore, wanted: RoomFilter, cursor: str | None = None) -> tuple[str, list[str]]:
    """Read a page and answer the database's kind and its plan of each statement."""

    def work(connection: Connection) -> tuple[str, list[str]]:
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            asked.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        page_of_rooms(connection, wanted, cursor, 50)
        event.remove(connection, "before_cursor_execute", note)
        kind = connection.dialect.name
        explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
        found = [connection.exec_driver_sql(explain + statement, values).all() for statement, values in asked]
        return kind, ["\n".join(str(row[-1]) for row in rows) for rows in found]

    return await store.query(work)


async def assert_follows(store: SqlStore, wanted: RoomFilter, *indexes: str, cursor: str | None = None) -> None:
    """Assert that the last statement of a page uses these indexes, and reads no table from end to end."""
    kind, found = await plans(store, wanted, cursor)
    plan = found[-1]
    for index in indexes:
        names = index.split("|")
        assert (names[0] if kind == "sqlite" else names[-1]) in plan, plan
    for walk in ("SCAN room\n", "SCAN member", "Seq Scan on room ", "Seq Scan on member"):
        assert walk not in plan + "\n", plan


OWN_KEY = "sqlite_autoindex_room_1|room_pkey"


async def test_public_page_follows_the_index_on_both_databases(store: SqlStore) -> None:
    await fill(store)
    await assert_follows(store, RoomFilter(), "ix_room_listed")
    _, cursor = await store.rooms(RoomFilter(), limit=50)
    await assert_follows(store, RoomFilter(), "ix_room_listed", cursor=cursor)
    await assert_follows(store, RoomFilter(kind="chat", open=True), "ix_room_listed")


async def test_page_of_featured_rooms_follows_its_own_small_index(store: SqlStore) -> None:
    await fill(store)
    await assert_follows(store, RoomFilter(featured=True), "ix_room_featured")


async def test_page_of_public_rooms_and_ones_own_follows_two_indexes(store: SqlStore) -> None:
    await fill(store)
    await assert_follows(store, RoomFilter(viewer=ALICE), "ix_room_listed", "ix_member_account", OWN_KEY)


async def test_ones_own_rooms_are_found_by_membership_and_owner(store: SqlStore) -> None:
    await fill(store)
    await assert_follows(store, RoomFilter(viewer=ALICE, mine=True), "ix_member_account", "ix_room_owner", OWN_KEY)
    records, _ = await store.rooms(RoomFilter(viewer=ALICE, mine=True))
    assert len(records) == 9, "one of the ten is private, and she has no role there"


async def test_operators_page_follows_the_index_for_each_state(store: SqlStore) -> None:
    await fill(store)
    await assert_follows(store, RoomFilter(everything=True), "ix_room_listed")


async def test_rare_word_is_found_by_its_trigrams(store: SqlStore) -> None:
    await fill(store)
    await assert_follows(store, RoomFilter(query="zebra"), "room_label VIRTUAL TABLE INDEX 0:M|ix_room_label")
    records, _ = await store.rooms(RoomFilter(query="zebra"))
    assert [record.id for record in records] == ["r7"], "it is older than the newest rooms"


async def test_common_word_is_found_in_the_newest_rooms_alone(store: SqlStore) -> None:
    await fill(store)
    _, found = await plans(store, RoomFilter(query="salon"))
    assert len(found) == 1
    assert ROOMS > NEWEST


async def test_word_of_two_characters_is_found_in_every_room(store: SqlStore) -> None:
    await fill(store)
    records, _ = await store.rooms(RoomFilter(query="ze"))
    assert [record.id for record in records] == ["r7"]


async def test_words_with_signs_of_the_query_language_are_only_text(store: SqlStore) -> None:
    titles = ('say "hello" now', "50%_off/sale", "a*b^c (d) OR e", "日本語の部屋")
    for n, title in enumerate(titles):
        await new_log(store, f"r{n}", title=title)
    for words, expected in (
        ('"hello"', "r0"),
        ('say now "hel', "r0"),
        ("50%_off/", "r1"),
        ("%_o", "r1"),
        ("b^c (d)", "r2"),
        ("*b^", "r2"),
        ("本語の", "r3"),
        ("部屋", "r3"),
    ):
        records, _ = await store.rooms(RoomFilter(query=words))
        assert [record.id for record in records] == [expected], words
    assert await store.rooms(RoomFilter(query='hello" OR "sale')) == ([], None)


async def test_renamed_room_is_found_by_its_new_title_alone(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_lists, "NEWEST", 0)
    await new_log(store, "first", title="Garden")
    log = (await new_log(store, "second", title="Garden")).record
    for title in ("Harbour", "Harbour", "Library"):
        listing = Listing(title, "public", {}, False, 0)
        await store.append(Append("second", log.epoch, log.fence, log.head, [], listing=listing))

    async def found(query: str) -> list[str]:
        return [record.id for record in (await store.rooms(RoomFilter(query=query)))[0]]

    assert await found("garden") == ["first"]
    assert await found("harbour") == []
    assert await found("library") == ["second"]
    await store.append(
        Append("second", log.epoch, log.fence, log.head, [], listing=Listing("x", "private", {}, False, 0))
    )
    assert await found("second") == []
