"""What each connection of a game room sees: states, patches and what is hidden."""

from __future__ import annotations

from typing import Any

from parlour import Game, Player, State, action
from parlour.core.games.room import GameRoom
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, Process, message, position
from tests.runtime.live_room.game_kit import FLEET, KINDS, SECRET, act, table


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


async def test_client_that_just_joined_gets_no_state_twice() -> None:
    process, (_alice,) = await table("tic-tac-toe", ALICE)
    bob = FakeConnection(BOB)
    answer = await process.join(bob)
    assert answer["state"]["status"] == "playing"
    assert bob.events("state") == []


async def test_slow_reader_is_spared_and_then_gets_a_whole_state() -> None:
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


async def test_taken_seat_and_a_role_are_part_of_the_answer() -> None:
    process, _ = await table("tic-tac-toe", ALICE)
    assert (await process.join(FakeConnection(BOB)))["seat"] == 1
    assert "seat" not in await process.join(FakeConnection(CAROL))


async def test_hidden_move_reaches_its_author_alone() -> None:
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


async def test_seed_is_hidden_from_everybody_until_the_end() -> None:
    process, (alice, bob) = await table("tic-tac-toe", ALICE, BOB)
    seeds = [e for c in (alice, bob) for e in c.events("entry") if e["type"] == "game.seed"]
    assert [seed["redacted"] for seed in seeds] == ["hidden"]
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await process.ask(act((ALICE, BOB)[number % 2], "place", cell=cell))
    joined = await process.join(FakeConnection(CAROL), limit=50)
    seed = next(e for e in joined["entries"] if e["type"] == "game.seed")
    assert seed["body"]["seed"] == alice.events("entry")[-1]["body"]["seed"].removeprefix("0x")


class Tally(State):
    n: int = 0


class Counting(Game[Tally]):
    """Counts how often its view is made."""

    views = 0

    @action
    def count(self, player: Player) -> None:
        self.state.n += 1

    def view(self, viewer: Player | None) -> dict[str, Any]:
        Counting.views += 1
        return {"n": self.state.n, "own": viewer is not None}


async def test_view_is_made_once_a_viewer_and_not_at_all_for_a_chat_message() -> None:
    process = Process(kinds={"counting": GameRoom.of(Counting)})
    await process.create(kind="counting")
    alice, bob, carol, dave = [await process.connected(account) for account in (ALICE, BOB, CAROL, "0xdave")]
    Counting.views = 0
    states = len(alice.events("state"))
    for text in ("gm", "gn"):
        await process.ask(message(ALICE, text, text))
    assert (Counting.views, len(alice.events("state"))) == (0, states)
    await process.ask(act(ALICE, "count"))
    assert Counting.views == 3  # two seats, and one for all spectators
    seen = [process.seen(each) for each in (alice, bob, carol, dave)]
    assert [(view["n"], view["own"]) for view in seen] == [(1, True), (1, True), (1, False), (1, False)]


async def flying(ships: int = 6) -> tuple[Process, list[FakeConnection]]:
    """Return an arena whose ships all fly, each told in steps; a spectator without them is last."""
    process = Process(kinds=KINDS)
    await process.create(kind="arena")
    seen = [FakeConnection(f"0x{number}") for number in range(ships)] + [FakeConnection("0xelse")]
    for connection in seen:
        connection.steps = connection is not seen[-1]
        await process.join(connection)
    for number in range(ships):
        process.submit(act(f"0x{number}", "steer", dx=(1, -1)[number % 2], dy=1))
    await process.clock.advance(0.5)
    return process, seen


def last_form(connection: FakeConnection) -> str:
    (form,) = connection.events("state")[-1].keys() & {"state", "patch", "steps"}
    return form


async def test_client_that_takes_steps_gets_them_and_others_a_patch_of_the_same() -> None:
    process, seen = await flying()
    assert [last_form(each) for each in seen] == ["steps"] * 6 + ["patch"]
    assert len(seen[0].events("state")[-1]["steps"]) < len(str(seen[-1].events("state")[-1]["patch"])) / 4
    host = process.registry.find("hall")
    assert host is not None
    for connection in seen:
        assert process.seen(connection) == host.live.room.view(connection.account)


async def test_steps_are_encoded_once_for_all_who_see_the_same() -> None:
    _, seen = await flying()
    assert len({id(each.heard[-1]) for each in seen[:6]}) == 1


async def test_client_of_steps_gets_more_than_numbers_as_a_patch() -> None:
    process, seen = await flying()
    await process.join(FakeConnection("0x9"))
    assert last_form(seen[0]) == "patch"
    host = process.registry.find("hall")
    assert host is not None
    assert process.seen(seen[0]) == host.live.room.view("0x0")


async def test_client_of_steps_that_was_slow_gets_a_whole_state() -> None:
    process, seen = await flying()
    seen[0].congested = True
    await process.clock.advance(0.2)
    seen[0].congested = False
    before = len(seen[0].events("state"))
    await process.clock.advance(0.2)
    forms = [event.keys() & {"state", "steps"} for event in seen[0].events("state")[before:]]
    assert forms == [{"state"}, *[{"steps"}] * (len(forms) - 1)]
    assert process.seen(seen[0]) == process.seen(seen[1])


async def test_short_change_stays_a_patch_for_everybody() -> None:
    process = Process(kinds=KINDS)
    await process.create(kind="adder")
    alice = FakeConnection(ALICE)
    alice.steps = True
    await process.join(alice)
    await process.clock.advance(0.2)
    assert last_form(alice) == "patch"
