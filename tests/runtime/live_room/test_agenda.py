"""What happens in a live room by itself: timeouts, downtime, players who drop."""

from __future__ import annotations

from parlour.core import room as commands
from parlour.testing.fakes import FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, Process, limits
from tests.runtime.live_room.game_kit import KINDS, act, table


async def test_turn_that_takes_too_long_times_out() -> None:
    process, (alice, _bob) = await table("tic-tac-toe", ALICE, BOB)
    await process.clock.advance(59)
    assert process.seen(alice)["status"] == "playing"
    await process.clock.advance(2)
    assert [e["type"] for e in alice.events("entry")[-2:]] == ["game.timeout", "game.ended"]


async def test_downtime_moves_the_deadline_by_as_long_as_the_process_was_down() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    deadline = process.registry.open("hall").live.room.deadline()
    await process.clock.advance(20)
    await process.close()
    process.clock.spend(100)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(ALICE))
    resumed = next(e for e in await again.log() if e.type == "game.resumed")
    assert resumed.body == {"pausedMs": 100_000}
    assert again.registry.open("hall").live.room.deadline() == deadline + 100_000  # type: ignore[operator]


async def test_downtime_after_a_crash_counts_from_the_last_sign_of_life() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    process.registry.start()
    await process.clock.advance(30)
    host = process.registry.open("hall")
    host.lost_lease()
    process.registry._renewing.cancel()  # type: ignore[union-attr]
    await settle()
    process.clock.spend(100)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(ALICE))
    resumed = next(e for e in await again.log() if e.type == "game.resumed")
    assert isinstance(resumed.body, dict)
    assert 100_000 <= resumed.body["pausedMs"] <= 104_000


async def test_short_standstill_or_none_is_not_worth_an_entry() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    await process.close()
    process.clock.spend(0.5)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(ALICE))
    assert "game.resumed" not in {e.type for e in await again.log()}


async def test_players_turn_is_not_over_when_the_machine_slept_through_it() -> None:
    process, (_alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    room = process.registry.open("hall").live.room
    deadline = room.deadline()
    process.clock.step(3_600_000)
    process.registry.clock_stepped(3_600_000)
    await process.clock.advance(1)
    assert room.deadline() == deadline + 3_600_000  # type: ignore[operator]
    assert (await process.ask(act(ALICE, "place", cell=0)))["ok"]
    assert process.seen(bob)["status"] == "playing"


async def test_finished_game_is_not_resumed() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(commands.Leave(author=ALICE))
    await process.close()
    process.clock.spend(500)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(CAROL))
    assert "game.resumed" not in {e.type for e in await again.log()}


async def test_outage_of_the_store_does_not_cost_a_player_the_turn() -> None:
    process, (_alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    await process.clock.advance(50)
    process.store.failing = 30
    process.submit(act(ALICE, "place", cell=0))
    await process.clock.advance(40)
    await process.clock.advance(15)
    assert "game.resumed" in {e.type for e in await process.log()}
    assert (await process.ask(act(ALICE, "place", cell=0)))["ok"]
    assert process.seen(bob)["status"] == "playing"


async def test_last_socket_dropped_is_an_entry_and_a_return_another() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    second = await process.connected(ALICE)
    host = process.registry.open("hall")
    host.leave(alice)
    await settle()
    assert "game.dropped" not in {e.type for e in await process.log()}
    host.leave(second)
    await settle()
    assert bob.events("entry")[-1]["type"] == "game.dropped"
    await process.join(alice)
    assert bob.events("entry")[-1]["type"] == "game.returned"


async def test_player_who_drops_and_joins_in_one_batch_is_present() -> None:
    process, (alice, _bob) = await table("tic-tac-toe", ALICE, BOB)
    process.submit(commands.Join(author=ALICE), connection=FakeConnection(ALICE))
    process.registry.open("hall").leave(alice)
    await settle()
    assert process.registry.open("hall").live.room.view(None)["away"] == []


async def test_leaving_for_good_is_not_dropping() -> None:
    process, (alice, _bob) = await table("tic-tac-toe", ALICE, BOB)
    process.registry.open("hall").leave(alice, for_good=True)
    await process.ask(commands.Leave(author=ALICE))
    types = [e.type for e in await process.log()]
    assert "game.left" in types
    assert "game.dropped" not in types


async def test_drop_during_a_store_failure_is_queued_again() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    process.store.failing = 1
    process.registry.open("hall").leave(alice)
    await process.clock.advance(1)
    assert bob.events("entry")[-1]["type"] == "game.dropped"


async def test_players_who_do_not_come_back_after_a_restart_count_as_dropped() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    await process.close()
    again = Process(process.store, process.clock, KINDS, limits(return_seconds=5))
    await again.join(FakeConnection(ALICE))
    await again.clock.advance(4)
    assert "game.dropped" not in {e.type for e in await again.log()}
    await again.clock.advance(2)
    assert [e.body for e in await again.log() if e.type == "game.dropped"] == [{"seat": 1}]


async def test_absent_player_is_dropped_when_the_rematch_begins() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    for n, cell in enumerate([0, 3, 1, 4, 2]):
        await process.ask(act([ALICE, BOB][n % 2], "place", cell=cell))
    await process.ask(act(ALICE, "rematch"))
    process.registry.open("hall").leave(alice)
    await settle()
    assert "game.dropped" not in {e.type for e in await process.log()}
    await process.ask(act(BOB, "rematch"))
    await settle()
    started, last = bob.events("entry")[-2:]
    assert (started["type"], started["body"]["round"]) == ("game.started", 2)
    assert (last["type"], last["body"]) == ("game.dropped", {"seat": 0})
    await process.clock.advance(61)
    assert process.registry.open("hall").live.room.view(None)["result"]["reason"] in ("left", "timeout")


async def test_deadline_that_stays_does_not_spin_the_loop() -> None:
    woken = 0

    class Stubborn(KINDS["tic-tac-toe"]):  # type: ignore[misc,name-defined]
        kind = "stubborn"

        def deadline(self) -> int:
            return 1

        def handle_deadline(self, command: commands.DeadlinePassed) -> commands.Outcome:
            nonlocal woken
            woken += 1
            raise RuntimeError("a broken rule")

    process = Process(kinds={"stubborn": Stubborn})
    await process.create(kind="stubborn")
    await process.connected(ALICE)
    await process.clock.advance(10)
    assert 5 <= woken <= 12
