"""Properties of every reference game, over seeded random matches."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from parlour import Game
from parlour.core.games.room import GameRoom
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.log.patches import diff, patched
from parlour.games.tic_tac_toe import TicTacToe
from parlour.testing import Table, play
from tests.games.matches import GAMES, random_match

SEEDS = range(6)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_match_replays_from_its_log_alone(game: type[Game[Any]], seed: int):
    table = random_match(game, seed)
    assert first_break(table.log, ZERO_HASH) is None
    assert table.replayed().snapshot() == table.room.snapshot()


@pytest.mark.parametrize("game", GAMES)
def test_snapshot_and_what_came_later_equal_a_fresh_fold(game: type[Game[Any]]):
    table = random_match(game, 99)
    for at in range(1, len(table.log), 3):
        assert table.restored(at).snapshot() == table.room.snapshot(), at


@pytest.mark.parametrize("game", GAMES)
def test_snapshot_is_json_and_becomes_the_same_room(game: type[Game[Any]]):
    table = random_match(game, 5)
    snapshot = table.room.snapshot()
    room = table.kind("table")
    room.restore(orjson.loads(orjson.dumps(snapshot)))
    assert room.snapshot() == snapshot
    for viewer in ("ann", "ben", None):
        assert room.view(viewer) == table.replayed().view(viewer)


@pytest.mark.parametrize("game", GAMES)
def test_patches_lead_every_viewer_to_the_view(game: type[Game[Any]]):
    held: dict[str | None, Any] = {}

    def follow(table: Table) -> None:
        for viewer in ("ann", "ben", None):
            view = table.view(viewer)
            if viewer in held:
                assert patched(held[viewer], diff(held[viewer], view)) == view
            held[viewer] = orjson.loads(orjson.dumps(view))

    random_match(game, 3, watch=follow)


@pytest.mark.parametrize("game", GAMES)
def test_view_fits_the_schema_its_kind_shows(game: type[Game[Any]]):
    schema = Draft202012Validator(GameRoom.of(game).described()["view"])

    def check(table: Table) -> None:
        for viewer in ("ann", None):
            schema.validate(orjson.loads(orjson.dumps(table.view(viewer))))

    random_match(game, 4, watch=check)


def test_same_matches_under_another_hash_seed_are_the_same_matches():
    def run(hash_seed: str) -> str:
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-m", "tests.games.matches", "3"]
        return subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert run("0") == run("4242")


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("game", GAMES)
def test_hundreds_of_matches_replay(game: type[Game[Any]]):
    for seed in range(1000, 1300):
        table = random_match(game, seed, steps=150)
        assert table.replayed().snapshot() == table.room.snapshot(), seed
        at = len(table.log) // 2
        assert table.restored(at).snapshot() == table.room.snapshot(), seed


def moves_of_a_long_evening(moves: int) -> Table:
    """Two players, one table, one rematch after the other."""
    table, chance = play(TicTacToe, "ann", "ben"), Random(7)
    played = 0
    while played < moves:
        view = table.view()
        if view["status"] == "ended":
            for who in ("ann", "ben"):
                table.post(who, "rematch", {})
            continue
        free = [cell for cell, taken in enumerate(view["cells"]) if taken is None]
        table.post(("ann", "ben")[view["turn"]], "place", {"cell": chance.choice(free)})
        played += 1
    return table


def test_five_hundred_moves_in_one_room_replay_from_anywhere():
    table = moves_of_a_long_evening(500)
    assert table.replayed().snapshot() == table.room.snapshot()
    for at in range(1, len(table.log), 97):
        assert table.restored(at).snapshot() == table.room.snapshot()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_ten_thousand_moves_in_one_room_replay_and_stay_quick():
    started = time.perf_counter()
    table = moves_of_a_long_evening(10_000)
    seconds = time.perf_counter() - started
    assert table.replayed().snapshot() == table.room.snapshot()
    assert len(orjson.dumps(table.room.snapshot())) < 4096
    assert seconds < 30
