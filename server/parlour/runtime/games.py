"""Finding games: the entry points of group `parlour.games`, and `--games module:Class`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from parlour.core.game import Game
from parlour.core.game_room import GameRoom
from parlour.errors import ParlourError

GROUP = "parlour.games"


class GameNotFound(Exception):
    """A game could not be loaded; the message says which, and what to change."""


def installed() -> list[type[Game[Any]]]:
    """Every game that an installed package declares:

        [project.entry-points."parlour.games"]
        tic-tac-toe = "parlour.games.tic_tac_toe:TicTacToe"

    Raises:
        GameNotFound: an entry point does not lead to a game.
    """
    return [load(f"{point.module}:{point.attr}") for point in entry_points(group=GROUP)]


def load(reference: str) -> type[Game[Any]]:
    """The class behind `module:Class`; modules are looked for in the working directory as well.

    Raises:
        GameNotFound: there is no such module or class, or it is not a game.
    """
    module_name, _, name = reference.partition(":")
    if not module_name or not name:
        raise GameNotFound(f"{reference!r}: write module:Class, such as my_game:MyGame.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:  # an author's module may fail in any way while it is imported
        raise GameNotFound(f"{reference}: {type(error).__name__}: {error}.") from error
    if not (isinstance(found, type) and issubclass(found, Game)):
        raise GameNotFound(f"{reference} is not a parlour.Game.")
    return found


def game_rooms(
    references: Iterable[str] = (), guard: AbstractContextManager[None] | None = None
) -> dict[str, type[GameRoom]]:
    """Room classes by kind: the installed games, and those named; a named one replaces an installed one of its kind.

    Args:
        guard: entered around every call of an author's code (runtime/watchdog.py).

    Raises:
        GameNotFound: a game cannot be loaded, or is written in a way that cannot work.
    """
    games: Sequence[type[Game[Any]]] = [*installed(), *(load(reference) for reference in references)]
    rooms = {}
    for game in games:
        try:
            rooms[game.kind] = GameRoom.of(game, guard)
        except (TypeError, NameError, ParlourError) as error:
            raise GameNotFound(f"{game.__module__}:{game.__name__}: {error}") from error
    return rooms
