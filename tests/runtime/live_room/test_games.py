"""Games in live rooms: what each sees, what happens by itself, and ticks."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
import pytest

from parlour import Between, ChainLog, Game, Player, Reject, State, action, on_chain
from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.core.room import ChainUpdate, Draft, fold
from parlour.games.arena import Arena
from parlour.games.battleship import Battleship
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.live_room.state import open_room
from parlour.runtime.live_room.tick_budget import SLOWEST, STRIKES, TickBudget
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.testing.fakes import FakeClock, FakeConnection, settle
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, limits, message, moderate, position

FLEET = [{"cell": 20 * n, "length": length} for n, length in enumerate((2, 3, 3, 4, 5))]
SECRET = {"action": "place_fleet", "args": {"ships": FLEET}}


class Sum(State):
    total: int = 0
    ticks: int = 0


class Adder(Game[Sum]):
    """A ticking game that adds; it costs what the test says."""

    seats = (1, 8)
    late_join = True
    tick_rate = 20
    drop_seconds = None
    clock_to_spend: FakeClock | None = None
    cost = 0.0

    @action
    def add(self, player: Player, n: Annotated[int, Between(1, 100)]) -> None:
        self.state.total += n

    def tick(self, dt: float) -> None:
        self.state.ticks += 1
        if Adder.clock_to_spend is not None:
            Adder.clock_to_spend.spend(Adder.cost)


KINDS = {game.kind: GameRoom.of(game) for game in (TicTacToe, Battleship, Arena, Adder)}


async def table(kind: str, *accounts: str, **settings: Any) -> tuple[Process, list[FakeConnection]]:
    process = Process(kinds=KINDS, limits=limits(return_seconds=5, **settings))
    await process.create(kind=kind)
    return process, [await process.connected(account) for account in accounts]


def act(author: str, name: str, id_: str = "", **args: Any) -> commands.Post:
    post = message(author, "", id_, "game.action")
    post.body = {"action": name, "args": args}
    return post


# ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_patches_lead_every_player_to_the_view_the_room_has_of_it() -> None:
    process = Process(kinds=KINDS)
    await process.create(kind="tic-tac-toe")
    alice, bob, carol = (FakeConnection(account) for account in (ALICE, BOB, CAROL))
    for connection in (alice, bob, carol):
        await process.join(connection)
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await process.ask(act((ALICE, BOB)[number % 2], "place", cell=cell))
    host = process.registry.find("hall")
    assert host is not None
    for connection in (alice, bob, carol):
        assert process.seen(connection) == host.live.room.view(connection.account)
        assert process.seen(connection)["winner"] == 0


async def test_who_just_joined_is_not_told_the_same_state_again() -> None:
    process, (_alice,) = await table("tic-tac-toe", ALICE)
    bob = FakeConnection(BOB)
    answer = await process.join(bob)
    assert answer["state"]["status"] == "playing"
    assert bob.events("state") == []


async def test_a_slow_reader_is_spared_and_then_gets_a_whole_state() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    alice.congested = True
    before = len(alice.events("state"))
    for number, cell in enumerate((0, 3, 1)):
        await process.ask(act((ALICE, BOB)[number % 2], "place", cell=cell))
    assert len(alice.events("state")) == before
    alice.congested = False
    await process.clock.advance(1)
    assert alice.events("state")[-1]["state"]["cells"] == process.seen(bob)["cells"] == [0, 0, None, 1, *[None] * 5]


async def test_join_always_carries_the_state_at_head() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    stood = await process.join(FakeConnection(CAROL))
    await process.ask(act(ALICE, "place", cell=4))
    answer = await process.join(FakeConnection(CAROL), since=position(stood))
    assert (answer["recovered"], answer["state"]["cells"][4]) == (True, 0)


async def test_a_taken_seat_and_a_role_are_part_of_the_answer() -> None:
    process, _ = await table("tic-tac-toe", ALICE)
    assert (await process.join(FakeConnection(BOB)))["seat"] == 1
    assert "seat" not in await process.join(FakeConnection(CAROL))


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_hidden_move_reaches_its_author_alone() -> None:
    process, (alice, bob) = await table("battleship", ALICE, BOB)
    await process.ask(act(ALICE, "place_fleet", ships=FLEET))
    carol = FakeConnection(CAROL)
    joined = await process.join(carol, limit=50)
    own, other, later = alice.events("entry")[-1], bob.events("entry")[-1], joined["entries"][-1]
    assert own["body"] == SECRET
    for event in (other, later):
        assert (event["body"], event["redacted"]) == (None, "hidden")
        assert event["bodyHash"].startswith("0x")
        assert "salt" not in event
    assert '"length"' not in str(bob.heard)


async def test_the_seed_is_hidden_from_everybody_until_the_end() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    seeds = [e for c in (alice, bob) for e in c.events("entry") if e["type"] == "game.seed"]
    assert [seed["redacted"] for seed in seeds] == ["hidden"]
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await process.ask(act((ALICE, BOB)[number % 2], "place", cell=cell))
    joined = await process.join(FakeConnection(CAROL), limit=50)
    seed = next(e for e in joined["entries"] if e["type"] == "game.seed")
    assert seed["body"]["seed"] == alice.events("entry")[-1]["body"]["seed"].removeprefix("0x")


# ── what happens by itself ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_turn_that_takes_too_long_times_out() -> None:
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


async def test_after_a_crash_downtime_counts_from_the_last_sign_of_life() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    process.registry.start()
    await process.clock.advance(30)
    host = process.registry.open("hall")
    host._task.cancel()
    process.registry._renewing.cancel()  # type: ignore[union-attr]
    await settle()
    process.clock.spend(100)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(ALICE))
    resumed = next(e for e in await again.log() if e.type == "game.resumed")
    assert isinstance(resumed.body, dict)
    assert 100_000 <= resumed.body["pausedMs"] <= 104_000


async def test_a_short_standstill_or_none_is_not_worth_an_entry() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    await process.close()
    process.clock.spend(0.5)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(ALICE))
    assert "game.resumed" not in {e.type for e in await again.log()}


async def test_a_players_turn_is_not_over_when_the_machine_slept_through_it() -> None:
    process, (_alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    room = process.registry.open("hall").live.room
    deadline = room.deadline()
    process.clock.step(3_600_000)
    process.registry.clock_stepped(3_600_000)
    await process.clock.advance(1)
    assert room.deadline() == deadline + 3_600_000  # type: ignore[operator]
    assert (await process.ask(act(ALICE, "place", cell=0)))["ok"]
    assert process.seen(bob)["status"] == "playing"


async def test_a_finished_game_is_not_resumed() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(commands.Leave(author=ALICE))
    await process.close()
    process.clock.spend(500)
    again = Process(process.store, process.clock, KINDS)
    await again.join(FakeConnection(CAROL))
    assert "game.resumed" not in {e.type for e in await again.log()}


async def test_an_outage_of_the_store_does_not_cost_a_player_the_turn() -> None:
    process, (_alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    await process.clock.advance(50)
    process.store.failing = 30
    process.submit(act(ALICE, "place", cell=0))
    await process.clock.advance(40)
    await process.clock.advance(15)
    assert "game.resumed" in {e.type for e in await process.log()}
    assert (await process.ask(act(ALICE, "place", cell=0)))["ok"]
    assert process.seen(bob)["status"] == "playing"


async def test_the_last_socket_dropped_is_an_entry_and_a_return_another() -> None:
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


async def test_who_drops_and_joins_again_in_one_breath_is_here() -> None:
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


async def test_a_drop_that_met_a_store_failure_is_said_again() -> None:
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


async def test_a_deadline_that_stays_does_not_spin_the_loop() -> None:
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


# ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────────────


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


async def test_an_input_is_acknowledged_with_the_entry_that_holds_it(adder: Any) -> None:
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


async def test_an_input_sent_again_is_played_once(adder: Any) -> None:
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


async def test_at_most_ten_tick_entries_a_second(adder: Any) -> None:
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


async def test_while_an_hour_of_ticks_is_played_again_the_others_are_served(adder: Any) -> None:
    process, _ = await adding(ALICE, BOB)
    await process.clock.advance(60)
    process.submit(act(ALICE, "add", n=1))
    await process.clock.advance(0.2)
    process.registry.open("hall")._task.cancel()
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


async def test_a_match_of_ticks_replays_from_its_log(adder: Any) -> None:
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


async def test_a_costly_game_is_slowed_and_then_stopped_with_a_reason(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    await process.clock.advance(1)
    Adder.clock_to_spend, Adder.cost = process.clock, 0.2
    await process.clock.advance(30)
    ended = alice.events("entry")[-1]
    assert (ended["type"], ended["body"]["result"]["aborted"]) == ("game.ended", "overrun")


async def test_a_game_that_is_too_slow_for_its_rate_is_played_slower(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    await process.join(alice)
    Adder.clock_to_spend, Adder.cost = process.clock, 0.02
    await process.clock.advance(10)
    assert 90 <= process.seen(alice)["ticks"] <= 110


async def test_a_room_nobody_watches_stops_ticking_and_closes(adder: Any) -> None:
    process, (alice,) = await adding(ALICE)
    process.registry.open("hall").leave(alice)
    await process.clock.advance(70)
    assert process.registry.live() == []


def test_ticks_that_cannot_be_played_in_time_are_skipped() -> None:
    pace = TickBudget(0.25, 0.03)
    assert pace.wait(20, 0.0) == pytest.approx(0.05)
    pace.begin(1.0)
    assert pace.wait(20, 1.0) == pytest.approx(0.0, abs=0.06)
    pace.begin(1.0)
    assert pace.wait(20, 1.0) == pytest.approx(0.05)


def test_three_strikes_halve_the_rate_and_good_behaviour_doubles_it() -> None:
    pace = TickBudget(0.25, 0.03)
    pace.wait(20, 0.0)
    assert [pace.check_tick_cost(0.02) for _ in range(STRIKES)] == [None, None, "slowed"]
    assert pace.slowed == 2
    for _ in range(100):
        assert pace.check_tick_cost(0.001) is None
    assert pace.slowed == 1
    verdicts = [pace.check_tick_cost(1.0) for _ in range(4 * STRIKES)]
    assert (verdicts[-1], pace.slowed) == ("halted", SLOWEST)


async def test_a_kicked_player_leaves_the_game_too() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    await process.ask(moderate(OWNER, "kick", ALICE))
    assert alice.events("room:removed") == [{"room": "hall", "reason": "kicked"}]
    assert bob.events("entry")[-1]["type"] == "game.ended"


# ── the chain changes its mind ───────────────────────────────────────────────────────────────────────────────────


class Purse(State):
    coins: int = 0


class Bank(Game[Purse]):
    """Coins come from the chain; spending more than there is is refused."""

    seats = 1

    @on_chain("Paid(uint256 amount)", finality="included")
    def paid(self, log: ChainLog) -> None:
        self.state.coins += log.args["amount"]

    @action
    def spend(self, player: Player, n: Annotated[int, Between(1, 100)]) -> None:
        if n > self.state.coins:
            raise Reject("too_poor")
        self.state.coins -= n


KINDS["bank"] = GameRoom.of(Bank)
WATCH = {"id": "w", "chain": 1, "event": "Paid(uint256 amount)", "finality": "included", "confirm": [], "from": {}}


def paid(number: int, amount: int) -> Draft:
    block = {"number": number, "hash": f"0x{number:064x}", "time": 0}
    body = {
        "watch": "w",
        "chain": 1,
        "address": "0x" + "5" * 40,
        "event": "Paid(uint256)",
        "args": {"amount": str(amount)},
    }
    more = {"block": block, "tx": "0x1", "logIndex": 0, "status": "included"}
    return Draft("chain.event", {**body, **more}, source=f"chain:1:0:{number}:0:apply:w")


async def test_reorg_voids_what_rested_on_it_and_sends_the_whole_state() -> None:
    process, (alice,) = await table("bank", ALICE)
    await process.ask(commands.Watch(author=OWNER, watch=WATCH))
    await process.ask(ChainUpdate(drafts=[paid(1, 5), paid(2, 3)]))
    first, second = await process.ask(act(ALICE, "spend", n=4)), await process.ask(act(ALICE, "spend", n=3))
    assert process.seen(alice)["coins"] == 1
    body = {"of": [paid(1, 5).source], "block": {"number": 1, "hash": "0x"}, "void": []}
    await process.ask(ChainUpdate(drafts=[Draft("chain.reverted", body, source="chain:1:1:1:0:revert:w")]))
    reverted = alice.events("entry")[-1]["body"]
    assert reverted["void"] == [{"seq": first["seq"], "reason": "too_poor"}]
    assert second["seq"] not in [void["seq"] for void in reverted["void"]]
    assert alice.events("state")[-1]["state"]["coins"] == 0
    assert fold(KINDS["bank"]("hall"), await process.log()).snapshot() == process.state()
    await process.close()
    again = Process(process.store, process.clock, KINDS)
    assert (await again.join(FakeConnection(BOB)))["state"]["coins"] == 0
