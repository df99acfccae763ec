"""Live lists stay equal to the store's: with other processes, after failures, and as a property."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from parlour.core import room as commands
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.errors import ParlourError
from parlour.runtime.rooms.live_list import ListFilter
from parlour.runtime.store import RoomFilter
from parlour.testing.fakes import FakeClock, carried, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, moderate
from tests.runtime.rooms.lobby_kit import LATER, OPEN, SOON, TABLES, ListStore, Town, Watcher

OPERATOR = SERVER_ROLES["operator"]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    town.lobby.close()
    await town.close()


# ── other processes, and trouble ─────────────────────────────────────────────────────────────────────────────────


async def test_rooms_of_another_process_are_seen_within_seconds(town: Town) -> None:
    other = Town(town.store, town.clock, owner="two")
    await other.table("theirs", ALICE)
    watcher = await town.watcher()
    assert watcher.list["theirs"]["game"]["seats"]["taken"] == 1
    await other.sit(BOB, "theirs")
    await other.table("new")
    await town.clock.advance(LATER)
    assert watcher.status == {"theirs": "playing", "new": "waiting"}
    await other.ask(commands.Configure(author=OWNER, visibility="private"), "new")
    await town.clock.advance(LATER)
    assert list(watcher.list) == ["theirs"]
    other.lobby.close()
    await other.close()


async def test_page_read_before_a_request_is_not_used_for_it(town: Town) -> None:
    other = Town(town.store, town.clock, owner="two")
    await other.table("theirs")
    first, second = Watcher(), Watcher()
    town.store.arrives.clear()
    looks = [asyncio.ensure_future(town.lobby.follow(first, TABLES))]
    await settle()
    await other.ask(commands.Configure(author=OWNER, visibility="private"), "theirs")
    looks.append(asyncio.ensure_future(town.lobby.follow(second, TABLES)))
    await settle()
    town.store.arrives.set()
    await settle()
    assert [len(carried(look.result())["rooms"]) for look in looks] == [1, 0]
    await town.clock.advance(LATER)
    assert second.heard == []
    await other.close()


async def test_list_survives_a_store_that_fails_for_a_while(town: Town) -> None:
    watcher = await town.watcher()
    town.store.broken = True
    await town.clock.advance(LATER)
    town.store.broken = False
    other = Town(town.store, town.clock, owner="two")
    await other.table("theirs")
    await town.clock.advance(LATER)
    assert list(watcher.list) == ["theirs"]
    await other.close()


async def test_change_whose_commit_seemed_to_fail_is_sent(town: Town) -> None:
    await town.table("t", ALICE)
    watcher = await town.watcher()
    town.store.failing_after = 1
    with pytest.raises(ParlourError):
        await town.sit(BOB, "t")
    await town.clock.advance(SOON)
    assert watcher.status == {"t": "playing"}


async def test_game_in_lists_after_a_restart_is_unchanged(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    await town.close()
    again = Town(town.store, town.clock)
    watcher = await again.watcher()
    assert watcher.status == {"t": "playing"}
    assert again.registry.live() == []


async def test_room_older_than_games_in_lists_is_corrected_when_opened(town: Town) -> None:
    await town.table("t", ALICE)
    await town.close()
    town.store._rooms["t"].record.game = None
    again = Town(town.store, town.clock)
    watcher = await again.watcher()
    assert "game" not in watcher.list["t"]
    await again.sit(ALICE, "t")
    await again.clock.advance(SOON)
    assert watcher.status == {"t": "waiting"}
    assert (await again.store.rooms(RoomFilter(open=True)))[0][0].id == "t"
    await again.close()


# ── the property ─────────────────────────────────────────────────────────────────────────────────────────────────

FILTERS = (
    ListFilter(),
    TABLES,
    OPEN,
    ListFilter("chat", limit=4),
    ListFilter("tic-tac-toe", open=True, limit=2),
    ListFilter(featured=True),
    ListFilter(words=("red",)),
    ListFilter("tic-tac-toe", words=("red", "1")),
)


async def something(town: Town, chance: random.Random, rooms: list[str]) -> None:
    """One thing people do, allowed or not."""
    room, who = chance.choice(rooms or ["none"]), chance.choice((ALICE, BOB, CAROL, OWNER))
    if not rooms or chance.random() < 0.25:
        name = f"{chance.choice(('red', 'blue'))}-{len(rooms)}"
        visibility = "private" if chance.random() < 0.2 else "public"
        await town.create(name, chance.choice(("chat", "tic-tac-toe", "tic-tac-toe")), visibility=visibility)
        rooms.append(name)
        return
    command = chance.choice(
        (
            *(commands.Join(author=who), commands.Join(author=who), commands.Leave(author=who)),
            commands.Post(author=who, id=f"{chance.random()}", type="chat.message", body={"text": "hello"}),
            commands.Configure(author=OWNER, title=chance.choice(("red", "blue"))),
            commands.Configure(author=OWNER, visibility=chance.choice(("public", "private"))),
            moderate(OWNER, "ban", who, until=chance.choice((None, town.clock.now() + 3000))),
            moderate(OWNER, "unban", who),
            commands.Operate(author="op", rank=OPERATOR, action=chance.choice(("feature", "unfeature"))),
            commands.Close(author=OWNER) if chance.random() < 0.3 else commands.Join(author=who),
        )
    )
    with suppress(ParlourError):
        await town.ask(command, room)


@pytest.mark.parametrize("seed", range(12))
async def test_first_page_and_all_events_equal_the_list_now(seed: int) -> None:
    chance, store, clock = random.Random(seed), ListStore(), FakeClock()
    rooms: list[str] = []
    towns = [Town(store, clock, owner=name, most=20) for name in ("one", "two")]
    watchers: list[tuple[ListFilter, Watcher]] = []
    for step in range(60):
        if step % 6 == 0:
            wanted = chance.choice(FILTERS)
            watchers.append((wanted, await towns[0].watcher(wanted, account=chance.choice(("", ALICE, BOB)))))
        await something(chance.choice(towns), chance, rooms)
        await clock.advance(chance.choice((0.01, 0.1, 0.3, 6)))
    await clock.advance(2 * LATER)
    for wanted, watcher in watchers:
        public = RoomFilter(kind=wanted.kind, query=" ".join(wanted.words), open=wanted.open, featured=wanted.featured)
        page, _ = await store.rooms(public, limit=wanted.limit)
        banned = await store.bans([watcher.account], [record.id for record in page], clock.now())
        shown = {record.id: carried(record.to_json()) for record in page if record.id not in banned}
        assert watcher.list == shown, (wanted, watcher.account)
    for town in towns:
        town.lobby.close()
        await town.close()
