"""What authors may do with self, with players, results and views."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Player, action
from parlour.testing import play
from tests.core.games.small_games import Count


class Loose(Game[Count]):
    @action
    def forget(self, player: Player) -> None:
        self.score = 5

    @action
    def renew(self, player: Player) -> None:
        self.state = Count(n=self.state.n + 5)

    @action
    def spoil(self, player: Player) -> None:
        self.state = {"n": 5}  # type: ignore[assignment]  # that is the mistake

    @action
    def hand(self, player: Player) -> None:
        self.turn = 1  # type: ignore[assignment]  # that is the mistake

    @action
    def win(self, player: Player) -> None:
        self.finish(1)  # type: ignore[arg-type]  # that is the mistake

    @action
    def cheat(self, player: Player) -> None:
        self.finish(player, account="somebody else")


def test_attribute_set_outside_the_state_is_an_error():
    game = play(Loose, "alice", "bob")
    with pytest.raises(AttributeError, match=r"self\.state\.score"):
        game.alice.forget()


def test_whole_new_state_may_be_set():
    game = play(Loose, "alice", "bob")
    game.alice.renew()
    game.alice.renew()
    assert game.state.n == 10
    assert game.replayed().match.log.world.state == game.state
    with pytest.raises(TypeError, match="Count"):
        game.alice.spoil()


@pytest.mark.parametrize("wrong", ["hand", "win"])
def test_finish_with_a_seat_number_is_an_error(wrong: str):
    game = play(Loose, "alice", "bob")
    with pytest.raises(TypeError, match="Player"):
        game.alice.__getattr__(wrong)()


def test_result_keys_never_overwrite_the_winner():
    game = play(Loose, "alice", "bob")
    with pytest.raises(TypeError, match="account"):
        game.alice.cheat()


class Peeping(Game[Count]):
    @action
    def go(self, player: Player) -> None:
        self.state.n += 1

    def view(self, viewer: Player | None) -> dict[str, Any]:
        self.state.names.append("seen")
        self.state.n += 100
        self.reveal()
        self.timer(5)
        self.finish()
        return {"n": self.state.n}


def test_view_that_changes_its_state_changes_nothing():
    game = play(Peeping, "alice", "bob")
    game.alice.go()
    assert [game.alice.view["n"], game.bob.view["n"], game.alice.view["n"]] == [101, 101, 101]
    assert game.state == Count(n=1)
    game.wait(60)
    assert game.status == "playing"
    assert game.replayed().snapshot() == game.room.snapshot()


@pytest.mark.parametrize(
    "shown", [10**30, "\ud800", object(), ["x" * 1_000_000]], ids=["big", "half", "object", "huge"]
)
def test_view_that_is_no_json_counts_as_raised(shown: Any):
    class Odd(Game[Count]):
        def view(self, viewer: Player | None) -> dict[str, Any]:
            return {"shown": shown}

    view = play(Odd, "alice", "bob").view("alice")
    assert view["error"] == "view"
    assert "shown" not in view


def test_result_larger_than_a_body_is_the_authors_error():
    class Verbose(Game[Count]):
        @action
        def end(self, player: Player) -> None:
            self.finish(player, story="x" * 40_000)

    with pytest.raises(ValueError, match="A result"):
        play(Verbose, "alice", "bob").alice.end()
