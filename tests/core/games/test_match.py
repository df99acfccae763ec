"""What a match tells lists and players."""

from __future__ import annotations

from parlour.testing import play
from tests.core.games.small_games import (
    Diary,
)


def test_player_on_turn_gets_a_notice():
    game = play(Diary, "alice", "bob")
    assert [(n.account, n.type) for n in game.outcomes[-1].notices] == [("alice", "turn")]
    game.alice.say()
    assert [(n.account, n.type) for n in game.outcomes[-1].notices] == [("bob", "turn")]


def test_lobby_shows_status_and_free_seats():
    game = play(Diary, "alice")
    assert game.room.lobby() == {"status": "waiting", "seats": {"taken": 1, "total": 2}, "open": True}
    game.join("bob")
    assert game.room.lobby() == {"status": "playing", "seats": {"taken": 2, "total": 2}, "open": False}
    game.bob.leave()
    assert game.room.lobby() == {"status": "ended", "seats": {"taken": 1, "total": 2}, "open": False}
