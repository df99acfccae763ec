"""Ticking games in live rooms, moderation and reorgs of a game."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from parlour.core import room as commands
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import ChainUpdate, fold
from parlour.errors import ParlourError
from parlour.runtime.live_room.state import open_room
from parlour.runtime.rooms.interface import Bounds, Caller, RoomQuery
from parlour.testing.fakes import FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, OWNER, Process, limits, moderate
from tests.runtime.live_room.game_kit import KINDS, WATCH, Adder, act, paid, table, undone


@pytest.fixture
def adder() -> Any:
    Adder.clock_to_spend, Adder.cost = None, 0.0
    yield Adder
    Adder.clock_to_spend, Adder.cost = None, 0.0


async def adding(*accounts: str, **settings: Any) -> tuple[Process, list[FakeConnection]]:
    process, connections = await table("adder", *accounts, **settings)
    return process, connections


async def test_ticks_come_at_their_rate_and_reach_players_as_states(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    await process.clock.advance(2)
    state = process.seen(alice)
    assert 39 <= state["ticks"] <= 41
    assert "game.tick" not in {e["type"] for e in alice.events("entry")}
    assert "game.tick" not in {e.type for e in await process.log()}


async def test_input_is_acknowledged_with_the_entry_that_holds_it(adder: Any) -> None:
    process, _ = await adding(ALICE, BOB)
    await process.clock.advance(1)
    first, second = process.submit(act(ALICE, "add", "1", n=3)), process.submit(act(BOB, "add", "1", n=4))
    await settle()
    assert (first, second) == ([], [])
    await process.clock.advance(0.2)
    tick = next(e for e in await process.log() if e.type == "game.tick")
    assert first == second == [{"ok": True, "seq": tick.seq, "at": tick.at, "hash": "0x" + tick.hash.hex()}]
    assert isinstance(tick.body, dict)
    assert [given["args"]["n"] for given in tick.body["inputs"]] == [3, 4]


async def test_input_sent_again_is_played_once(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    await process.clock.advance(1)
    answers = [process.submit(act(ALICE, "add", "1", n=3)) for _ in range(2)]
    await process.clock.advance(0.2)
    assert [answer[0].get("duplicate") for answer in answers] == [None, True]
    late = await process.ask(act(ALICE, "add", "1", n=3))
    assert (late["seq"], late["hash"], late["duplicate"]) == (answers[0][0]["seq"], answers[0][0]["hash"], True)
    assert (await process.refused(act(ALICE, "add", "1", n=5))).code == "conflict"
    assert process.seen(alice)["total"] == 3


async def test_tick_entries_are_at_most_ten_a_second(adder: Any) -> None:
    process, _ = await adding(ALICE)
    await process.clock.advance(1)
    before = len(await process.log())
    for _ in range(40):
        process.submit(act(ALICE, "add", n=1))
        await process.clock.advance(0.05)
    assert 15 <= len(await process.log()) - before <= 21


async def test_history_has_the_ticks_too_and_its_pages_no_holes(adder: Any) -> None:
    process, _ = await adding(ALICE, BOB)
    for number in range(8):
        process.submit(act(ALICE, "add", f"i{number}", n=1))
        await process.clock.advance(0.2)
    rooms, alice = process.rooms, Caller(ALICE)
    newest = orjson.loads(orjson.dumps(await rooms.history("hall", alice, Bounds(limit=5))))
    before = newest["entries"][0]["seq"]
    older = orjson.loads(orjson.dumps(await rooms.history("hall", alice, Bounds(before, limit=5))))
    seqs = [entry["seq"] for entry in older["entries"] + newest["entries"]]
    assert seqs == list(range(seqs[0], seqs[0] + 10))
    assert {entry["type"] for entry in newest["entries"]} == {"game.tick"}
    assert newest["entries"][-1]["body"]["inputs"][0]["id"] == "i7"


async def test_replay_of_an_hour_of_ticks_lets_other_rooms_run(adder: Any) -> None:
    process, _ = await adding(ALICE, BOB)
    await process.clock.advance(60)
    process.submit(act(ALICE, "add", n=1))
    await process.clock.advance(0.2)
    process.registry.open("hall").lost_lease()
    await settle()
    adder.clock_to_spend, adder.cost = process.clock, 0.001
    turns, began = 0, process.clock.monotonic()

    async def somebody_else() -> None:
        nonlocal turns
        while process.clock.monotonic() < began + 1:
            turns += 1
            await asyncio.sleep(0)

    live, _ = await asyncio.gather(open_room(process.context, "hall"), somebody_else())
    state = live.room.view(None)
    assert (state["total"], state["ticks"] >= 1200) == (1, True)
    assert turns > 80


async def test_match_of_ticks_replays_from_its_log(adder: Any) -> None:
    process, (alice, _bob) = await adding(ALICE, BOB)
    await process.join(alice)
    for number in range(25):
        process.submit(act((ALICE, BOB)[number % 2], "add", n=number + 1))
        await process.clock.advance(0.07)
    await process.ask(commands.Leave(author=BOB))
    host = process.registry.open("hall")
    replayed = fold(KINDS["adder"]("hall"), await process.log())
    assert replayed.snapshot()["world"]["state"] == host.live.room.snapshot()["world"]["state"]
    await process.clock.advance(0.1)
    assert process.seen(alice)["total"] == sum(range(1, 26))


async def test_inputs_lost_with_the_store_are_refused_and_can_be_sent_again(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    await process.clock.advance(1)
    answers = process.submit(act(ALICE, "add", "1", n=3))
    process.store.failing = 1
    await process.clock.advance(0.3)
    assert answers[0].code == "unavailable"
    again = process.submit(act(ALICE, "add", "1", n=3))
    await process.clock.advance(0.3)
    assert "duplicate" not in again[0]
    assert process.seen(alice)["total"] == 3


async def test_inputs_at_the_end_of_a_process_are_stored_and_answered(adder: Any) -> None:
    process, _ = await adding(ALICE)
    await process.clock.advance(1)
    answers = process.submit(act(ALICE, "add", n=3))
    await settle()
    await process.close()
    assert isinstance(answers[0], dict)
    assert answers[0]["seq"] == (await process.log())[-1].seq


async def test_no_tick_is_lost_when_a_process_ends_or_a_room_closes(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.clock.advance(30)
    await process.close()
    again = Process(process.store, process.clock, KINDS, limits(return_seconds=5))
    joined = await again.join(alice)
    assert joined["state"]["ticks"] >= 598
    again.registry.open("hall").leave(alice)
    await again.clock.advance(70)
    assert again.registry.live() == []
    assert (await again.join(alice))["state"]["ticks"] > joined["state"]["ticks"] + 1000
    assert "aborted" not in repr(await again.log())


async def test_costly_game_is_slowed_and_then_stopped_with_a_reason(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    await process.clock.advance(1)
    Adder.clock_to_spend, Adder.cost = process.clock, 0.2
    await process.clock.advance(30)
    ended = alice.events("entry")[-1]
    assert (ended["type"], ended["body"]["result"]["aborted"]) == ("game.ended", "overrun")


async def test_game_that_is_too_slow_for_its_rate_is_played_slower(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    Adder.clock_to_spend, Adder.cost = process.clock, 0.02
    await process.clock.advance(10)
    assert 90 <= process.seen(alice)["ticks"] <= 110


async def test_room_nobody_watches_stops_ticking_and_closes(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    process.registry.open("hall").leave(alice)
    await process.clock.advance(70)
    assert process.registry.live() == []


async def test_banned_player_stays_at_his_running_match() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(moderate(OWNER, "ban", ALICE))
    assert alice.events("room:removed") == []
    assert bob.events("entry")[-1]["type"] == "member.banned"


PRIVATE = commands.Configure(author=OWNER, visibility="private")
LOSSES = {"banned": moderate(OWNER, "ban", ALICE), "private": PRIVATE}


async def listed(process: Process, account: str) -> bool:
    return bool((await process.rooms.list(Caller(account), RoomQuery()))["rooms"])


async def admitted(process: Process, account: str) -> bool:
    try:
        await process.rooms.describe("hall", Caller(account))
    except ParlourError:
        return False
    return True


@pytest.mark.parametrize("loss", LOSSES)
async def test_player_kept_by_a_seat_is_removed_when_the_match_ends(loss: str) -> None:
    process, (alice, _) = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(LOSSES[loss])
    assert await listed(process, ALICE) is await admitted(process, ALICE) is True
    await process.ask(commands.Leave(author=BOB))
    assert alice.events("entry")[-1]["type"] == "game.ended", "the end is the last that a player is shown"
    assert alice.events("room:removed") == [{"room": "hall", "reason": loss}]
    assert await listed(process, ALICE) is await admitted(process, ALICE) is False
    await settle()
    assert process.registry.open("hall").live.room.seated() == []
    await process.post(OWNER, "nobody of them hears this")
    assert alice.events("entry")[-1]["type"] == "game.ended"


async def test_banned_player_who_leaves_a_running_match_loses_every_connection() -> None:
    process, (alice, _) = await table("tic-tac-toe", ALICE, BOB)
    second = await process.connected(ALICE)
    await process.ask(moderate(OWNER, "ban", ALICE))
    await process.ask(commands.Leave(author=ALICE))
    for connection in (alice, second):
        assert connection.events("room:removed") == [{"room": "hall", "reason": "banned"}]
    assert await listed(process, ALICE) is False


async def test_banned_player_is_removed_at_the_end_by_a_process_that_opened_later() -> None:
    process, (alice, _) = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(moderate(OWNER, "ban", ALICE))
    await process.close()
    again = Process(process.store, process.clock, KINDS, limits(return_seconds=5))
    alice, _ = await again.connected(ALICE), await again.connected(BOB)
    assert await listed(again, ALICE)
    await again.ask(commands.Leave(author=BOB))
    assert alice.events("room:removed") == [{"room": "hall", "reason": "banned"}]
    assert not await listed(again, ALICE)


async def test_unbanned_player_stays_when_the_match_ends() -> None:
    process, (alice, _) = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(moderate(OWNER, "ban", ALICE))
    await process.ask(moderate(OWNER, "unban", ALICE))
    await process.ask(commands.Leave(author=BOB))
    assert alice.events("room:removed") == []
    assert await listed(process, ALICE)
    assert process.registry.open("hall").live.room.seated() == [ALICE]


async def test_kick_by_a_server_moderator_ends_a_match_without_winner() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    command = moderate(OWNER, "kick", ALICE)
    command.rank = SERVER_MODERATOR
    await process.ask(command)
    assert alice.events("room:removed") == [{"room": "hall", "reason": "kicked"}]
    assert bob.events("entry")[-1]["body"]["result"]["aborted"] == "removed"


async def test_reorg_voids_what_rested_on_it_and_sends_the_whole_state() -> None:
    process, (alice,) = await table("bank", ALICE)
    await process.ask(commands.Watch(author=OWNER, watch=WATCH))
    await process.ask(ChainUpdate(drafts=[paid(1, 5), paid(2, 3)]))
    first, second = await process.ask(act(ALICE, "spend", n=4)), await process.ask(act(ALICE, "spend", n=3))
    assert process.seen(alice)["coins"] == 1
    await process.ask(ChainUpdate(drafts=[undone(paid(1, 5).source, number=1)]))
    reverted = alice.events("entry")[-1]["body"]
    assert reverted["void"] == [{"seq": first["seq"], "reason": "too_poor"}]
    assert second["seq"] not in [void["seq"] for void in reverted["void"]]
    assert alice.events("state")[-1]["state"]["coins"] == 0
    assert fold(KINDS["bank"]("hall"), await process.log()).snapshot() == process.state()
    await process.close()
    again = Process(process.store, process.clock, KINDS)
    assert (await again.join(FakeConnection(BOB)))["state"]["coins"] == 0
