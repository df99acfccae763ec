"""Live lists of rooms: what watchers are told, when, and what they are never told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
import pytest

from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.errors import ParlourError, Unavailable
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.rooms.lobby import EVENT_BYTES, Lobby, Wanted
from parlour.runtime.store import StoreError
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, carried, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, moderate

KINDS = {"tic-tac-toe": GameRoom.of(TicTacToe)}
TABLES = Wanted("tic-tac-toe")
OPEN = Wanted("tic-tac-toe", open=True)
SOON, LATER = 0.3, 5.1
"""Longer than changes wait to be told together; longer than until a list is read again."""


class ListStore(MemoryStore):
    """Counts how often lists are read; until `arrives` is set, what was read is on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = 0
        self.broken = False
        self.arrives = asyncio.Event()
        self.arrives.set()

    async def rooms(self, **asked: Any) -> Any:
        self.listed += 1
        if self.broken:
            raise StoreError("Injected: the connection was lost.")
        found = await super().rooms(**asked)
        await asyncio.sleep(0)
        await self.arrives.wait()
        return found


class Town(Process):
    """A process with a lobby."""

    store: ListStore

    def __init__(
        self, store: ListStore | None = None, clock: FakeClock | None = None, most: int = 3, **more: Any
    ) -> None:
        super().__init__(store or ListStore(), clock, KINDS, **more)
        self.lobby = Lobby(self.store, self.clock, self.context.encoder, wait_ms=250, reread_seconds=5, most=most)
        self.context.on_listed = self.lobby.changed

    async def table(self, room: str, *players: str, **settings: Any) -> None:
        await self.create(room, "tic-tac-toe", **settings)
        for player in players:
            await self.sit(player, room)

    async def sit(self, player: str, room: str) -> None:
        await self.ask(commands.Join(author=player), room)

    async def watcher(self, wanted: Wanted = TABLES, account: str = "") -> Watcher:
        watcher = Watcher(account)
        await watcher.look(self, wanted)
        return watcher


class Watcher(FakeConnection):
    """A client that folds what it hears into the list it shows."""

    async def look(self, town: Town, wanted: Wanted) -> None:
        asked = asyncio.ensure_future(town.lobby.watch(self, wanted))
        await settle()
        self.heard.clear()
        self.first = [room["id"] for room in carried(asked.result())["rooms"]]
        self.answer = {room["id"]: room for room in carried(asked.result())["rooms"]}

    @property
    def list(self) -> dict[str, Any]:
        folded = dict(self.answer)
        for event in self.events("lobby"):
            assert not set(event["gone"]) - folded.keys(), "gone is what was never there"
            folded |= {room["id"]: room for room in event["rooms"]}
            for room in event["gone"]:
                del folded[room]
        return folded

    @property
    def status(self) -> dict[str, str]:
        return {room: facts["game"]["status"] for room, facts in self.list.items()}


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    town.lobby.close()
    await town.close()


async def test_a_list_begins_with_what_the_store_has_the_newest_first(town: Town) -> None:
    for room in ("a", "b", "c"):
        await town.table(room)
        await town.clock.advance(1)
    assert (await town.watcher()).first == ["c", "b", "a"]


async def test_a_new_table_appears(town: Town) -> None:
    watcher = await town.watcher()
    await town.table("late")
    await town.clock.advance(SOON)
    assert watcher.list["late"]["game"] == {"status": "waiting", "seats": {"taken": 0, "total": 2}, "open": True}


async def test_seats_and_status_are_told_as_they_change(town: Town) -> None:
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


async def test_what_happens_at_once_is_one_event(town: Town) -> None:
    watcher = await town.watcher()
    for room in ("a", "b", "c"):
        await town.table(room, ALICE, BOB)
    assert watcher.heard == []
    await town.clock.advance(SOON)
    assert len(watcher.heard) == 1
    assert watcher.status == dict.fromkeys("abc", "playing")


async def test_a_table_that_fills_up_leaves_the_open_ones(town: Town) -> None:
    await town.table("t", ALICE)
    watcher = await town.watcher(OPEN)
    assert list(watcher.list) == ["t"]
    await town.sit(BOB, "t")
    await town.clock.advance(SOON)
    assert watcher.list == {}


async def test_a_closed_room_is_gone(town: Town) -> None:
    await town.table("t")
    watcher = await town.watcher()
    await town.ask(commands.Close(author=OWNER), "t")
    await town.clock.advance(SOON)
    assert watcher.events("lobby") == [{"rooms": [], "gone": ["t"]}]


async def test_another_kind_is_not_told(town: Town) -> None:
    watcher = await town.watcher()
    await town.create("chat-room", "chat")
    await town.clock.advance(SOON)
    assert watcher.heard == []


async def test_words_are_looked_for_in_id_and_title(town: Town) -> None:
    watcher = await town.watcher(Wanted(words=("friday", "club")))
    await town.create("club-7", "chat", title="Friday night")
    await town.create("club-8", "chat", title="Monday night")
    await town.clock.advance(SOON)
    assert list(watcher.list) == ["club-7"]
    await town.ask(commands.Configure(author=OWNER, title="Thursday night"), "club-7")
    await town.clock.advance(SOON)
    assert watcher.list == {}


async def test_moves_and_chat_are_no_news(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    watcher = await town.watcher()
    await town.ask(
        commands.Post(author=ALICE, id="m", type="game.action", body={"action": "place", "args": {"cell": 0}}), "t"
    )
    await town.post(BOB, "well played", room="t")
    await town.clock.advance(SOON)
    assert watcher.heard == []


async def test_who_comes_to_belong_is_counted(town: Town) -> None:
    await town.create("hall")
    watcher = await town.watcher(Wanted("chat"))
    await town.sit(CAROL, "hall")
    await town.clock.advance(SOON)
    assert watcher.list["hall"]["members"] == 2


# ── never told ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_private_room_never_appears_not_even_to_its_owner(town: Town) -> None:
    await town.table("secret", visibility="private")
    watcher = await town.watcher(account=OWNER)
    await town.sit(OWNER, "secret")
    await town.ask(moderate(OWNER, "role", ALICE, role="member"), "secret")
    await town.ask(commands.Close(author=OWNER), "secret")
    await town.clock.advance(LATER)
    assert watcher.list == {}
    assert watcher.heard == []


async def test_a_room_made_private_is_gone_for_those_who_saw_it_alone(town: Town) -> None:
    await town.table("shown")
    old = await town.watcher()
    await town.ask(commands.Configure(author=OWNER, visibility="private"), "shown")
    new = await town.watcher()
    assert new.first == []
    await town.clock.advance(LATER)
    assert old.list == {}
    assert new.heard == []


async def test_a_room_made_private_while_the_page_is_read_is_not_shown(town: Town) -> None:
    await town.table("shown")
    watcher = Watcher()
    town.store.arrives.clear()
    looking = asyncio.ensure_future(town.lobby.watch(watcher, TABLES))
    await settle()
    await town.ask(commands.Configure(author=OWNER, visibility="private"), "shown")
    town.store.arrives.set()
    await settle()
    assert carried(looking.result())["rooms"] == []


async def test_what_was_read_before_a_change_does_not_undo_it(town: Town) -> None:
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


async def test_watchers_of_one_list_share_what_is_read_and_every_frame(town: Town) -> None:
    watchers = [Watcher() for _ in range(50)]
    looks = [asyncio.ensure_future(town.lobby.watch(watcher, TABLES)) for watcher in watchers]
    await settle()
    assert all(look.done() for look in looks)
    assert town.store.listed <= 2
    await town.table("t")
    await town.clock.advance(SOON)
    frames = {id(watcher.heard[0]) for watcher in watchers}
    assert len(frames) == 1


async def test_a_second_list_replaces_the_first(town: Town) -> None:
    watcher = await town.watcher()
    await watcher.look(town, Wanted("chat"))
    await town.table("t")
    await town.create("hall")
    await town.clock.advance(SOON)
    assert list(watcher.list) == ["hall"]
    assert len(town.lobby) == 1


async def test_who_went_is_told_nothing_and_nothing_is_kept_for_him(town: Town) -> None:
    watcher = await town.watcher()
    town.lobby.forget(watcher)
    await town.table("t")
    await town.clock.advance(LATER)
    assert watcher.heard == []
    assert len(town.lobby) == 0


async def test_who_went_while_the_page_was_read_is_forgotten_too(town: Town) -> None:
    stays, watcher = await town.watcher(), Watcher()
    looking = asyncio.ensure_future(town.lobby.watch(watcher, TABLES))
    await asyncio.sleep(0)
    town.lobby.forget(watcher)
    await settle()
    assert looking.done()
    await town.table("t")
    await town.clock.advance(LATER)
    assert watcher.heard == []
    assert list(stays.list) == ["t"]
    town.lobby.forget(stays)
    assert len(town.lobby) == 0


async def test_without_watchers_nothing_is_read_or_kept(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    await town.clock.advance(60)
    assert town.store.listed == 0
    town.lobby.forget(await town.watcher())
    read = town.store.listed
    await town.clock.advance(60)
    assert town.store.listed == read


async def test_too_many_different_lists_are_refused(town: Town) -> None:
    for limit in (1, 2, 3):
        await town.watcher(Wanted(limit=limit))
    with pytest.raises(Unavailable):
        await town.lobby.watch(FakeConnection(), Wanted(limit=4))
    await town.watcher(Wanted(limit=3))
    assert len(town.lobby) == 3


async def test_a_store_that_fails_refuses_and_leaves_nothing_behind(town: Town) -> None:
    town.store.broken = True
    with pytest.raises(StoreError):
        await town.lobby.watch(FakeConnection(), TABLES)
    assert len(town.lobby) == 0


# ── what bounds it ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_holds_no_more_than_was_asked_for(town: Town) -> None:
    watcher = await town.watcher(Wanted("tic-tac-toe", limit=3))
    for number in range(8):
        await town.table(f"t{number}")
        await town.clock.advance(SOON)
        assert len(watcher.list) <= 3
    assert set(watcher.list) == {"t5", "t6", "t7"}


async def test_room_for_another_is_filled_from_the_store(town: Town) -> None:
    for number in range(5):
        await town.table(f"t{number}")
        await town.clock.advance(1)
    watcher = await town.watcher(Wanted("tic-tac-toe", limit=3))
    await town.ask(commands.Close(author=OWNER), "t4")
    await town.clock.advance(LATER)
    assert set(watcher.list) == {"t1", "t2", "t3"}


async def test_an_event_is_bounded_and_the_rest_follows(town: Town) -> None:
    watcher = await town.watcher(Wanted("chat"))
    for number in range(20):
        await town.create(f"big-{number}", options={"text": "x" * 30_000})
    await town.clock.advance(SOON)
    assert len(orjson.dumps(watcher.heard[0].data)) < EVENT_BYTES + 32_000
    await town.clock.advance(4)
    assert len(watcher.list) == 20


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


async def test_a_page_read_before_somebody_asks_is_too_old_for_him(town: Town) -> None:
    other = Town(town.store, town.clock, owner="two")
    await other.table("theirs")
    first, second = Watcher(), Watcher()
    town.store.arrives.clear()
    looks = [asyncio.ensure_future(town.lobby.watch(first, TABLES))]
    await settle()
    await other.ask(commands.Configure(author=OWNER, visibility="private"), "theirs")
    looks.append(asyncio.ensure_future(town.lobby.watch(second, TABLES)))
    await settle()
    town.store.arrives.set()
    await settle()
    assert [len(carried(look.result())["rooms"]) for look in looks] == [1, 0]
    await town.clock.advance(LATER)
    assert second.heard == []
    await other.close()


async def test_a_list_survives_a_store_that_fails_for_a_while(town: Town) -> None:
    watcher = await town.watcher()
    town.store.broken = True
    await town.clock.advance(LATER)
    town.store.broken = False
    other = Town(town.store, town.clock, owner="two")
    await other.table("theirs")
    await town.clock.advance(LATER)
    assert list(watcher.list) == ["theirs"]
    await other.close()


async def test_a_change_whose_commit_seemed_to_fail_is_told(town: Town) -> None:
    await town.table("t", ALICE)
    watcher = await town.watcher()
    town.store.failing_after = 1
    with pytest.raises(ParlourError):
        await town.sit(BOB, "t")
    await town.clock.advance(SOON)
    assert watcher.status == {"t": "playing"}


async def test_a_game_as_lists_know_it_is_there_after_a_restart(town: Town) -> None:
    await town.table("t", ALICE, BOB)
    await town.close()
    again = Town(town.store, town.clock)
    watcher = await again.watcher()
    assert watcher.status == {"t": "playing"}
    assert again.registry.live() == []


async def test_a_room_made_before_lists_knew_games_is_put_right_when_it_is_opened(town: Town) -> None:
    await town.table("t", ALICE)
    await town.close()
    town.store._rooms["t"].record.game = None
    again = Town(town.store, town.clock)
    watcher = await again.watcher()
    assert "game" not in watcher.list["t"]
    await again.sit(ALICE, "t")
    await again.clock.advance(SOON)
    assert watcher.status == {"t": "waiting"}
    assert (await again.store.rooms(viewer=None, open=True))[0][0].id == "t"
    await again.close()


# ── the property ─────────────────────────────────────────────────────────────────────────────────────────────────

FILTERS = (
    Wanted(),
    TABLES,
    OPEN,
    Wanted("chat", limit=4),
    Wanted("tic-tac-toe", open=True, limit=2),
    Wanted(words=("red",)),
    Wanted("tic-tac-toe", words=("red", "1")),
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
            moderate(OWNER, "ban", who),
            commands.Close(author=OWNER) if chance.random() < 0.3 else commands.Join(author=who),
        )
    )
    with suppress(ParlourError):
        await town.ask(command, room)


@pytest.mark.parametrize("seed", range(12))
async def test_what_was_shown_and_every_event_since_equal_the_list_as_it_is(seed: int) -> None:
    chance, store, clock = random.Random(seed), ListStore(), FakeClock()
    rooms: list[str] = []
    towns = [Town(store, clock, owner=name, most=20) for name in ("one", "two")]
    watchers: list[tuple[Wanted, Watcher]] = []
    for step in range(60):
        if step % 6 == 0:
            wanted = chance.choice(FILTERS)
            watchers.append((wanted, await towns[0].watcher(wanted, account=chance.choice(("", OWNER)))))
        await something(chance.choice(towns), chance, rooms)
        await clock.advance(chance.choice((0.01, 0.1, 0.3, 6)))
    await clock.advance(2 * LATER)
    for wanted, watcher in watchers:
        page, _ = await store.rooms(
            viewer=None, kind=wanted.kind, query=" ".join(wanted.words), open=wanted.open, limit=wanted.limit
        )
        assert watcher.list == {record.id: carried(record.to_json()) for record in page}, wanted
    for town in towns:
        town.lobby.close()
        await town.close()
