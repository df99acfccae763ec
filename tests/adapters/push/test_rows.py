"""Browsers and due notices as SQLite and Postgres keep them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlour.adapters.inbox.rows import SqlInbox
from parlour.adapters.push.rows import SqlPushRows
from parlour.adapters.push.vapid import load_vapid
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.runtime.notice_records import NoticeRecord, Spread, notice_of
from parlour.runtime.push.pusher import Due, Place
from parlour.runtime.push.subscriptions import Subscription
from tests.databases import migrated_sqlite
from tests.logs import ALICE, message, new_log

PEOPLE = [f"0x{n:040x}" for n in range(3)]
ABOUT = Spread("Room-1", 2, 5_000, ALICE, "room")
START: Place = (0, "", "")
KEY, AUTH = "k" * 87, "a" * 22


def browser(name: str, account: str) -> Subscription:
    return Subscription(account, f"https://push.example/{name}", KEY, AUTH)


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    sqlite = request.param == "sqlite"
    url = await migrated_sqlite(tmp_path) if sqlite else request.getfixturevalue("postgres").migrated()
    store = await open_store(url)
    log = await new_log(store)
    await log.append(store, message("m1", "all of you"), spreads=[ABOUT])
    inbox = SqlInbox(store.writer, store.reader)
    [waiting] = await inbox.waiting(10)
    await inbox.tell(waiting, [notice_of(each, "mention", waiting) for each in PEOPLE], None)
    yield store
    await store.close()


@pytest.fixture
def rows(store: SqlStore) -> SqlPushRows:
    return SqlPushRows(store.writer, store.reader)


async def due(rows: SqlPushRows, after: Place = START, upto: int = 6_000, text: bool = False) -> list[Due]:
    return list(await rows.due(after, upto, 6_000, text))


async def test_due_are_unread_notices_for_each_browser_of_their_account(store: SqlStore, rows: SqlPushRows) -> None:
    assert await due(rows) == []
    for number, account in enumerate((PEOPLE[0], PEOPLE[0], PEOPLE[1])):
        assert await rows.add(browser(str(number), account), 2, 1)
    found = await due(rows)
    assert sorted((each.to.endpoint[-1], each.to.account) for each in found) == [
        ("0", PEOPLE[0]),
        ("1", PEOPLE[0]),
        ("2", PEOPLE[1]),
    ]
    assert {type(each.notice) for each in found} == {NoticeRecord}
    assert {each.text for each in found} == {None}
    assert {each.text for each in await due(rows, text=True)} == {"all of you"}
    assert await due(rows, found[0].place) == found[1:]
    assert await due(rows, upto=4_999) == []
    await SqlInbox(store.writer, store.reader).read(PEOPLE[0], found[0].notice.id)
    assert [each.to.account for each in await due(rows)] == [PEOPLE[1]]


async def test_browser_belongs_to_whoever_subscribed_in_it_last(rows: SqlPushRows) -> None:
    assert await rows.add(browser("b", PEOPLE[0]), 1, 1)
    assert await rows.add(browser("b", PEOPLE[0]), 1, 2), "the same one again is no other"
    assert not await rows.add(browser("c", PEOPLE[0]), 1, 3)
    assert await rows.add(browser("b", PEOPLE[1]), 1, 4)
    assert [each.to.account for each in await due(rows)] == [PEOPLE[1]]
    await rows.remove("https://push.example/b", PEOPLE[0])
    assert len(await due(rows)) == 1, "no longer theirs"
    await rows.remove("https://push.example/b")
    assert await due(rows) == []


async def test_mark_begins_now_and_only_moves_forward(rows: SqlPushRows) -> None:
    assert [await rows.mark(700), await rows.mark(900)] == [700, 700]
    await rows.move_mark(800)
    await rows.move_mark(750)
    assert await rows.mark(900) == 800


async def test_server_has_one_key_for_push_services(store: SqlStore) -> None:
    first, second = await load_vapid(store, 1), await load_vapid(store, 2)
    assert first.public_key == second.public_key
    assert len(first.public_key) == 87
