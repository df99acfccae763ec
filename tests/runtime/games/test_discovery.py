"""Games are found by entry points and by name, or refused with a sentence."""

from __future__ import annotations

import pytest
import structlog

from parlour import Game
from parlour.runtime.games.discovery import game_rooms, load
from parlour.runtime.plugins import PluginNotFound
from tests.core.games.small_games import Diary
from tests.core.rooms.test_hall import Kept


def test_installed_games_are_found_by_their_entry_points():
    assert {"tic-tac-toe", "battleship", "word-party", "arena", "chess"} <= set(game_rooms())


def test_game_named_by_reference_is_served_too():
    assert game_rooms(["tests.core.games.small_games:Diary"])["diary"].served.game is Diary


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("tests.core.games.small_games", "write module:Class"),
        ("no_such_module:Game", "No module named"),
        ("tests.core.games.small_games:Nothing", "has no attribute"),
        ("tests.core.games.broken_game:Broken", "ZeroDivisionError"),
        ("tests.core.games.small_games:Notes", "is not a parlour.Game"),
    ],
)
def test_game_that_cannot_be_found_is_explained(reference: str, problem: str):
    with pytest.raises(PluginNotFound, match=problem):
        load(reference)


def test_game_that_cannot_work_is_explained():
    with pytest.raises(PluginNotFound, match="write Game"):
        game_rooms(["tests.runtime.games.test_discovery:Nameless"])


class Nameless(Game): ...  # type: ignore[type-arg]  # that is the mistake


def test_named_games_of_one_kind_are_refused():
    with pytest.raises(PluginNotFound, match="are both of kind diary"):
        game_rooms(["tests.core.games.small_games:Diary", "tests.core.games.clashing_games:OtherDiary"])
    assert (
        game_rooms(["tests.core.games.small_games:Diary", "tests.core.games.small_games:Diary"])["diary"].served.game
        is Diary
    )


def test_game_named_like_a_kind_of_parlour_is_refused():
    with pytest.raises(PluginNotFound, match="another `kind`"):
        game_rooms(["tests.core.games.clashing_games:Chatting"])


def test_error_of_a_hook_is_logged_once_with_its_place():
    room = Kept(game_rooms(["tests.core.games.clashing_games:Blind"])["blind"]).room
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert room.view(None)["error"] == "view"
    assert [(line["event"], line["kind"], line["where"]) for line in logs] == [("game.raised", "blind", "view")]
    assert str(logs[0]["exc_info"]) == "what I did wrong"
