"""Live lists of rooms: what watchers are sent, when, and what they are never sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from parlour.core import room as commands
from parlour.errors import Unavailable
from parlour.runtime.rooms.live_list import ListFilter
from parlour.runtime.rooms.lobby import EVENT_BYTES
from parlour.runtime.store import StoreError
from parlour.testing.fakes import FakeConnection, carried, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, moderate
from tests.runtime.rooms.lobby_kit import LATER, OPEN, SOON, TABLES, Town, Watcher


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    town.lobby.close()
    await town.close()


async def test_list_begins_with_stored_rooms_newest_first(town: Town) -> None:
    for room in ("a", "b", "c"):
        await town.table(room)
        await town.clock.advance(1)
    assert (await town.watcher()).first == ["c", "b", "a"]


async def test_new_table_appears(town: Town) -> None:
    watcher = await town.watcher()
    await town.table("late")
    await town.clock.advance(SOON)
    assert watcher.list["late"]["game"] == {"status": "waiting", "seats": {"taken": 0, "total": 2}, "open": True}


async def test_list_shows_seats_and_status_as_they_change(town: Town) -> None:
    await town.table("t")
    watcher = await town.watcher()
    await town.sit(ALICE, "t")
    await town.clock.advance(SOON)
    assert watcher.list["t"]["game"]["seats"] == {"taken": 1, "total": 2}
    await town.sit(BOB, "t")
    await town.clock.advance(SOON)
    assert watcher.list["t"]["game"] == {"status": "playing", "seats": {"taken": 2, "total": 2}, "open": False}
    await town.ask(commands.Leave(author=BOB), "t")
    await town.clock.advance(SOON)
    assert watcher.status == {"t": "ended"}


async def test_changes_at_once_are_one_event(town: Town) -> None:
    watcher = await town.watcher()
    for room in ("a", "b", "c"):
        await town.table(room, ALICE, BOB)
    assert watcher.heard == []
    await town.clock.advance(SOON)
    assert len(watcher.heard) == 1
    assert watcher.status == dict.fromkeys("abc", "playing")


async def test_table_that_fills_up_leaves_the_open_ones(town: Town) -> None:
    await town.table("t", ALICE)
    watcher = await town.watcher(OPEN)
    assert list(watcher.list) == ["t"]
    await town.sit(BOB, "t")
    await town.clock.advance(SOON)
    assert watcher.list == {}


async def test_closed_room_is_gone(town: Town) -> None:
    await town.table("t")
    watcher = await town.watcher()
    await town.ask(commands.Close(author=OWNER), "t")
    await town.clock.advance(SOON)
    assert watcher.events("lobby") == [{"rooms": [], "gone": ["t"]}]


async def test_list_of_a_kind_shows_no_other_kind(town: Town) -> None:
    watcher = await town.watcher()
    await town.create("chat-room", "chat")
    await town.clock.advance(SOON)
    assert watcher.heard == []


async def test_list_finds_words_in_id_and_title(town: Town) -> None:
    watcher = await town.watcher(ListFilter(words=("friday", "club")))
    await town.create("club-7", "chat", title="Friday night")
    await town.create("club-8", "chat", title="Monday night")
    await town.clock.advance(SOON)
    assert list(watcher.list) == ["club-7"]
    await town.ask(commands.Configure(author=OWNER, title="Thursday night"), "club-7")
    await town.clock.advance(SOON)
    assert watcher.list == {}


async def test_list_when_people_move_and_chat_sends_nothing(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    watcher = await town.watcher()
    await town.ask(
        commands.Post(author=ALICE, id="m", type="game.action", body={"action": "place", "args": {"cell": 0}}), "t"
    )
    await town.post(BOB, "well played", room="t")
    await town.clock.advance(SOON)
    assert watcher.heard == []


async def test_list_counts_new_members(town: Town) -> None:
    await town.create("hall")
    watcher = await town.watcher(ListFilter("chat"))
    await town.sit(CAROL, "hall")
    await town.clock.advance(SOON)
    assert watcher.list["hall"]["members"] == 2


# ── never told ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_private_room_never_appears_not_even_to_its_owner(town: Town) -> None:
    await town.table("secret", visibility="private")
    watcher = await town.watcher(account=OWNER)
    await town.sit(OWNER, "secret")
    await town.ask(moderate(OWNER, "role", ALICE, role="member"), "secret")
    await town.ask(commands.Close(author=OWNER), "secret")
    await town.clock.advance(LATER)
    assert watcher.list == {}
    assert watcher.heard == []


async def test_room_when_made_private_is_gone_from_lists_that_showed_it(town: Town) -> None:
    await town.table("shown")
    old = await town.watcher()
    await town.ask(commands.Configure(author=OWNER, visibility="private"), "shown")
    new = await town.watcher()
    assert new.first == []
    await town.clock.advance(LATER)
    assert old.list == {}
    assert new.heard == []


async def test_room_made_private_while_the_page_is_read_is_not_shown(town: Town) -> None:
    await town.table("shown")
    watcher = Watcher()
    town.store.arrives.clear()
    looking = asyncio.ensure_future(town.lobby.follow(watcher, TABLES))
    await settle()
    await town.ask(commands.Configure(author=OWNER, visibility="private"), "shown")
    town.store.arrives.set()
    await settle()
    assert carried(looking.result())["rooms"] == []


async def test_page_read_before_a_change_does_not_undo_it(town: Town) -> None:
    await town.table("t", ALICE)
    watcher = await town.watcher()
    town.store.arrives.clear()
    await town.clock.advance(LATER)
    await town.sit(BOB, "t")
    await town.clock.advance(SOON)
    town.store.arrives.set()
    await town.clock.advance(SOON)
    assert [e["rooms"][0]["game"]["status"] for e in watcher.events("lobby")] == ["playing"]


# ── who watches ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_watchers_of_one_list_share_reads_and_frames(town: Town) -> None:
    watchers = [Watcher() for _ in range(50)]
    looks = [asyncio.ensure_future(town.lobby.follow(watcher, TABLES)) for watcher in watchers]
    await settle()
    assert all(look.done() for look in looks)
    assert town.store.listed <= 2
    await town.table("t")
    await town.clock.advance(SOON)
    frames = {id(watcher.heard[0]) for watcher in watchers}
    assert len(frames) == 1


async def test_second_list_replaces_the_first(town: Town) -> None:
    watcher = await town.watcher()
    await watcher.follow(town, ListFilter("chat"))
    await town.table("t")
    await town.create("hall")
    await town.clock.advance(SOON)
    assert list(watcher.list) == ["hall"]
    assert len(town.lobby) == 1


async def test_watcher_when_gone_gets_nothing_and_leaves_nothing(town: Town) -> None:
    watcher = await town.watcher()
    town.lobby.unfollow(watcher)
    await town.table("t")
    await town.clock.advance(LATER)
    assert watcher.heard == []
    assert len(town.lobby) == 0


async def test_watcher_when_gone_during_the_read_leaves_nothing(town: Town) -> None:
    stays, watcher = await town.watcher(), Watcher()
    looking = asyncio.ensure_future(town.lobby.follow(watcher, TABLES))
    await asyncio.sleep(0)
    town.lobby.unfollow(watcher)
    await settle()
    assert looking.done()
    await town.table("t")
    await town.clock.advance(LATER)
    assert watcher.heard == []
    assert list(stays.list) == ["t"]
    town.lobby.unfollow(stays)
    assert len(town.lobby) == 0


async def test_lobby_without_watchers_reads_and_stores_nothing(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    await town.clock.advance(60)
    assert town.store.listed == 0
    town.lobby.unfollow(await town.watcher())
    read = town.store.listed
    await town.clock.advance(60)
    assert town.store.listed == read


async def test_too_many_different_lists_are_refused(town: Town) -> None:
    for limit in (1, 2, 3):
        await town.watcher(ListFilter(limit=limit))
    with pytest.raises(Unavailable):
        await town.lobby.follow(FakeConnection(), ListFilter(limit=4))
    await town.watcher(ListFilter(limit=3))
    assert len(town.lobby) == 3


async def test_store_that_fails_refuses_and_leaves_nothing_behind(town: Town) -> None:
    town.store.broken = True
    with pytest.raises(StoreError):
        await town.lobby.follow(FakeConnection(), TABLES)
    assert len(town.lobby) == 0


# ── what bounds it ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_list_holds_no_more_than_was_asked_for(town: Town) -> None:
    watcher = await town.watcher(ListFilter("tic-tac-toe", limit=3))
    for number in range(8):
        await town.table(f"t{number}")
        await town.clock.advance(SOON)
        assert len(watcher.list) <= 3
    assert set(watcher.list) == {"t5", "t6", "t7"}


async def test_free_place_in_a_list_is_filled_from_the_store(town: Town) -> None:
    for number in range(5):
        await town.table(f"t{number}")
        await town.clock.advance(1)
    watcher = await town.watcher(ListFilter("tic-tac-toe", limit=3))
    await town.ask(commands.Close(author=OWNER), "t4")
    await town.clock.advance(LATER)
    assert set(watcher.list) == {"t1", "t2", "t3"}


async def test_event_is_bounded_and_the_rest_follows(town: Town) -> None:
    watcher = await town.watcher(ListFilter("chat"))
    for number in range(20):
        await town.create(f"big-{number}", options={"text": "x" * 30_000})
    await town.clock.advance(SOON)
    assert len(orjson.dumps(watcher.heard[0].data)) < EVENT_BYTES + 32_000
    await town.clock.advance(4)
    assert len(watcher.list) == 20
