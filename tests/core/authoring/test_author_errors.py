"""What an author's code raises goes no further than its game."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from parlour import Game, Move, Player, action
from parlour.core.authoring.author_errors import Stuck
from parlour.errors import Internal
from parlour.testing import play
from tests.core.games.small_games import (
    Count,
    Diary,
    assert_replays,
)


class Loops(Diary):
    """Does not come back: the watchdog's exception stands for the time that passed."""

    drop_seconds = 5

    @action
    def loop(self, player: Player) -> None:
        self.state.lines.append("half done")
        raise Stuck

    def on_timeout(self, player: Player | None) -> None:
        raise Stuck

    def on_leave(self, player: Player) -> None:
        raise ValueError("boom")


def test_action_that_does_not_come_back_is_refused():
    game = play(Loops, "alice", "bob")
    before = game.room.snapshot()
    with pytest.raises(Internal) as refused:
        game.alice.loop()
    assert refused.value.reason == "overrun"
    assert game.room.snapshot() == before
    game.alice.say()


def test_hook_that_never_returns_ends_the_game_and_is_not_replayed():
    game = play(Loops, "alice", "bob")
    game.wait(31)
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}
    assert_replays(game)


def test_hook_that_raises_ends_the_game():
    game = play(Loops, "alice", "bob")
    game.alice.leave()
    assert game.result is not None
    assert game.result["aborted"] == "error"
    assert_replays(game)


def test_result_that_is_not_json_is_the_authors_error():
    class Odd(Diary):
        @action
        def stop(self, player: Player) -> None:
            self.finish(player, why=object())

    game = play(Odd, "alice", "bob")
    with pytest.raises(Exception, match="serialize"):
        game.alice.stop()
    assert game.status == "playing"


def test_bot_that_breaks_the_rules_has_run_out_of_time():
    class Cheat(Diary):
        def bot(self, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return "say", {"text": 7}

    game = play(Cheat, "alice", bots=1)
    game.alice.say()
    game.wait(2)
    assert game.state.lines[-1] == "timeout 1"
    assert game.view()["turn"] == 0


class Quitter(Game[Count]):
    seats = (1, 2)

    @action
    def go(self, player: Player) -> None:
        sys.exit(3)

    @action
    def set_timer(self, player: Player) -> None:
        self.timer(1)

    def on_timeout(self, player: Player | None) -> None:
        sys.exit(3)

    def view(self, viewer: Player | None) -> dict[str, Any]:
        sys.exit(3)

    def bot(self, view: dict[str, Any]) -> Move | None:
        sys.exit(3)


def test_game_that_calls_exit_does_not_end_the_server():
    game = play(Quitter, "alice", bots=1)
    with pytest.raises(RuntimeError, match="SystemExit"):
        game.alice.go()
    assert game.view()["error"] == "view"
    game.alice.set_timer()
    game.wait(2)
    assert game.result is not None
    assert game.result["problem"] == "SystemExit"


def test_tick_that_calls_exit_ends_its_game_alone():
    class Quits(Game[Count]):
        tick_rate = 20

        def tick(self, dt: float) -> None:
            sys.exit(3)

    game = play(Quits, "alice", "bob")
    game.wait(1)
    assert game.result is not None
    assert game.result["problem"] == "SystemExit"


class Doom(BaseException):
    """What an `except Exception` lets pass."""


class Doomed(Game[Count]):
    def on_timeout(self, player: Player | None) -> None:
        raise Doom

    def view(self, viewer: Player | None) -> dict[str, Any]:
        raise Doom

    def bot(self, view: dict[str, Any]) -> Move | None:
        raise Doom

    @action
    def go(self, player: Player) -> None:
        raise Doom

    @action
    def set_timer(self, player: Player) -> None:
        self.timer(1)


def test_error_of_any_type_goes_no_further_than_its_game():
    game = play(Doomed, "alice", bots=1)
    with pytest.raises(RuntimeError, match="Doom"):
        game.alice.go()
    assert game.view()["error"] == "view"
    game.alice.set_timer()
    game.wait(2)
    assert game.result is not None
    assert game.result["problem"] == "Doom"
    assert game.replayed().view("alice") == game.view("alice")


def test_keyboard_interrupt_in_a_game_reaches_the_tester():
    class Awaited(Game[Count]):
        def on_start(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(Awaited, "alice", "bob")
