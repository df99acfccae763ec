"""Joining, dropping, leaving and playing again."""

from __future__ import annotations

import pytest

from parlour import Game, Player, Reject, action
from parlour.core.authoring.author_errors import Stuck
from parlour.core.room import Join
from parlour.errors import Illegal, Internal
from parlour.testing import play
from parlour.testing.kept_room import START
from tests.core.games.small_games import (
    Diary,
    Notes,
    Race,
    Slow,
    assert_replays,
)


def test_dropped_player_may_come_back():
    game = play(Diary, "alice", "bob")
    game.alice.drop()
    assert game.view()["away"] == [0]
    game.wait(20)
    game.alice.come_back()
    assert game.view()["away"] == []
    assert [line for line in game.state.lines if line.startswith(("drop", "return"))] == ["drop 0", "return 0"]


def test_dropped_player_who_joins_again_is_back():
    game = play(Diary, "alice", "bob")
    game.alice.drop()
    outcome = game.submit(Join(author="alice"))
    assert outcome.reply["seat"] == 0
    assert game.view()["away"] == []


def test_player_away_longer_than_the_grace_has_left():
    game = play(Diary, "alice", "bob")
    game.bob.drop()
    for _ in range(3):
        game.wait(25)
        if game.result is None:
            game.post(["alice", "bob"][game.view()["turn"]], "say", {})
    assert game.log[-2].body == {"seat": 1, "reason": "dropped"}
    assert game.result == {"winner": 0, "account": "alice", "reason": "left"}


def test_view_tells_players_gone_for_good_from_those_away():
    game = play(Slow, "alice", "bob", "carol")
    game.bob.drop()
    game.carol.leave()
    assert (game.view()["away"], game.view()["gone"]) == ([1, 2], [2])
    game.wait(60)
    assert (game.view()["away"], game.view()["gone"]) == ([1, 2], [1, 2])


class Club(Game[Notes]):
    """Lets in who is called after A to M; `again` counts the rounds that begin with their being there."""

    seats = 2

    def on_join(self, player: Player) -> None:
        self.state.lines.append(player.account)
        if player.account == "bug":
            raise KeyError
        if player.account == "loop":
            raise Stuck
        if player.account > "n":
            raise Reject("not_your_club")

    @action
    def end(self, player: Player) -> None:
        self.finish()


def test_player_refused_by_on_join_has_no_seat_and_may_watch():
    game = play(Club, "alice")
    with pytest.raises(Illegal) as refused:
        game.join("zoe")
    assert refused.value.reason == "not_your_club"
    assert game.state.lines == ["alice"]
    assert game.submit(Join(author="zoe", as_="spectator")).reply == {"role": "member"}
    game.join("bob")
    assert game.status == "playing"
    assert_replays(game)


def test_on_join_that_raises_seats_nobody():
    game = play(Club, "alice")
    with pytest.raises(KeyError):
        game.join("bug")
    assert game.view()["players"] == ["alice", None]


def test_on_join_that_overruns_is_tried_three_times():
    game = play(Club, "alice")
    for _ in range(3):
        with pytest.raises(Internal) as refused:
            game.join("loop")
        assert refused.value.reason == "overrun"
    with pytest.raises(Internal):
        game.join("bob")
    assert game.join("bob", as_="spectator").seat is None
    assert game.join("alice").seat == 0


def test_on_join_that_raises_at_a_rematch_ends_it():
    class Once(Club):
        def on_join(self, player: Player) -> None:
            if self.now > START:
                raise KeyError

    game = play(Once, "alice", "bob")
    game.alice.end()
    game.alice.rematch()
    game.wait(1)
    game.bob.rematch()
    assert game.result is not None
    assert game.result["problem"] == "KeyError"
    assert_replays(game)


def test_seat_is_free_again_when_its_player_leaves_before_the_start():
    game = play(Diary, "alice")
    game.alice.leave()
    game.join("bob")
    assert game.view()["players"] == ["bob", None]


def test_last_one_left_wins():
    game = play(Diary, "alice", "bob")
    game.alice.leave()
    assert game.result == {"winner": 1, "account": "bob", "reason": "left"}


def test_game_with_bots_alone_is_abandoned():
    game = play(Race, "alice", bots=2)
    game.alice.leave()
    assert game.result is not None
    assert game.result["aborted"] == "abandoned"


def test_rematch_begins_when_both_want_it_and_the_other_goes_first():
    game = play(Diary, "alice", "bob")
    assert game.alice.refused("rematch") == "not_over"
    game.alice.end()
    game.alice.rematch()
    assert game.alice.refused("rematch") == "already_asked"
    assert game.status == "ended"
    game.bob.rematch()
    assert (game.status, game.view()["turn"], game.view()["round"]) == ("playing", 1, 2)
    assert game.state.lines == ["join 0", "join 1", "start"]
    assert game.result is None
    assert_replays(game)


def test_seat_of_a_player_gone_is_free_for_the_rematch():
    game = play(Diary, "alice", "bob")
    game.bob.leave()
    game.alice.rematch()
    game.join("carol")
    assert game.status == "playing"
    assert game.view()["players"] == ["alice", "carol"]
    assert_replays(game)


def test_game_for_several_starts_when_a_player_posts_start():
    class Several(Diary):
        seats = (2, 4)

    game = play(Several, "alice")
    assert game.alice.refused("start") == "too_few_players"
    game.join("bob")
    assert game.status == "waiting"
    game.bob.start()
    assert game.status == "playing"
    assert game.join("carol").seat is None
