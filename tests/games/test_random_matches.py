"""Properties of every reference game, over seeded random matches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from parlour import Game
from parlour.core.patches import diff, patched
from parlour.core.transcript import ZERO_HASH, first_break
from parlour.testing import Table
from tests.games.matches import GAMES, random_match

SEEDS = range(6)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_match_replays_from_its_log_alone(game: type[Game[Any]], seed: int):
    table = random_match(game, seed)
    assert first_break(table.log, ZERO_HASH) is None
    assert table.replayed().snapshot() == table.room.snapshot()


@pytest.mark.parametrize("game", GAMES)
def test_a_snapshot_and_what_came_later_equal_a_fresh_fold(game: type[Game[Any]]):
    table = random_match(game, 99)
    for at in range(1, len(table.log), 3):
        assert table.restored(at).snapshot() == table.room.snapshot(), at


@pytest.mark.parametrize("game", GAMES)
def test_a_snapshot_is_json_and_becomes_the_same_room(game: type[Game[Any]]):
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


def test_the_same_matches_under_another_hash_seed_are_the_same_matches():
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
