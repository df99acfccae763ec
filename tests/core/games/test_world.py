"""The world of a match as JSON."""

from __future__ import annotations

from parlour.testing import play
from tests.core.games.small_games import (
    Diary,
)


def test_snapshot_with_a_key_of_an_earlier_server_still_loads():
    game = play(Diary, "alice", "bob")
    old = game.room.snapshot()
    old["world"]["started_at"] = game.now
    room = game.kind("table")
    room.restore(old)
    assert room.snapshot() == game.room.snapshot()
