"""What a match leaves of accounts, and the next one begins with: `self.load` and `self.store`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from parlour import ChainLog, Game, Player, State, action, on_chain
from parlour.core.authoring.game import MAX_STORED_BYTES
from parlour.core.proof.match import Fault, check_match
from parlour.core.room import StopGame
from parlour.testing import Table, play
from tests.core.games.small_games import assert_replays


class Purse(State):
    gold: list[int] = [0, 0, 0]


class Mine(Game[Purse]):
    """Who digs first takes home what was dug, and what they had."""

    kind = "mine"
    seats = (2, 3)
    late_join = True
    remembers = True

    def on_start(self) -> None:
        for player in self.players:
            self.state.gold[player.seat] = self.load(player).get("gold", 0)

    def on_join(self, player: Player) -> None:
        self.state.gold[player.seat] = self.load(player).get("gold", 0)

    @action
    def dig(self, player: Player, gold: int, ends: bool = True) -> None:
        self.store(player, {"gold": self.state.gold[player.seat] + gold})
        if ends:
            self.finish(player)

    @action
    def hoard(self, player: Player, size: int) -> None:
        self.store(player, {"x": "x" * size})

    @action
    def spoil(self, player: Player) -> None:
        self.load(player)["gold"] = 1_000

    @on_chain("Paid(uint256 amount)", finality="included")
    def on_paid(self, log: ChainLog) -> None:
        for player in self.players:
            self.store(player, {"gold": log.args["amount"]})
        self.finish(self.players[0])

    def bot(self, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "dig", {"gold": 5}


class Forgetful(Mine):
    """The same without saying that it remembers."""

    remembers = False


def end_of(game: Table) -> dict[str, Any]:
    body = [entry for entry in game.log if entry.type == "game.ended"][-1].body
    assert isinstance(body, dict)
    return body


def test_values_of_one_match_are_there_in_the_next():
    game = play(Mine, "alice", "bob")
    game.alice.dig(gold=3)
    assert end_of(game)["stored"] == {"alice": {"gold": 3}}
    again = play(Mine, "alice", "bob", remembered=game.remembered)
    assert again.state.gold == [3, 0, 0]
    assert_replays(again)


def test_rematch_begins_with_what_the_round_before_left():
    game = play(Mine, "alice", "bob")
    game.alice.dig(gold=3)
    game.alice.rematch()
    game.bob.rematch()
    game.alice.dig(gold=4)
    assert end_of(game)["stored"] == {"alice": {"gold": 7}}
    assert_replays(game)


def test_who_sits_down_later_brings_what_is_remembered():
    game = play(Mine, "alice", "bob", remembered={"carol": {"gold": 9}})
    game.join("carol")
    assert game.state.gold == [0, 0, 9]
    assert_replays(game)


def test_aborted_match_leaves_nothing():
    game = play(Mine, "alice", "bob")
    game.alice.dig(gold=3, ends=False)
    game.submit(StopGame())
    assert "stored" not in end_of(game)


def test_bot_leaves_nothing():
    game = play(Mine, "alice", bots=1)
    game.wait(1)
    assert game.result is not None
    assert "stored" not in end_of(game)


def test_values_too_large_are_refused_and_change_nothing():
    game = play(Mine, "alice", "bob")
    fits = MAX_STORED_BYTES - len('{"x":""}')
    game.alice.hoard(size=fits)
    with pytest.raises(ValueError, match="4096 bytes"):
        game.alice.hoard(size=fits + 1)
    assert len(game.room.match.log.world.stored["alice"]["x"]) == fits  # type: ignore[union-attr]


def test_loaded_values_are_a_copy():
    game = play(Mine, "alice", "bob", remembered={"alice": {"gold": 2}})
    game.alice.spoil()
    assert game.room.match.log.world.loaded == {"alice": {"gold": 2}}  # type: ignore[union-attr]


def test_game_has_to_say_that_it_remembers():
    with pytest.raises(RuntimeError, match="remembers = True"):
        play(Forgetful, "alice", "bob")


def test_reorganisation_takes_back_what_an_end_left():
    game = play(Mine, "alice", "bob")
    paid = game.chain_event("Paid(uint256 amount)", amount=40)
    assert end_of(game)["provisional"]
    assert end_of(game)["stored"] == {"alice": {"gold": 40}, "bob": {"gold": 40}}
    assert game.chain_reverted(paid) == [{"seq": paid.seq + 1, "reason": "not_over"}]
    game.bob.dig(gold=1)
    assert end_of(game)["stored"] == {"bob": {"gold": 1}}
    assert game.replayed().snapshot() == game.room.snapshot()


@pytest.mark.parametrize("stored", [{"alice": {"gold": 999}}, {}, {"bob": {"gold": 3}}])
def test_forged_value_is_found_in_the_transcript(stored: dict[str, Any]):
    game = play(Mine, "alice", "bob", remembered={"alice": {"gold": 1}})
    game.alice.dig(gold=3)
    assert check_match(game.kind, game.log) == []
    forged = replace(game.log[-1], body={**end_of(game), "stored": stored})
    assert check_match(game.kind, [*game.log[:-1], forged]) == [Fault(len(game.log), "wrong_result")]
