"""The files that `parlour new game` writes: a game that runs, and its test."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from parlour.runtime.games.discovery import BUILT_IN_KINDS

_GAME = '''"""{title}: take one, two or three stones; who takes the last one wins. Make it yours."""

from __future__ import annotations

from typing import Annotated, Any

from parlour import Between, Game, Move, Player, Reject, State, action


class Heap(State):
    stones: int = 12


class {klass}(Game[Heap]):
    """Two players take stones in turn."""

    seats = 2
    turns = True
    turn_seconds = 60

    @action
    def take(self, player: Player, stones: Annotated[int, Between(1, 3)]) -> None:
        if stones > self.state.stones:
            raise Reject("not_that_many")
        self.state.stones -= stones
        if self.state.stones == 0:
            self.finish(player)

    def bot(self, view: dict[str, Any]) -> Move:
        return "take", {{"stones": view["stones"] % 4 or 1}}
'''

_TEST = '''"""{title}, played without a server: run `pytest`."""

from __future__ import annotations

from parlour.testing import play

from {module} import {klass}


def test_who_takes_the_last_stone_wins():
    game = play({klass}, "alice", "bob")
    for _ in range(2):
        game.alice.take(stones=3)
        game.bob.take(stones=3)
    assert game.result == {{"winner": 1, "account": "bob"}}


def test_nobody_takes_more_than_there_is():
    game = play({klass}, "alice", "bob")
    for _ in range(5):
        game.post(["alice", "bob"][game.view()["turn"]], "take", {{"stones": 2}})
    assert game.bob.refused("take", stones=3) == "not_that_many"


def test_the_bot_wins_where_it_can():
    game = play({klass}, "alice", bots=1)
    while game.result is None:
        game.alice.take(stones=1)
        game.wait(1)
    assert game.result["account"] == "bot:1"
'''


def _is_taken(module: str) -> bool:
    """Return whether `import <module>` finds a module already, which a file of that name would hide."""
    taken = (sys.stdlib_module_names, BUILT_IN_KINDS, packages_distributions())
    return keyword.iskeyword(module) or any(module in names for names in taken)


class NameTaken(Exception):
    """A file with that name exists; nothing was written."""


def new_game(name: str, folder: Path) -> list[Path]:
    """Write `<name>.py` and `test_<name>.py`, and return their paths.

    Args:
        name: what the game is called, in any case: "Stone Heap", "stone-heap", "StoneHeap".

    Raises:
        ValueError: the name begins with no ASCII letter, or its module would hide one of that name.
        NameTaken: one of the files exists.
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    if not name.isascii() or not words or not words[0][0].isalpha():
        raise ValueError(f"{name!r} is no name for a game: begin with a letter, A to Z.")
    module = "_".join(word.lower() for word in words)
    if _is_taken(module):
        raise ValueError(f"{module!r} is the name of an existing module; choose another name.")
    names = {"module": module, "klass": "".join(w[:1].upper() + w[1:] for w in words), "title": " ".join(words)}
    files = {folder / f"{module}.py": _GAME, folder / f"test_{module}.py": _TEST}
    if taken := [path for path in files if path.exists()]:
        raise NameTaken(f"{taken[0]} exists already.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in files.items():
        path.write_text(template.format(**names), encoding="utf-8")
    return list(files)


def class_in(module: Path) -> str:
    """Find the game's class in a module that `new_game` wrote."""
    found = re.search(r"class (\w+)\(Game", module.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]
