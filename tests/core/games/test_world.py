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


def test_copy_shares_no_list_and_no_dict_with_its_world():
    world = play(Diary, "alice", "bob").room.match.log.world
    twin = world.copy()
    shared = [
        name for name, value in vars(world).items() if isinstance(value, list | dict) and vars(twin)[name] is value
    ]
    assert shared == []
    assert twin.state is not world.state
    assert twin.dump() == world.dump()
