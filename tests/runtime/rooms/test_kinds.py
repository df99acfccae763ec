"""One registry of kinds: what is served, and which packages are refused with which sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from parlour.core.games.unread import Unserved
from parlour.core.rooms.hall import Hall
from parlour.errors import Invalid
from parlour.runtime.plugins import PluginNotFound
from parlour.runtime.rooms.kinds import Kinds, served_kinds
from tests.core.rooms.todo_list import TodoList

Install = Callable[..., None]

MODULE = """
    from parlour import Game, Kind, State

    class Notes(State):
        lines: list[str] = []

    class Board(Kind[Notes]):
        kind = "pinboard"

    class OtherBoard(Board):
        kind = "pinboard"

    class Chatting(Kind[Notes]):
        kind = "chat"

    class Nameless(Kind[Notes]): ...

    class Playing(Kind[Notes]):
        kind = "chess"

    class Play(Game[Notes]):
        kind = "play"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package whose entry points name these classes."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "boards_of_a_package.py").write_text(dedent(MODULE), encoding="utf-8")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def install(*names: str, group: str = "parlour.kinds") -> None:
        info = tmp_path / "boards-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: boards\nVersion: 1.0\n", encoding="utf-8")
        points = "\n".join(f"{name.lower()} = boards_of_a_package:{name}" for name in names)
        (info / "entry_points.txt").write_text(f"[{group}]\n{points}\n", encoding="utf-8")

    yield install
    sys.modules.pop("boards_of_a_package", None)


def test_chat_and_the_installed_games_are_served_without_more() -> None:
    kinds = served_kinds()
    assert kinds.of("chat") is Hall
    assert {kind["kind"] for kind in kinds.described()} >= {"chat", "chess", "tic-tac-toe"}


def test_installed_kind_is_served_beside_them(install: Install) -> None:
    install("Board")
    kinds = served_kinds()
    assert kinds.of("pinboard").__name__ == "Board"
    assert kinds.make("pinboard", "hall").view(None) == {"lines": []}


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["Nothing"], "boards_of_a_package:Nothing: AttributeError"),
        (["Notes"], "boards_of_a_package:Notes is not a parlour.Kind"),
        (["Nameless"], "boards_of_a_package:Nameless: Nameless.kind: set a name in kebab-case"),
        (["Chatting"], "boards_of_a_package:Chatting: chat is a kind of Parlour's own; set another `kind`"),
        (
            ["Board", "OtherBoard"],
            "boards_of_a_package:Board and boards_of_a_package:OtherBoard are both of kind pinboard",
        ),
        (["Playing"], "boards_of_a_package:Playing and parlour.games.chess:Chess are both of kind chess"),
        (["Play"], "boards_of_a_package:Play is not a parlour.Kind"),
    ],
)
def test_kind_that_cannot_be_served_is_refused_with_a_sentence(
    install: Install, names: list[str], problem: str
) -> None:
    install(*names)
    with pytest.raises(PluginNotFound, match=problem):
        served_kinds()


def test_one_kind_declared_twice_is_one_kind(install: Install) -> None:
    install("Board", "Board")
    assert served_kinds().of("pinboard").__name__ == "Board"


def test_unknown_kind_is_invalid_to_create_and_read_only_to_open() -> None:
    kinds = Kinds({"chat": Hall, "todo-list": TodoList})
    with pytest.raises(Invalid, match="there are chat, todo-list"):
        kinds.of("nothing")
    assert isinstance(kinds.make("nothing", "hall"), Unserved)


def test_every_kind_is_described_with_options_actions_and_view() -> None:
    for kind in served_kinds().described():
        assert kind.keys() >= {"kind", "title", "options", "actions", "view"}
        assert kind["title"]
        if "seats" in kind:
            assert kind.keys() >= {"bots", "turns", "turnSeconds", "clock", "lateJoin", "pausable", "fair", "tickRate"}
            assert kind["bots"] == kind["options"].get("properties", {}).get("bots", {}).get("exclusiveMaximum", 1) - 1


def test_kinds_are_described_once_for_all_who_ask() -> None:
    kinds = served_kinds()
    assert kinds.described() is kinds.described()
