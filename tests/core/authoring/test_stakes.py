"""A table with a stake: who has to put in what before the game begins, and who took it back."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from parlour import Between, Game, Options, Player, Stake, State, action
from parlour.core.authoring.rules import Rules
from parlour.core.authoring.stakes import MAX_STRANGERS
from parlour.core.canonical_json import canonical
from parlour.core.room import Entry
from parlour.testing import Table, play

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
STAKE = {"chain": 31337, "address": CONTRACT, "amount": "5"}


class Felt(Options):
    stake: Stake | None = None


class Count(State):
    count: int = 0


class Pass(Game[Count]):
    """Whoever is on turn adds one."""

    seats = 2
    turns = True
    turn_seconds = 30
    staked_by = "stake"
    options: Felt

    @action
    def add(self, player: Player, by: Annotated[int, Between(1, 3)] = 1) -> None:
        self.state.count += by
        if self.state.count >= 5:
            self.finish(player)

    def bot(self, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "add", {"by": 1}


class Crowd(Pass):
    """Two to four."""

    seats = (2, 4)


class Open(Crowd):
    """The same, and one may sit down later."""

    turns = False
    turn_seconds = None
    late_join = True


class Fair(Pass):
    """The same with chance from both."""

    fair = True


class Careful(Pass):
    """The same, and no stake counts before it is final."""

    stake_finality = "finalized"


def put_in(game: Table, who: str, amount: int = 5, event: str = "Staked") -> Entry:
    return game.chain_event(event, address=CONTRACT, player=who, amount=amount)


def take_back(game: Table, who: str, amount: int = 5) -> Entry:
    return put_in(game, who, amount, "Refunded")


def test_room_watches_both_events_of_its_contract_and_another_game_none():
    watched = Rules.of(Pass).wanted_watches({"stake": STAKE})
    assert [one["event"].partition("(")[0] for one in watched] == ["Staked", "Refunded"]
    assert {one["address"] for one in watched} == {CONTRACT}
    assert Rules.of(Pass).wanted_watches({}) == []


def test_stakes_stand_in_the_entry_that_begins_the_game():
    game = play(Pass, "ann", "ben", stake=STAKE)
    put_in(game, "ann")
    put_in(game, "ben", 7)
    assert game.types[-3:] == ["chain.event", "game.seed", "game.started"]
    assert game.log[-1].body["stakes"] == ["5", "7"]
    assert "stakes" not in play(Pass, "ann", "ben").log[-1].body


def test_stake_put_in_before_sitting_down_counts():
    game = play(Pass, stake=STAKE)
    put_in(game, "ben")
    put_in(game, "ann")
    game.join("ann")
    assert game.status == "waiting"
    game.join("ben")
    assert game.status == "playing"


def test_stake_taken_back_before_the_start_is_waited_for_again():
    game = play(Pass, "ann", "ben", stake=STAKE)
    put_in(game, "ann")
    take_back(game, "ann")
    put_in(game, "ben")
    assert (game.status, game.view()["unstaked"]) == ("waiting", [0])
    put_in(game, "ann")
    assert game.status == "playing"


def test_player_who_takes_the_stake_back_makes_no_moves_and_runs_out_of_time():
    game = play(Pass, "ann", "ben", stake=STAKE)
    put_in(game, "ann")
    put_in(game, "ben")
    take_back(game, "ann")
    assert game.ann.refused("add") == "not_staked"
    game.wait(31)
    assert game.result == {"winner": 1, "account": "ben", "reason": "timeout"}


def test_refund_of_more_than_was_counted_leaves_nothing():
    game = play(Pass, "ann", "ben", stake=STAKE)
    put_in(game, "ann", 2)
    take_back(game, "ann", 9)
    assert game.view()["stakes"] == ["0", "0"]


def test_seat_of_a_bot_owes_nothing_and_is_given_once():
    game = play(Pass, "ann", bots=1, stake=STAKE)
    assert game.view()["players"] == ["ann", None]
    begun = put_in(game, "ann")
    assert game.view()["players"] == ["ann", "bot:1"]
    game.chain_reverted(begun)
    assert (game.status, game.view()["players"]) == ("waiting", ["ann", "bot:1"])
    put_in(game, "ann")
    assert (game.status, game.view()["players"]) == ("playing", ["ann", "bot:1"])


def test_rematch_waits_for_a_stake_that_was_taken_back():
    game = play(Pass, "ann", "ben", stake=STAKE)
    for who in ("ann", "ben"):
        put_in(game, who)
    game.ann.add(by=3)
    game.ben.add(by=3)
    take_back(game, "ben")
    game.ann.rematch()
    game.ben.rematch()
    assert (game.status, game.view()["unstaked"]) == ("ended", [1])
    put_in(game, "ben")
    assert (game.status, game.view()["round"], game.view()["count"]) == ("playing", 2, 0)


def test_start_is_refused_while_a_stake_is_missing():
    game = play(Crowd, "ann", "ben", stake=STAKE)
    put_in(game, "ann")
    assert game.ann.refused("start") == "not_staked"
    put_in(game, "ben")
    assert game.status == "waiting"
    game.ann.start()
    assert game.status == "playing"


def test_game_that_people_join_late_begins_with_those_who_staked():
    game = play(Open, "ann", "ben", "cyd", stake=STAKE)
    for who in ("ann", "ben"):
        put_in(game, who)
    assert (game.status, game.view()["unstaked"]) == ("playing", [2])
    assert game.cyd.refused("add") == "not_staked"
    put_in(game, "cyd")
    game.cyd.add()


def test_stake_counts_at_the_finality_the_game_asks_for():
    game = play(Careful, "ann", "ben", stake=STAKE)
    for who in ("ann", "ben"):
        put_in(game, who)
    assert game.status == "waiting"
    game.chain_confirmed("finalized")
    assert game.status == "playing"


def test_contribution_to_a_start_that_a_reorg_undid_is_void():
    game = play(Fair, "ann", "ben", stake=STAKE)
    put_in(game, "ann")
    last = put_in(game, "ben")
    assert game.status == "drawing"
    game.ann.commit(hash="0x" + "11" * 32)
    void = game.chain_reverted(last)
    assert [one["reason"] for one in void] == ["not_staked", "not_drawing"]
    assert game.status == "waiting"


def test_rematch_and_timeout_after_an_undone_end_are_void():
    game = play(Pass, "ann", "ben", stake=STAKE)
    put_in(game, "ann")
    last = put_in(game, "ben")
    game.wait(31)
    game.ann.rematch()
    void = game.chain_reverted(last)
    assert [one["reason"] for one in void] == ["not_staked", "not_started", "not_over", "not_over"]
    assert game.replayed().snapshot() == game.room.snapshot()


def test_match_with_stakes_restores_at_every_entry():
    game = play(Pass, "ann", "ben", stake=STAKE)
    put_in(game, "ann", 10**24)
    put_in(game, "ben")
    take_back(game, "cyd")
    game.ann.add()
    for at in range(1, len(game.log)):
        assert game.restored(at).snapshot() == game.replayed().snapshot() == game.room.snapshot()


def test_strangers_stakes_are_bounded_and_the_least_is_left_out():
    game = play(Pass, "ann", stake=STAKE)
    put_in(game, "ann", 1)
    put_in(game, "ben", 5)
    for number in range(MAX_STRANGERS + 20):
        put_in(game, f"stranger{number}", 2)
    assert len(game.room.match.log.world.stakes) == MAX_STRANGERS + 1
    game.join("ben")
    assert game.view()["stakes"] == ["1", "5"]


def test_stakes_that_an_older_server_counted_in_tic_tac_toe_still_count():
    from parlour.games.tic_tac_toe import TicTacToe

    game = play(TicTacToe, "ann", "ben", stake=STAKE)
    for who in ("ann", "ben"):
        put_in(game, who)
    game.ann.place(cell=4)
    old = game.room.snapshot()
    del old["world"]["stakes"]
    old["world"]["state"] |= {"staked": ["5", "5"], "pot": "10"}
    room = game.kind("table")
    room.restore(old)
    assert canonical(room.snapshot()) == canonical(game.room.snapshot())


def test_state_with_a_field_of_the_views_own_is_refused():
    class Mine(State):
        stakes: int = 0

    class Clash(Game[Mine]):
        """One."""

        @action
        def go(self, player: Player) -> None:
            """Nothing."""

    with pytest.raises(TypeError, match="stakes"):
        Rules.of(Clash)
