"""The state a room had at any entry: equal to what a spectator saw then, and no more; bounded in what it costs."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.core.room import ChainUpdate, Draft, Entry
from parlour.core.rooms.hall import Hall
from parlour.errors import Forbidden, NoSuchRoom, NotFound, RateLimited, TooLarge, Unavailable
from parlour.games.battleship import Battleship
from parlour.runtime.live_room.state import read_log
from parlour.runtime.rooms import state_at
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.local import LocalRooms
from parlour.runtime.store import Damaged, StoreError, refusal_of
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, limits, moderate
from tests.runtime.live_room.game_kit import KINDS, SECRET, Adder, act, table
from tests.runtime.live_room.test_games import WATCH, paid


@pytest.fixture
def adder() -> Any:
    Adder.clock_to_spend, Adder.cost = None, 0.0
    yield Adder
    Adder.clock_to_spend, Adder.cost = None, 0.0


WATCHER = Caller(CAROL)


async def read(rooms: LocalRooms, caller: Caller, seq: int | None, room: str = "hall") -> dict[str, Any]:
    """Ask, and let the time pass in which reading rests."""
    asked = asyncio.ensure_future(rooms.state_at(room, caller, seq))
    await settle()
    while not asked.done():
        await rooms._clock.advance(state_at.SLICE_SECONDS)  # type: ignore[attr-defined]  # it is the test's
    return asked.result()


async def state(rooms: LocalRooms, seq: int | None, caller: Caller = WATCHER) -> Any:
    return (await read(rooms, caller, seq))["state"]


async def test_state_at_each_entry_is_what_a_spectator_saw_then() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB, state_at_share=1.0)
    watcher = await process.connected(CAROL)
    seen: dict[int, Any] = {}
    for round_ in range(5):
        order = (ALICE, BOB) if round_ % 2 == 0 else (BOB, ALICE)
        for turn, cell in enumerate((0, 3, 1, 4, 2)):
            await process.post(OWNER, "and then?")
            seq = (await process.ask(act(order[turn % 2], "place", cell=cell)))["seq"]
            if turn < 4:  # the last one is followed by game.ended in the same batch
                seen[seq] = process.seen(watcher)
        for player in order:
            await process.ask(act(player, "rematch"))
    asked = list(seen)
    random.Random(1).shuffle(asked)
    rooms = process.rooms
    for seq in [*asked, *seen, *reversed(seen)]:  # with no checkpoint before it, with some, with those after it too
        assert await state(rooms, seq) == seen[seq], seq
    assert await state(rooms, None) == process.seen(watcher)


async def test_state_at_gives_no_secret_away_before_it_is_public() -> None:
    process, _ = await table("battleship", ALICE, BOB, state_at_share=1.0)
    for player in (ALICE, BOB):
        await process.ask(act(player, "place_fleet", **SECRET["args"]))
    await process.ask(act(ALICE, "shoot", cell=99))
    rooms, head = process.rooms, len(await process.log())
    for seq in range(1, head + 1):
        for caller in (Caller(), Caller(ALICE), Caller(BOB), Caller(CAROL, rank=9)):
            answer = await read(rooms, caller, seq)
            assert [sea["ships"] for sea in answer["state"]["seas"]] == [[], []]
            assert b"length" not in orjson.dumps(answer)
    for cell in (0, 1):
        await process.ask(act(BOB, "shoot", cell=cell))
    shown = await state(rooms, None)
    assert [len(sea["ships"]) for sea in shown["seas"]] == [1, 0]  # the sunk one alone


async def test_state_before_a_reorganisation_is_as_it_was_then() -> None:
    process, (alice,) = await table("bank", ALICE, state_at_share=1.0, snapshot_entries=1000)
    await process.ask(commands.Watch(author=OWNER, watch=WATCH))
    warm, seen = process.rooms, dict[int, int]()

    async def note() -> None:
        seq = (await process.log())[-1].seq
        seen[seq] = process.seen(alice)["coins"]
        await state(warm, seq)  # leaves a checkpoint

    for drafts in ([paid(1, 5)], [paid(2, 3)]):
        await process.ask(ChainUpdate(drafts=drafts))
        await note()
    for _ in range(state_at.CHECKPOINT_ENTRIES):
        await process.post(ALICE, "gm")
    await process.ask(act(ALICE, "spend", n=4))
    await note()
    body = {"of": [paid(1, 5).source], "block": {"number": 1, "hash": "0x"}, "void": []}
    await process.ask(ChainUpdate(drafts=[Draft("chain.reverted", body, source="chain:1:1:1:0:revert:w")]))
    process.store._rooms["hall"].snapshots.clear()  # retention keeps the newest ones only
    await note()
    await process.ask(act(ALICE, "spend", n=1))
    await note()
    assert list(seen.values()) == [5, 8, 4, 3, 2]
    for order in (sorted(seen), sorted(seen, reverse=True)):
        cold = process.rooms
        for seq in order:
            assert ((await state(cold, seq))["coins"], (await state(warm, seq))["coins"]) == (seen[seq], seen[seq])


async def test_state_of_a_ticking_game_is_folded_from_its_entries(adder: Any) -> None:
    process, _ = await table("adder", ALICE, state_at_share=1.0)
    await process.clock.advance(1)
    process.submit(act(ALICE, "add", n=3))
    await process.clock.advance(1)
    tick = next(e for e in await process.log() if e.type == "game.tick")
    assert (await state(process.rooms, tick.seq))["total"] == 3
    assert (await state(process.rooms, tick.seq - 1))["total"] == 0


async def test_state_at_is_for_whom_a_join_would_let_in() -> None:
    process, _ = await table("tic-tac-toe", ALICE)
    assert (await state(process.rooms, 1, Caller()))["status"] == "waiting"
    await process.ask(commands.Configure(OWNER, visibility="private"))
    for stranger in (Caller(), Caller(BOB)):
        with pytest.raises(NoSuchRoom):
            await read(process.rooms, stranger, 1)
    await process.ask(moderate(OWNER, "role", BOB, role="member"))
    assert (await read(process.rooms, Caller(BOB), 1))["seq"] == 1
    await process.ask(moderate(OWNER, "ban", BOB))
    with pytest.raises(NoSuchRoom):
        await read(process.rooms, Caller(BOB), 1)
    with pytest.raises(NoSuchRoom):
        await read(process.rooms, Caller(OWNER), 1, "nowhere")


async def test_state_at_of_a_closed_room_is_read_too() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB, state_at_share=1.0)
    placed = (await process.ask(act(ALICE, "place", cell=4)))["seq"]
    for player in (ALICE, BOB):
        await process.ask(commands.Leave(player))
    await process.ask(commands.Close(OWNER))
    shown = await state(process.rooms, placed)
    assert (shown["status"], shown["cells"][4]) == ("playing", 0)
    assert (await state(process.rooms, None))["status"] == "ended"


async def test_state_beyond_the_log_is_refused_with_its_bounds() -> None:
    process, _ = await table("tic-tac-toe", ALICE)
    head = len(await process.log())
    for seq, reason in ((head + 1, "ahead"), (2**53, "ahead"), (0, "not_kept")):
        with pytest.raises(NotFound) as refused:
            await read(process.rooms, Caller(), seq)
        assert (refused.value.reason, refused.value.details) == (reason, {"first": 1, "head": head})


async def test_state_of_a_kind_without_one_is_null_at_no_cost() -> None:
    process = Process(limits=limits(state_at_entries=1))
    await process.create()
    for _ in range(30):
        await process.post(ALICE, "gm")
    answer = await read(process.rooms, Caller(), 20)
    assert (answer["state"], answer["seq"], answer["head"], answer["at"] > 0) == (None, 20, 31, True)


async def test_state_too_far_from_a_snapshot_is_refused() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB, snapshot_entries=1000, state_at_entries=10)
    for _ in range(20):
        await process.post(ALICE, "gm")
    rooms = process.rooms
    with pytest.raises(TooLarge) as refused:
        await state(rooms, 20)
    assert refused.value.reason == "too_far"
    await state(rooms, 10)
    await state(rooms, 20)  # from the checkpoint that the reading before left


async def test_reader_of_many_past_states_waits_and_others_do_not(adder: Any) -> None:
    process, _ = await table("adder", ALICE, state_at_share=0.1)
    for n in (1, 2, 3):
        process.submit(act(ALICE, "add", n=n))
        await process.clock.advance(1)
    first, second, third = (e.seq for e in await process.log() if e.type == "game.tick")
    Adder.clock_to_spend, Adder.cost = process.clock, 0.01
    rooms, greedy = process.rooms, Caller("", address="10.0.0.1")
    for seq in (third, second):
        await state(rooms, seq, greedy)
    with pytest.raises(RateLimited) as refused:
        await state(rooms, first, greedy)
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 1000
    await state(rooms, 1, Caller("", address="10.0.0.2"))
    await process.clock.advance(refused.value.retry_after / 1000)
    await state(rooms, first, greedy)


class Toil(Hall):
    """A kind with a view, each of whose entries takes a millisecond to fold once there is a clock to spend on."""

    kind = "toil"
    computed = True
    clock: FakeClock | None = None
    spent = 0.0

    def apply(self, entry: Entry) -> None:
        super().apply(entry)
        if Toil.clock is not None:
            Toil.clock.spend(0.001)
            Toil.spent += 0.001


async def test_twenty_readers_leave_three_quarters_of_the_time_to_others() -> None:
    process = Process(kinds={"toil": Toil}, limits=limits(snapshot_entries=1000, state_at_share=1.0))
    await process.create(kind="toil")
    await process.connected(ALICE)
    for _ in range(40):
        await process.post(ALICE, "gm")
    rooms, clock, head = process.rooms, process.clock, len(await process.log())
    Toil.clock, Toil.spent, began = clock, 0.0, clock.monotonic()
    readers = [(Caller("", address=f"10.0.0.{number}"), head - number) for number in range(20)]
    asked = [asyncio.ensure_future(rooms.state_at("hall", *reader)) for reader in readers]
    await settle()
    assert Toil.spent <= state_at.SLICE_SECONDS
    while not all(one.done() for one in asked):
        await clock.advance(state_at.SLICE_SECONDS / 10)
    elapsed, Toil.clock = clock.monotonic() - began, None
    assert [one.result()["seq"] for one in asked] == [seq for _, seq in readers]
    assert 0.6 < Toil.spent <= elapsed / 4 + state_at.SLICE_SECONDS


async def test_checkpoints_are_bounded_and_those_used_last_stay() -> None:
    process = Process()
    await process.create()
    host = await process.registry.reach("hall")
    await host.read_state(lambda hall: None)
    record, kept = host.record, state_at.Checkpoints(100)
    for seq in (10, 20, 30):
        kept.keep(record, seq, b"x" * 40)
    assert (kept.nearest(record, 15), kept.nearest(record, 25)) == (None, (20, b"x" * 40))
    kept.keep(record, 40, b"x" * 40)
    assert (kept.nearest(record, 35), kept.nearest(record, 99)) == ((20, b"x" * 40), (40, b"x" * 40))
    assert kept.nearest(replace(record, epoch="another"), 99) is None


class GatedStore(MemoryStore):
    """A store that reads entries only while its gate is open.

    Attributes:
        reading: readers of entries under way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.reading = 0

    async def entries(self, *asked: Any, **more: Any) -> list[Entry]:
        self.reading += 1
        await self.gate.wait()
        self.reading -= 1
        return await super().entries(*asked, **more)


async def test_folds_wait_for_each_other_and_too_many_are_told_to_come_back() -> None:
    store = GatedStore()
    process = Process(store, kinds=KINDS)
    await process.create(kind="tic-tac-toe")
    await process.connected(ALICE)
    store.gate.clear()
    rooms = process.rooms
    asked = [asyncio.ensure_future(rooms.state_at("hall", Caller(), 2)) for _ in range(state_at.WAITING + 1)]
    await settle()
    assert store.reading == state_at.AT_ONCE
    assert [type(one.exception()) for one in asked if one.done()] == [Unavailable]
    store.gate.set()
    await process.clock.advance(1)
    assert [one.result()["seq"] for one in asked[:-1]] == [2] * state_at.WAITING


async def test_right_that_ends_while_a_state_is_read_shows_nothing() -> None:
    store = GatedStore()
    process = Process(store, kinds=KINDS)
    await process.create(kind="tic-tac-toe")
    await process.connected(ALICE)
    store.gate.clear()
    asked = asyncio.ensure_future(process.rooms.state_at("hall", Caller(BOB), 2))
    await settle()
    await process.ask(moderate(OWNER, "ban", BOB))
    store.gate.set()
    await process.clock.advance(1)
    with pytest.raises(Forbidden):
        asked.result()


async def test_states_from_before_what_retention_left_are_not_kept() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    while len(process.store._rooms["hall"].snapshots) < 2:
        await process.post(ALICE, "gm")
    await process.close()
    room = process.store._rooms["hall"]
    floor = sorted(room.snapshots)[0] + 1
    room.record.floor = floor
    for seq in range(1, floor):
        del room.entries[seq]
    again = Process(process.store, process.clock, KINDS)
    first = await read(again.rooms, Caller(), floor - 1)
    assert (first["first"], first["at"], first["state"]["status"]) == (floor - 1, None, "playing")
    with pytest.raises(NotFound) as refused:
        await read(again.rooms, Caller(), floor - 2)
    assert refused.value.reason == "not_kept"


def shorten(store: MemoryStore, floor: int) -> None:
    """Remove the entries below the floor, as retention does beside a live room."""
    room = store._rooms["hall"]
    room.record.floor, room.record.floor_hash = floor, room.entries[floor - 1].hash
    for seq in range(1, floor):
        del room.entries[seq]


async def test_live_room_answers_for_what_retention_left_meanwhile() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    while len(process.store._rooms["hall"].snapshots) < 2:
        await process.post(ALICE, "gm")
    floor = sorted(process.store._rooms["hall"].snapshots)[0] + 1
    shorten(process.store, floor)
    assert (await read(process.rooms, Caller(), floor - 1))["first"] == floor - 1
    with pytest.raises(NotFound) as refused:
        await read(process.rooms, Caller(), 1)
    assert refused.value.reason == "not_kept"
    lines = [line async for line in await process.rooms.transcript("hall", Caller(ALICE))]
    assert lines[0]["floor"]["seq"] == floor
    assert next(line["entry"]["seq"] for line in lines if "entry" in line) == floor


async def test_entries_that_go_while_they_are_read_are_no_damage() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    context: Any = SimpleNamespace(store=process.store)
    head = len(await process.log())
    removed = process.store._rooms["hall"].entries.pop(2)
    with pytest.raises(Damaged):
        await read_log(context, "hall", 1, head)
    process.store._rooms["hall"].entries[2] = removed
    shorten(process.store, 3)
    with pytest.raises(StoreError) as shortened:
        await read_log(context, "hall", 0, head)
    assert isinstance(refusal_of(shortened.value), Unavailable)
    process.store.erase("hall")
    with pytest.raises(StoreError) as erased:
        await read_log(context, "hall", 3, head)
    assert isinstance(refusal_of(erased.value), Unavailable)


async def test_match_of_other_rules_is_shown_as_incompatible() -> None:
    class Newer(Battleship):
        kind = "battleship"
        version = 2

    process, _ = await table("battleship", ALICE, BOB)
    await process.close()
    again = Process(process.store, process.clock, {"battleship": GameRoom.of(Newer)})
    assert await state(again.rooms, 1) == {"status": "incompatible", "version": 1}
