"""A state that an action leaves behind survives a restart, or is refused."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Player, State, action
from parlour.testing import play
from tests.core.games.small_games import Count, Point, Side


class Shelf(State):
    whole: int = 0
    real: float = 0.0
    words: list[str] = []
    by: dict[int | str, int] = {}
    point: Point = Point()
    side: Side = Side.LEFT


VALUES: dict[str, Any] = {
    "a text for a number": ("whole", "one"),
    "nothing for a number": ("whole", None),
    "infinity": ("real", float("inf")),
    "not a number": ("real", float("nan")),
    "beyond 64 bits": ("whole", 10**40),
    "half a character": ("words", ["\ud800"]),
    "keys that become one": ("by", {1: 1, "1": 2}),
}


class Keeper(Game[Shelf]):
    @action
    def keep(self, player: Player, what: str) -> None:
        setattr(self.state, *VALUES[what])

    @action
    def keep_point(self, player: Player) -> None:
        self.state.point = Point(5, 6)

    def on_leave(self, player: Player) -> None:
        self.state.whole = None  # type: ignore[assignment]  # that is the mistake


@pytest.mark.parametrize("what", VALUES)
def test_state_that_would_not_survive_a_restart_is_an_error(what: str):
    game = play(Keeper, "alice", "bob")
    before = game.room.snapshot()
    with pytest.raises(TypeError, match="survive"):
        game.alice.keep(what=what)
    assert game.room.snapshot() == before


def test_hook_that_leaves_an_unstorable_state_ends_the_game():
    game = play(Keeper, "alice", "bob")
    game.alice.leave()
    assert game.result is not None
    assert game.result["aborted"] == "error"
    assert game.restored(len(game.log)).match.log.world.state == game.state


def test_named_tuple_in_a_state_survives_a_restart():
    game = play(Keeper, "alice", "bob")
    game.alice.keep_point()
    assert game.restored(len(game.log)).match.log.world.state.point.x == game.state.point.x == 5


class Grower(Game[Count]):
    tick_rate = 20

    def tick(self, dt: float) -> None:
        self.state.names += ["x" * 5000]


def test_state_that_grows_tick_by_tick_ends_the_game_at_its_cap():
    game = play(Grower, "alice", "bob")
    game.wait(10)
    assert game.result is not None
    assert game.result["problem"] == "state_too_large"
    assert game.now - game.log[0].at == 10_000
