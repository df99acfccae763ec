"""Notices and spread messages as SQLite and Postgres keep them: pages that a crash or another process interrupts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from parlour.adapters.inbox.rows import SqlInbox
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.sql.tables_rooms import member
from parlour.runtime.inbox.spread import PAGE
from parlour.runtime.notice_records import NoticeRecord, Spread, notice_id, notice_of
from tests.databases import migrated_sqlite
from tests.logs import ALICE, message, new_log

PEOPLE = [f"0x{n:040x}" for n in range(7)]
ABOUT = Spread("Room-1", 2, 5_000, ALICE, "room", told=(ALICE, PEOPLE[3]))


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    sqlite = request.param == "sqlite"
    url = await migrated_sqlite(tmp_path) if sqlite else request.getfixturevalue("postgres").migrated()
    store = await open_store(url)
    log = await new_log(store)
    await log.append(store, message("m1", "all of you"), spreads=[ABOUT])
    for account in PEOPLE:
        await store.touch_member("Room-1", account, 0)
    yield store
    await store.close()


@pytest.fixture
def inbox(store: SqlStore) -> SqlInbox:
    return SqlInbox(store.writer, store.reader)


async def told(inbox: SqlInbox, now: int = 6_000) -> dict[str, int]:
    """How many notices each of the people has."""
    return {each: len(await inbox.page(each, None, 10, now)) for each in PEOPLE}


async def next_page(inbox: SqlInbox, of: Spread) -> tuple[list[NoticeRecord], str | None]:
    accounts, last = await inbox.hearers(of, (), 3, 6_000)
    return [notice_of(each, "mention", of) for each in accounts], last


async def test_spread_goes_on_at_its_cursor_and_tells_nobody_twice(inbox: SqlInbox) -> None:
    [waiting] = await inbox.waiting(10)
    assert replace(waiting, room="Room-1") == ABOUT
    first, last = await next_page(inbox, waiting)
    assert await inbox.tell(waiting, first, last)
    assert not await inbox.tell(waiting, first, last), "another process told this page"
    for _ in range(5):  # as after a crash: what waits is read again
        if not (left := await inbox.waiting(10)):
            break
        page, last = await next_page(inbox, left[0])
        assert await inbox.tell(left[0], page, last)
    assert await told(inbox) == {each: int(each != PEOPLE[3]) for each in PEOPLE}
    assert await inbox.waiting(10) == []


async def test_spread_leaves_out_who_wants_to_hear_less_or_was_told(inbox: SqlInbox, store: SqlStore) -> None:
    await inbox.set_level("Room-1", PEOPLE[0], None, "none", None)
    await inbox.set_level("Room-1", PEOPLE[1], None, "none", 5_500)
    await inbox.set_level("Room-1", PEOPLE[2], 2, "none", None)
    assert await inbox.levels("room-1", PEOPLE, None, 5_400) == {PEOPLE[0]: "none", PEOPLE[1]: "none"}
    assert await inbox.levels("room-1", PEOPLE, 2, 6_000) == {PEOPLE[0]: "none", PEOPLE[2]: "none"}
    accounts, last = await inbox.hearers(ABOUT, (), 10, 6_000)
    assert (list(accounts), last) == ([PEOPLE[n] for n in (1, 2, 4, 5, 6)], None)
    here = replace(ABOUT, to="here")
    assert await inbox.tell(replace(ABOUT), [notice_of(PEOPLE[4], "mention", ABOUT)], PEOPLE[4])
    assert list((await inbox.hearers(here, PEOPLE[3:6], 10, 6_000))[0]) == [PEOPLE[5]]
    assert not await inbox.followed("Room-1")
    await inbox.set_level("Room-1", PEOPLE[6], None, "all", None)
    assert await inbox.followed("ROOM-1")
    assert list((await inbox.hearers(replace(ABOUT, to="whole"), (), 10, 6_000))[0]) == [PEOPLE[6]]


async def test_notices_are_listed_by_time_read_and_forgotten(inbox: SqlInbox, store: SqlStore) -> None:
    made = [
        NoticeRecord(PEOPLE[0], notice_id(at, "Room-1", seq, "mention"), "Room-1", seq, "mention", ALICE, at)
        for seq, at in ((2, 5_000), (3, 9_000), (4, 7_000))
    ]
    log = await new_log(store, "Room-2")
    await log.append(store, message("m1", "hi"), notices=[*made, made[0]])
    page = await inbox.page(PEOPLE[0], None, 2, 0)
    assert [each.seq for each in page] == [3, 4]
    assert [each.seq for each in await inbox.page(PEOPLE[0], page[-1].id, 2, 0)] == [2]
    assert await inbox.unread(PEOPLE[0], 1_000, 0) == 3
    await store.read("Room-1", PEOPLE[0], 2)
    assert await inbox.unread(PEOPLE[0], 1_000, 0) == 2
    await inbox.read(PEOPLE[0], page[-1].id)
    assert [each.read for each in await inbox.page(PEOPLE[0], None, 10, 0)] == [False, True, True]
    assert await inbox.forget(8_000) == 2
    assert [each.seq for each in await inbox.page(PEOPLE[0], None, 10, 0)] == [3]


async def test_call_to_ten_thousand_writes_few_rows_and_is_told_by_pages(inbox: SqlInbox, store: SqlStore) -> None:
    crowd = [{"room": "large", "account": f"0x{n:040x}", "read": 0, "joined_at": 1} for n in range(10_000)]
    logs = {name: await new_log(store, name) for name in ("small", "large")}
    await store.writer.write(lambda connection: connection.execute(insert(member), crowd))
    written = {}
    for name, log in logs.items():
        before = await counted(store)
        await log.append(store, message(f"in-{name}", "all of you"), spreads=[Spread(name, 2, 5_000, ALICE, "room")])
        written[name] = {table: count - before[table] for table, count in (await counted(store)).items()}
    assert written["large"] == written["small"], "rows do not grow with the members"
    pages, told, left = 0, 0, Spread("large", 2, 5_000, ALICE, "room")
    while True:
        accounts, last = await inbox.hearers(left, (), PAGE, 6_000)
        assert await inbox.tell(left, [notice_of(each, "mention", left) for each in accounts], last)
        pages, told = pages + 1, told + len(accounts)
        if last is None:
            break
        left = replace(left, after=last)
    assert (pages, told) == (10_000 // PAGE + 1, 10_000)


async def counted(store: SqlStore) -> dict[str, int]:
    """How many rows each table has."""
    tables = [table for table in member.metadata.sorted_tables if not table.name.startswith("audit")]

    def count(connection: Connection) -> dict[str, int]:
        return {each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables}

    return await store.reader.read(count)
