"""Bots that a player adds to a table, or sends away."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Move, Player, Reject, State, action
from parlour.games.chess import Chess
from parlour.testing import play
from tests.core.games.small_games import Diary, assert_replays


class Words(State):
    said: list[int] = []


class Trio(Game[Words]):
    """Three say something in turn, until somebody ends it."""

    seats = 3
    turns = True

    @action
    def say(self, player: Player) -> None:
        self.state.said.append(player.seat)

    @action(anytime=True)
    def end(self, player: Player) -> None:
        self.finish(player)

    def bot(self, view: dict[str, Any]) -> Move:
        return "say", {}


class Duel(Trio):
    """The same for two."""

    seats = 2


def test_added_bot_takes_the_last_seat_and_the_game_begins():
    game = play(Duel, "alice")
    game.alice.add_bot()
    assert (game.status, game.view()["players"]) == ("playing", ["alice", "bot:1"])
    game.alice.say()
    game.wait(1)
    assert game.view()["said"] == [0, 1]
    assert_replays(game)


def test_added_bot_waits_where_a_player_is_still_missing():
    game = play(Trio, "alice")
    game.alice.add_bot()
    assert (game.status, game.view()["players"]) == ("waiting", ["alice", None, "bot:2"])
    game.join("bob")
    assert game.status == "playing"
    assert_replays(game)


def test_added_bot_is_one_of_those_the_table_has_anyway():
    game = play(Trio, "alice", bots=1)
    game.alice.add_bot()
    assert game.view()["players"] == ["alice", None, "bot:2"]
    assert game.room.lobby()["seats"] == {"taken": 2, "total": 3}
    game.join("bob")
    assert (game.status, game.view()["players"]) == ("playing", ["alice", "bob", "bot:2"])


def test_removed_bot_leaves_its_seat_to_people():
    game = play(Trio, "alice")
    game.alice.add_bot()
    game.alice.remove_bot(seat=2)
    assert game.view()["players"] == ["alice", None, None]
    for name in ("bob", "carol"):
        game.join(name)
    assert (game.status, game.view()["players"]) == ("playing", ["alice", "bob", "carol"])
    assert_replays(game)


def test_bots_come_and_go_between_two_games():
    game = play(Duel, "alice", bots=1)
    assert game.alice.refused("remove_bot", seat=1) == "already_started"
    assert game.alice.refused("add_bot") == "already_started"
    game.alice.end()
    game.alice.remove_bot(seat=1)
    game.alice.add_bot()
    assert game.status == "ended"
    game.alice.rematch()
    assert (game.status, game.view()["players"]) == ("playing", ["alice", "bot:1"])
    assert_replays(game)


def test_person_takes_a_removed_bots_seat_for_the_rematch():
    game = play(Duel, "alice", bots=1)
    game.alice.end()
    game.alice.remove_bot(seat=1)
    game.join("bob")
    game.alice.rematch()
    assert (game.status, game.view()["players"]) == ("playing", ["alice", "bob"])


class Picky(Duel):
    """Seats nobody but Alice."""

    def on_join(self, player: Player) -> None:
        if player.account != "alice":
            raise Reject("friends_only")


@pytest.mark.parametrize(
    ("game", "options", "action", "args", "reason"),
    [
        (Diary, {}, "add_bot", {}, "no_bot"),
        (Picky, {}, "add_bot", {}, "friends_only"),
        (Duel, {}, "remove_bot", {"seat": 0}, "no_bot_there"),
        (Duel, {}, "remove_bot", {"seat": 1}, "no_bot_there"),
        (Duel, {}, "remove_bot", {"seat": -1}, "no_bot_there"),
        (Duel, {}, "remove_bot", {"seat": 9}, "no_bot_there"),
        (Duel, {}, "remove_bot", {}, "invalid"),
        (Duel, {}, "remove_bot", {"seat": True}, "invalid"),
        (Duel, {}, "add_bot", {"seat": 1}, "invalid"),
        (
            Chess,
            {"stake": {"chain": 1, "address": "0x" + "5" * 40, "amount": "1"}},
            "add_bot",
            {},
            "staked",
        ),
    ],
)
def test_bot_that_cannot_come_or_go_is_refused(
    game: Any, options: dict[str, Any], action: str, args: dict[str, Any], reason: str
):
    table = play(game, "alice", **options)
    before = len(table.log)
    assert table.alice.refused(action, **args) == reason
    assert len(table.log) == before
