"""Live lists follow bans: a watcher is shown the rooms that a join would let it into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlour.core import room as commands
from parlour.testing.fakes import carried, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, moderate
from tests.runtime.rooms.lobby_kit import LATER, SOON, TABLES, Town, Watcher


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    town.lobby.close()
    await town.close()


def ids(watcher: Watcher) -> set[str]:
    return set(watcher.list)


async def test_list_begins_without_rooms_that_ban_who_asks(town: Town) -> None:
    await town.table("a")
    await town.table("b")
    await town.ask(moderate(OWNER, "ban", ALICE), "a")
    alice, bob, guest = await town.watcher(account=ALICE), await town.watcher(account=BOB), await town.watcher()
    assert (ids(alice), ids(bob), ids(guest)) == ({"b"}, {"a", "b"}, {"a", "b"})


async def test_list_of_rooms_that_are_not_open_leaves_out_bans_too(town: Town) -> None:
    await town.table("a")
    await town.ask(moderate(OWNER, "ban", ALICE), "a")
    await town.close()
    later = Town(town.store, town.clock)
    assert ids(await later.watcher(account=ALICE)) == set()
    assert later.registry.live() == []
    later.lobby.close()


async def test_ban_takes_the_room_from_one_list_and_is_told_to_nobody_else(town: Town) -> None:
    await town.table("t")
    alice, second, bob = [await town.watcher(account=each) for each in (ALICE, ALICE, BOB)]
    await town.ask(moderate(OWNER, "ban", ALICE), "t")
    await town.clock.advance(SOON)
    for watcher in (alice, second):
        assert watcher.events("lobby") == [{"rooms": [], "gone": ["t"]}]
    assert bob.heard == []
    await town.sit(BOB, "t")
    await town.sit(CAROL, "t")
    await town.ask(commands.Close(author=OWNER, rank=9), "t")
    await town.clock.advance(SOON)
    assert len(alice.heard) == 1, "neither changes of the room nor its end are told to whom it bans"
    assert ids(bob) == set()


async def test_lifted_ban_shows_the_room_again(town: Town) -> None:
    await town.table("t")
    await town.ask(moderate(OWNER, "ban", ALICE), "t")
    alice, bob = await town.watcher(account=ALICE), await town.watcher(account=BOB)
    await town.ask(moderate(OWNER, "unban", ALICE), "t")
    await town.clock.advance(SOON)
    assert ids(alice) == {"t"}
    assert bob.heard == []


async def test_ban_that_runs_out_shows_the_room_within_a_reading(town: Town) -> None:
    await town.table("t")
    await town.ask(moderate(OWNER, "ban", ALICE, until=town.clock.now() + 7_000), "t")
    alice = await town.watcher(account=ALICE)
    await town.clock.advance(6.9)
    assert ids(alice) == set()
    await town.clock.advance(LATER)
    assert ids(alice) == {"t"}


async def test_bans_of_another_process_are_followed_within_a_reading(town: Town) -> None:
    other = Town(town.store, town.clock, owner="two")
    await other.table("theirs")
    alice, bob = await town.watcher(account=ALICE), await town.watcher(account=BOB)
    await other.ask(moderate(OWNER, "ban", ALICE), "theirs")
    await other.table("new")
    await other.ask(moderate(OWNER, "ban", BOB), "new")
    await town.clock.advance(LATER)
    assert (ids(alice), ids(bob)) == ({"new"}, {"theirs"})
    await other.ask(moderate(OWNER, "unban", ALICE), "theirs")
    await town.clock.advance(LATER)
    assert ids(alice) == {"theirs", "new"}
    other.lobby.close()
    await other.close()


async def test_new_room_of_another_process_seen_by_a_newcomer_keeps_bans_of_all(town: Town) -> None:
    other = Town(town.store, town.clock, owner="two")
    alice = await town.watcher(account=ALICE)
    await other.table("theirs")
    await other.ask(moderate(OWNER, "ban", ALICE), "theirs")
    bob = await town.watcher(account=BOB)
    await town.clock.advance(SOON)
    assert (ids(alice), ids(bob)) == (set(), {"theirs"})
    other.lobby.close()
    await other.close()


async def test_ban_while_the_page_is_read_is_not_undone_by_it(town: Town) -> None:
    await town.table("t")
    await town.watcher(account=BOB)
    alice = Watcher(ALICE)
    town.store.bans_arrive.clear()
    asked = asyncio.ensure_future(town.lobby.follow(alice, TABLES))
    await settle()
    await town.ask(moderate(OWNER, "ban", ALICE), "t")
    town.store.bans_arrive.set()
    await settle()
    assert carried(asked.result())["rooms"] == []


async def test_newcomer_during_a_reading_is_kept_from_a_ban_noted_before_him(town: Town) -> None:
    await town.table("t")
    bob, alice = await town.watcher(account=BOB), Watcher(ALICE)
    town.store.arrives.clear()
    await town.clock.advance(LATER)
    await town.ask(moderate(OWNER, "ban", ALICE), "t")
    asked = asyncio.ensure_future(town.lobby.follow(alice, TABLES))
    await settle()
    town.store.arrives.set()
    await settle()
    assert carried(asked.result())["rooms"] == []
    assert ids(bob) == {"t"}


async def test_rooms_that_ban_nobody_who_watches_are_one_frame_for_all(town: Town) -> None:
    await town.table("t")
    await town.ask(moderate(OWNER, "ban", CAROL), "t")
    watchers = [await town.watcher(account=account) for account in (ALICE, BOB, "")]
    await town.sit(ALICE, "t")
    await town.table("u")
    await town.clock.advance(SOON)
    assert len({id(watcher.heard[0]) for watcher in watchers}) == 1
    assert [len(watcher.heard) for watcher in watchers] == [1, 1, 1]


async def test_room_that_bans_some_is_encoded_once_for_the_others(town: Town) -> None:
    watchers = [await town.watcher(account=f"0x{n:040x}") for n in range(1, 31)]
    await town.table("t")
    for n in range(1, 11):
        await town.ask(moderate(OWNER, "ban", f"0x{n:040x}"), "t")
    await town.clock.advance(SOON)
    assert [len(watcher.heard) for watcher in watchers] == [0] * 10 + [1] * 20
    assert len({id(watcher.heard[0]) for watcher in watchers[10:]}) == 1


async def test_banned_player_of_a_running_match_is_shown_its_table_until_the_end(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    alice = await town.watcher(account=ALICE)
    await town.ask(moderate(OWNER, "ban", ALICE), "t")
    await town.clock.advance(SOON)
    assert ids(alice) == {"t"}
    await town.ask(commands.Leave(author=BOB), "t")
    await town.clock.advance(SOON)
    assert ids(alice) == set()


async def test_watchers_that_went_leave_no_bans_behind(town: Town) -> None:
    await town.table("t")
    await town.ask(moderate(OWNER, "ban", ALICE), "t")
    bob, alice = await town.watcher(account=BOB), await town.watcher(account=ALICE)
    town.lobby.unfollow(alice)
    await town.clock.advance(LATER)
    await town.ask(commands.Close(author=OWNER), "t")
    await town.clock.advance(LATER)
    assert ids(bob) == set()
    assert alice.heard == []
