"""Finding games: the entry points of group `parlour.games`, and `--games module:Class`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import structlog

from parlour.core.games.game import Game
from parlour.core.games.room import GameRoom
from parlour.errors import ParlourError

GROUP = "parlour.games"
BUILT_IN_KINDS = frozenset(("chat", "document", "market", "wallet", "chain"))

log = structlog.get_logger()


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
        GameNotFound: a game cannot be loaded, is written in a way that cannot work, or has another one's kind.
    """
    return {**_by_kind(installed(), guard), **_by_kind([load(reference) for reference in references], guard)}


def _by_kind(games: Iterable[type[Game[Any]]], guard: AbstractContextManager[None] | None) -> dict[str, type[GameRoom]]:
    rooms: dict[str, type[GameRoom]] = {}
    for game in games:
        where = f"{game.__module__}:{game.__name__}"
        try:
            room = GameRoom.of(game, guard, _Reporter(game.kind))
        except (TypeError, NameError, ParlourError) as error:
            raise GameNotFound(f"{where}: {error}") from error
        if game.kind in BUILT_IN_KINDS:
            raise GameNotFound(f"{where}: {game.kind} is a kind of Parlour's own; set another `kind`.")
        other = rooms.setdefault(game.kind, room).game
        if other is not game:
            raise GameNotFound(f"{where} and {other.__module__}:{other.__name__} are both of kind {game.kind}.")
    return rooms


class _Reporter:
    """Logs what a game's own code raised where nobody is refused with it; each line of it once, for a view that raises
    does so for every viewer at every move."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._told: set[tuple[str, str, object]] = set()

    def __call__(self, where: str, error: BaseException) -> None:
        trace, line = error.__traceback__, None
        while trace is not None:
            line, trace = (trace.tb_frame.f_code, trace.tb_lineno), trace.tb_next
        what = (where, type(error).__name__, line)
        if what not in self._told:
            self._told.add(what)
            log.error("game.raised", kind=self._kind, where=where, exc_info=error)
