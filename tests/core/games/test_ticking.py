"""Ticking games: inputs act at once, and the log replays them at their tick."""

from __future__ import annotations

import pytest

from parlour import Player, action
from parlour.core.authoring.world import World
from parlour.core.log.formats import FIRST, NEXT
from parlour.errors import Conflict
from parlour.testing import play
from tests.core.games.small_games import (
    Race,
    assert_replays,
)


def test_ticks_without_inputs_are_not_stored():
    game = play(Race, "alice")
    entries = len(game.log)
    game.wait(10)
    assert len(game.log) == entries
    assert game.room.match.log.present.tick == 100


def test_inputs_act_at_once_and_are_stored_ten_times_a_second_at_most():
    game = play(Race, "alice", "bob")
    for _ in range(20):
        game.alice.run(by=1)
        assert game.outcomes[-1].deferred
        game.wait(0.04)
    ticks = [e for e in game.log if e.type == "game.tick"]
    assert 1 < len(ticks) <= 9
    assert all(e.type in game.room.unsent for e in ticks)
    assert_replays(game)


def test_refused_input_says_why_and_changes_nothing():
    game = play(Race, "alice")
    before = game.view()
    assert game.alice.refused("trip") == "ouch"
    assert game.alice.refused("run", by=6) == "invalid"
    assert game.view() == before


def test_input_sent_again_acts_once():
    game = play(Race, "alice")
    game.post("alice", "run", {"by": 3}, id_="x")
    game.post("alice", "run", {"by": 3}, id_="x")
    assert game.outcomes[-1].deferred
    game.wait(0.3)
    game.post("alice", "run", {"by": 3}, id_="x")
    assert game.outcomes[-1].reply["duplicate"] is True
    assert game.state.at == {0: 3}
    with pytest.raises(Conflict):
        game.post("alice", "run", {"by": 4}, id_="x")


def test_event_of_a_ticking_game_happens_at_its_tick():
    game = play(Race, "alice")
    game.alice.run(by=5)
    game.wait(0.05)
    game.join("bob")
    assert game.types[-2:] == ["game.tick", "game.seated"]
    assert_replays(game)


def test_dice_within_one_tick_differ_and_replay():
    game = play(Race, "alice")
    game.wait(0.25)
    game.alice.run(by=1)
    game.alice.run(by=1)
    game.join("bob")
    game.alice.run(by=1)
    game.bob.run(by=1)
    game.wait(1)
    assert len(set(game.state.dice)) == 4
    assert_replays(game)


def test_tick_may_end_the_game():
    game = play(Race, "alice")
    for _ in range(4):
        game.alice.run(by=5)
    game.wait(1)
    assert game.types[-2:] == ["game.tick", "game.ended"]
    assert game.result == {"winner": 0, "account": "alice"}
    assert game.room.tick_rate == 0
    assert_replays(game)


def test_tick_that_raises_ends_the_game_and_not_the_room():
    game = play(Race, "alice", "bob")
    game.alice.run(by=5)
    game.wait(1)
    game.bob.poison()
    game.wait(1)
    assert game.result is not None
    assert (game.result["aborted"], game.result["problem"]) == ("error", "ValueError")
    assert game.state.at == {0: 5, 1: 0}
    assert_replays(game)


def test_tick_that_raises_replays_one_second_and_no_more():
    calls = 0

    class Fuse(Race):
        def tick(self, dt: float) -> None:
            nonlocal calls
            calls += 1
            if self.state.at[0] == 5 and len(self.state.dice) == 2:
                raise ValueError

        @action
        def light(self, player: Player) -> None:
            self.state.dice.append(self.random.below(1000))

    game = play(Fuse, "alice")
    game.alice.run(by=5)
    game.wait(300.05)
    calls = 0
    game.alice.light()
    game.wait(0.2)
    assert calls < 30
    assert game.result is not None
    assert game.result["aborted"] == "error"
    assert game.log[-2].body["to"] == 3000
    assert_replays(game)


class Restful(Race):
    pausable = True


@pytest.mark.parametrize("still", ["paused", "down", "skipped"])
def test_timer_of_a_ticking_game_rings_in_time_after_it_stood_still(still: str):
    game = play(Restful, "alice", "bob")
    game.wait(1)
    if still == "paused":
        game.alice.pause()
        game.wait(100)
        game.alice.resume()
    elif still == "down":
        game.restart(downtime=100)
    else:
        game.now += 100_000  # the host could not play a thousand ticks in time, and skips them
        game._ticked_at = None
        game.alice.run(by=1)
        game.wait(0.2)
    game.alice.ring_in(seconds=5)
    game.wait(4.5)
    assert -1 not in game.state.dice
    game.wait(1)
    assert -1 in game.state.dice
    assert_replays(game)


def test_bots_of_a_ticking_game_give_inputs_like_players():
    game = play(Race, "alice", bots=1)
    game.wait(30)
    assert game.result == {"winner": 1, "account": "bot:1"}
    assert_replays(game)


def test_view_counts_the_inputs_of_people_that_were_played():
    game = play(Race, "alice", "bob")
    game.join("carol", "spectator")
    game.bob.run(by=1)
    assert game.view()["applied"] == [0, 1, 0, 0]
    assert game.alice.refused("trip") == "ouch"
    game.post("bob", "run", {"by": 2}, id_="x")
    game.post("bob", "run", {"by": 2}, id_="x")
    game.wait(1)
    assert game.view()["applied"] == [0, 2, 0, 0]
    assert_replays(game)
    game.restart()
    assert game.view()["applied"] == [0, 2, 0, 0]


def test_snapshot_with_counted_inputs_is_not_for_release_0_1_0():
    game = play(Race, "alice", "bob")
    assert game.room.snapshot_format == FIRST
    game.bob.run(by=1)
    game.wait(1)
    assert game.room.snapshot()["world"]["applied"] == {"1": 1}
    assert game.room.snapshot_format == NEXT


def test_rematch_and_bots_count_no_inputs():
    game = play(Race, "alice", bots=1)
    game.wait(2)
    assert game.view()["applied"] == [0, 0, 0, 0]
    for _ in range(4):
        game.alice.run(by=5)
    game.wait(1)
    assert game.result is not None
    assert game.view()["applied"] == [4, 0, 0, 0]
    game.alice.rematch()
    assert game.view()["applied"] == [0, 0, 0, 0]


def test_world_that_older_code_stored_counts_the_inputs_of_its_round():
    def older(game):
        world = game.room.match.log.world
        plain = {key: value for key, value in world.dump().items() if key != "applied"}
        return World.load(plain, type(world.state)).applied

    game = play(Race, "alice", "bob")
    assert older(game) == {}
    for by in (5, 5, 5, 1):
        game.alice.run(by=by)
    game.bob.run(by=2)
    game.wait(1)
    assert older(game) == {0: 4, 1: 1} == game.room.match.log.world.applied
    game.alice.run(by=5)
    game.wait(1)
    assert game.result is not None
    assert older(game) == {0: 5, 1: 1} == game.room.match.log.world.applied
    game.alice.rematch()
    game.bob.rematch()
    assert game.result is None
    assert older(game) == {}
    game.bob.run(by=1)
    game.wait(1)
    assert older(game) == {1: 1} == game.room.match.log.world.applied
