"""The arena, played without a server: twenty ticks a second in no time."""

from __future__ import annotations

import orjson

from parlour.core.log.patches import diff
from parlour.games.arena import COINS, SIZE, Arena
from parlour.testing import play


def test_arena_begins_with_one_player_and_others_come_later():
    game = play(Arena, "ann")
    assert game.status == "playing"
    assert len(game.view()["coins"]) == COINS
    game.wait(3)
    game.join("ben")
    assert game.view()["ships"] == [0, 1]


def test_ship_flies_where_it_is_steered_until_the_wall():
    game = play(Arena, "ann")
    game.ann.steer(dx=1, dy=0)
    game.wait(1)
    assert game.view()["x"] == [240]
    game.wait(10)
    assert game.view()["x"] == [SIZE]


def test_steering_is_one_of_nine_directions():
    game = play(Arena, "ann")
    assert game.ann.refused("steer", dx=2, dy=0) == "invalid"
    assert game.ann.refused("steer", dx=0.5, dy=0) == "invalid"


def test_bots_collect_coins_until_one_wins():
    game = play(Arena, "ann", bots=3, goal=5)
    game.wait(120)
    assert game.result is not None
    assert str(game.result["account"]).startswith("bot:")
    assert max(game.view()["score"]) == 5


def test_ship_stops_while_its_player_is_away():
    game = play(Arena, "ann", "ben")
    game.ann.steer(dx=1, dy=0)
    game.wait(1)
    game.ann.drop()
    game.wait(1)
    assert game.view()["x"][0] == 240
    game.ann.come_back()
    game.ann.steer(dx=1, dy=0)
    game.wait(1)
    assert game.view()["x"][0] == 480


def test_ship_leaves_with_its_player_and_the_others_play_on():
    game = play(Arena, "ann", "ben")
    game.ann.leave()
    assert game.view()["ships"] == [1]
    assert game.status == "playing"


def test_empty_arena_ends_and_the_next_visitor_starts_a_new_round():
    game = play(Arena, "ann")
    game.ann.leave()
    assert game.status == "ended"
    game.join("ben")
    assert (game.status, game.view()["round"]) == ("playing", 2)
    assert game.replayed().snapshot() == game.room.snapshot()


def test_restart_goes_on_from_the_last_stored_input():
    game = play(Arena, "ann", "ben")
    game.ann.steer(dx=1, dy=1)
    game.wait(0.5)
    game.ben.steer(dx=-1, dy=0)
    game.wait(0.1)
    stored = [e for e in game.log if e.type == "game.tick"][-1]
    game.restart(downtime=30)
    assert game.room.match.log.present.tick == stored.body["to"]
    game.wait(1)
    assert game.room.match.log.present.tick == stored.body["to"] + 20


def test_update_of_32_ships_takes_a_third_of_a_kilobyte():
    game = play(Arena, *(f"p{n}" for n in range(32)))
    for n in range(32):
        game.post(f"p{n}", "steer", {"dx": n % 3 - 1, "dy": (n // 3) % 3 - 1})
    sizes = []
    for _ in range(20):
        before = game.view()
        game.wait(0.05)
        sizes.append(len(orjson.dumps(diff(before, game.view()))))
    assert sum(sizes) / len(sizes) < 400, sizes
