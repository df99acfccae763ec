"""What takes too long again and again is not tried any more."""

from __future__ import annotations

from collections import Counter
from types import new_class
from typing import Any, ClassVar

import pytest

from parlour import Game, Move, Player, action
from parlour.core.authoring.author_errors import Stuck
from parlour.testing import play
from tests.core.games.small_games import Count


class Sluggish(Game[Count]):
    seats = (1, 2)
    calls: ClassVar[Counter[str]] = Counter()

    @action
    def crawl(self, player: Player) -> None:
        self.calls["crawl"] += 1
        raise Stuck

    @action
    def go(self, player: Player) -> None:
        self.state.n += 1

    def bot(self, view: dict[str, Any]) -> Move | None:
        raise Stuck


class Blinding(Sluggish):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        self.calls["view"] += 1
        raise Stuck


def test_action_that_overran_three_times_is_not_tried_again():
    game = play(Sluggish, "alice", "bob")
    Sluggish.calls.clear()
    for _ in range(10):
        assert game.alice.refused("crawl") == "overrun"
    assert Sluggish.calls["crawl"] == 3
    assert [type(error) for error in game.errors] == [Stuck] * 3
    game.alice.go()


def test_view_that_overran_three_times_is_not_tried_again():
    game = play(Blinding, "alice", "bob")
    Sluggish.calls.clear()
    for _ in range(10):
        game.alice.go()
        assert game.alice.view["error"] == "view"
    assert Sluggish.calls["view"] == 3


@pytest.mark.parametrize("rate", [None, 20])
def test_bot_that_overruns_ends_the_game(rate: int | None):
    kind = new_class("Sluggish2", (Sluggish,), {}, lambda body: body.update(tick_rate=rate))
    game = play(kind, "alice", bots=1)
    game.wait(5)
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}


def test_hook_that_overruns_is_reported_like_one_that_raises():
    class Rings(Sluggish):
        def on_start(self) -> None:
            raise Stuck

    assert [type(error) for error in play(Rings, "alice", "bob").errors] == [Stuck]
