"""Turns, clocks, timers and pauses: what happens in a game because time passes."""

from __future__ import annotations

from parlour import Game, Player
from parlour.testing import play
from tests.core.games.small_games import (
    Blitz,
    Count,
    Diary,
    Slow,
    assert_replays,
)


def test_turn_that_takes_too_long_times_out_and_passes_on():
    game = play(Diary, "alice", "bob")
    assert game.view()["deadline"] == game.now + 30_000
    game.wait(29.9)
    assert game.types[-1] == "game.started"
    game.wait(0.1)
    assert game.state.lines[-1] == "timeout 0"
    assert game.view()["turn"] == 1


def test_move_after_its_deadline_is_refused_though_not_settled():
    game = play(Diary, "alice", "bob")
    game.now += 30_000
    game.alice.say(text="just in time")
    game.now += 30_001
    assert game.bob.refused("say", text="late") == "not_your_turn"
    game.bob.shout()
    game.wait(0)
    assert game.types[-1] == "game.timeout"
    assert game.view()["turn"] == 0


def test_authors_timer_rings_once():
    game = play(Diary, "alice", "bob")
    game.alice.ring_in(seconds=2.5)
    game.wait(20)
    assert game.state.lines.count("timeout None") == 1


def test_chess_clock_runs_in_its_owners_turn_and_gains_by_moves():
    game = play(Blitz, "alice", "bob")
    game.wait(4)
    game.alice.move()
    assert game.view()["clocks"] == [8000, 10_000]
    game.wait(9)
    game.bob.move()
    assert game.view()["clocks"] == [8000, 3000]
    game.wait(8.5)
    assert game.result == {"winner": 1, "account": "bob", "reason": "timeout"}


def test_downtime_moves_every_deadline():
    game = play(Blitz, "alice", "bob")
    game.wait(4)
    game.alice.drop()
    deadline = game.view()["deadline"]
    game.restart(downtime=3600)
    assert game.types[-1] == "game.resumed"
    assert game.view()["deadline"] == deadline + 3_600_000
    game.wait(5.9)
    assert game.result is None
    game.wait(0.2)
    assert game.result is not None


def test_paused_game_stands_still():
    game = play(Diary, "alice", "bob")
    game.wait(20)
    game.bob.pause()
    assert game.status == "paused"
    assert game.alice.refused("say") == "paused"
    game.wait(1000)
    game.alice.resume()
    assert game.log[-1].body["pausedMs"] == 1_000_000
    game.wait(9)
    assert "timeout 0" not in game.state.lines
    game.wait(2)
    assert game.state.lines[-1] == "timeout 0"
    assert_replays(game)


def test_player_dropped_in_a_pause_has_the_whole_grace_after_it():
    game = play(Slow, "alice", "bob")
    game.alice.start()
    game.alice.pause()
    game.wait(1000)
    game.bob.drop()
    game.wait(1000)
    game.alice.resume()
    game.wait(59)
    assert game.view()["gone"] == []
    game.wait(2)
    assert game.log[-1].body == {"seat": 1, "reason": "dropped"}
    assert_replays(game)


def test_game_that_is_not_pausable_is_not_paused():
    game = play(Blitz, "alice", "bob")
    assert game.alice.refused("pause") == "not_pausable"
    assert game.alice.refused("resume") == "not_paused"


class Impatient(Game[Count]):
    def on_start(self) -> None:
        self.timer(0)

    def on_timeout(self, player: Player | None) -> None:
        self.state.n += 1
        self.timer(-5)


def test_timer_set_again_and_again_rings_ten_times_a_second_at_most():
    game = play(Impatient, "alice", "bob")
    game.wait(2)
    assert game.state.n == 20
