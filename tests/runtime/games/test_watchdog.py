"""A call that does not come back is brought back."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from parlour import Game, Player, State, action
from parlour.core.authoring.author_errors import Stuck
from parlour.errors import Internal
from parlour.runtime.games.watchdog import Watchdog
from parlour.testing import Table


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    dog = Watchdog(seconds=0.1)
    dog.start()
    yield dog
    dog.stop()


def loop_for_ever() -> None:
    while True:
        try:
            sum(range(100))
        except Exception:
            continue


def test_endless_loop_is_stopped_though_it_catches_every_exception(watchdog: Watchdog):
    with pytest.raises(Stuck), watchdog:
        loop_for_ever()


def test_call_that_returns_in_time_is_left_alone(watchdog: Watchdog):
    for _ in range(20):
        with watchdog:
            time.sleep(0.01)
    time.sleep(0.2)


def test_call_without_processor_time_is_not_stopped_at_once(watchdog: Watchdog):
    with watchdog:
        time.sleep(0.4)


def test_base_exception_of_a_game_becomes_an_ordinary_error(watchdog: Watchdog):
    with pytest.raises(RuntimeError, match="KeyboardInterrupt"), watchdog:
        raise KeyboardInterrupt
    with pytest.raises(KeyError), watchdog:
        raise KeyError


def test_watchdog_guards_again_after_it_stopped_a_call(watchdog: Watchdog):
    for _ in range(2):
        with pytest.raises(Stuck), watchdog:
            loop_for_ever()


def test_watchdog_when_stopped_restores_the_signal_handler():
    before = signal.getsignal(signal.SIGALRM)
    dog = Watchdog()
    dog.start()
    dog.stop()
    assert signal.getsignal(signal.SIGALRM) == before


class Loops(Game[State]):
    turns = True
    turn_seconds = 30

    @action
    def loop(self, player: Player) -> None:
        loop_for_ever()

    @action
    def fine(self, player: Player) -> None: ...

    def on_timeout(self, player: Player | None) -> None:
        loop_for_ever()

    def bot(self, view: dict[str, Any]) -> None:
        loop_for_ever()


class Blinding(Loops):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        loop_for_ever()
        return {}


def guarded(game: type[Game[Any]], watchdog: Watchdog, *players: str, **options: Any) -> Table:
    table = Table(game, options=options, guard=watchdog)
    for player in players:
        table.join(player)
    return table


def test_action_that_loops_is_refused_and_the_game_goes_on(watchdog: Watchdog):
    game = guarded(Loops, watchdog, "alice", "bob")
    with pytest.raises(Internal) as refused:
        game.alice.loop()
    assert refused.value.reason == "overrun"
    game.alice.fine()


def test_hook_that_loops_ends_the_game(watchdog: Watchdog):
    game = guarded(Loops, watchdog, "alice", "bob")
    game.wait(31)
    assert game.result is not None
    assert game.result["aborted"] == "overrun"


def test_bot_that_loops_ends_the_game(watchdog: Watchdog):
    game = guarded(Loops, watchdog, "alice", bots=1)
    game.alice.fine()
    game.wait(2)
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}


def test_view_that_loops_shows_nothing(watchdog: Watchdog):
    view = guarded(Blinding, watchdog, "alice", "bob").view("alice")
    assert (view["error"], view["status"]) == ("view", "playing")


@pytest.mark.long
def test_guarded_call_costs_next_to_nothing(watchdog: Watchdog):
    started = time.perf_counter()
    for _ in range(10_000):
        with watchdog:
            pass
    assert (time.perf_counter() - started) / 10_000 < 20e-6
