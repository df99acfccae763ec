"""The test kit for games."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Player, Reject, action
from parlour.testing import play
from tests.core.games.small_games import Count


def test_error_of_a_hook_is_printed_by_the_test_kit(capsys: pytest.CaptureFixture[str]):
    class Raises(Game[Count]):
        def on_start(self) -> None:
            raise LookupError("what I did wrong")

        def view(self, viewer: Player | None) -> dict[str, Any]:
            raise LookupError("what else I did wrong")

    game = play(Raises, "alice", "bob")
    assert game.result is not None
    assert game.view()["error"] == "view"
    assert [str(error) for error in game.errors] == ["what I did wrong", "what else I did wrong"]
    told = capsys.readouterr().err
    assert "what I did wrong" in told
    assert __file__ in told


class Drop(Game[Count]):
    """Four in a row has an action of a name that the test kit uses too."""

    @action
    def drop(self, player: Player, action: int) -> None:
        if action > 6:
            raise Reject("no_such_column")
        self.state.n = action


def test_action_named_like_a_method_of_the_kit_wins():
    game = play(Drop, "alice", "bob")
    game.alice.drop(action=3)
    assert game.state.n == 3
    assert game.alice.refused("drop", action=7) == "no_such_column"
