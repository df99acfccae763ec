"""Battleship, played without a server: above all, what the other one must not know."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from parlour.games.battleship import Battleship
from parlour.testing import Table, play

ROWS = [{"cell": row * 10, "length": n} for row, n in enumerate([2, 3, 3, 4, 5])]
"""Ships in the first columns of rows 0 … 4."""
COLUMNS = [{"cell": column + 50, "length": n, "down": True} for column, n in enumerate([2, 3, 3, 4, 5])]
"""Ships hanging from row 5."""


@pytest.fixture
def game() -> Table:
    table = play(Battleship, "alice", "bob")
    table.alice.place_fleet(ships=ROWS)
    table.bob.place_fleet(ships=COLUMNS)
    return table


def test_shot_before_both_fleets_are_placed_is_refused():
    game = play(Battleship, "alice", "bob")
    game.bob.place_fleet(ships=COLUMNS)
    assert game.bob.refused("shoot", cell=0) == "not_your_turn"
    game.alice.place_fleet(ships=ROWS)
    assert game.view()["turn"] == 0


@pytest.mark.parametrize(
    ("ships", "reason"),
    [
        (ROWS[:4], "wrong_fleet"),
        ([*ROWS[:4], {"cell": 40, "length": 4}], "wrong_fleet"),
        ([*ROWS[:4], {"cell": 46, "length": 5}], "off_the_board"),
        ([*ROWS[:4], {"cell": 93, "length": 5, "down": True}], "off_the_board"),
        ([*ROWS[:4], {"cell": 0, "length": 5, "down": True}], "ships_overlap"),
        ([*ROWS[:4], {"cell": 100, "length": 5}], "invalid"),
        ([*ROWS[:4], {"cell": 40, "length": 5, "name": "x"}], "invalid"),
        ("fleet", "invalid"),
    ],
)
def test_fleet_that_breaks_the_rules_is_refused(ships: Any, reason: str):
    assert play(Battleship, "alice", "bob").alice.refused("place_fleet", ships=ships) == reason


def test_fleet_is_placed_once(game: Table):
    assert game.alice.refused("place_fleet", ships=ROWS) == "already_placed"


def test_miss_passes_the_turn_and_a_hit_keeps_it(game: Table):
    game.alice.shoot(cell=99)
    assert game.view()["turn"] == 1
    game.bob.shoot(cell=0)
    assert game.view()["turn"] == 1
    assert game.bob.refused("shoot", cell=0) == "already_shot"


def test_player_sees_hits_and_misses_and_only_what_has_sunk(game: Table):
    game.alice.shoot(cell=50)
    game.alice.shoot(cell=60)
    game.alice.shoot(cell=99)
    sea = game.alice.view["seas"][1]
    assert sea["shots"] == [{"cell": 50, "hit": True}, {"cell": 60, "hit": True}, {"cell": 99, "hit": False}]
    assert sea["ships"] == [{"cell": 50, "length": 2, "down": True}]
    assert len(game.bob.view["seas"][1]["ships"]) == 5
    assert game.view()["seas"][0]["ships"] == []


def test_sunk_fleet_wins_the_game_and_shows_everything(game: Table):
    targets = [cell + 10 * i for cell, n in zip(range(50, 55), (2, 3, 3, 4, 5), strict=True) for i in range(n)]
    for cell in targets:
        game.alice.shoot(cell=cell)
    assert game.result == {"winner": 0, "account": "alice"}
    assert len(game.bob.view["seas"][0]["ships"]) == 5
    assert all(entry.body is not None for entry in game.log_of(None))


def test_fleet_unseen_changes_no_byte_the_other_receives():
    def received(ships: list[dict[str, Any]]) -> bytes:
        game = play(Battleship, "alice", "bob")
        game.alice.place_fleet(ships=ships)
        game.bob.place_fleet(ships=COLUMNS)
        game.alice.shoot(cell=99)
        game.bob.shoot(cell=95)
        seen = [(e.type, e.body) for who in ("bob", None) for e in game.log_of(who)]
        return orjson.dumps([seen, game.bob.view, game.view()])

    elsewhere = [{**ship, "cell": ship["cell"] + 5} for ship in ROWS]
    assert received(ROWS) == received(elsewhere)


def test_player_who_places_no_fleet_in_time_loses():
    game = play(Battleship, "alice", "bob")
    game.bob.place_fleet(ships=COLUMNS)
    game.wait(121)
    assert game.result == {"winner": 1, "account": "bob", "reason": "not_placed"}


def test_bot_places_its_fleet_and_shoots_to_the_end():
    game = play(Battleship, "alice", bots=1)
    game.alice.place_fleet(ships=ROWS)
    cell = 0
    while game.result is None and cell < 100:
        game.wait(1)
        if game.view()["turn"] == 0:
            game.alice.shoot(cell=cell)
            cell += 1
    assert game.result is not None


def test_restart_in_the_middle_changes_nothing(game: Table):
    game.alice.shoot(cell=50)
    before = game.alice.view, game.bob.view
    game.restart()
    assert (game.alice.view, game.bob.view) == before
