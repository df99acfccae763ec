"""Finds games: the entry points of group `parlour.games`, and those named by `--games module:Class`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import structlog

from parlour.core.authoring.game import Game
from parlour.core.games.room import GameRoom
from parlour.core.rooms.reserved import OWN_KINDS
from parlour.errors import ParlourError
from parlour.runtime.plugins import PluginNotFound, installed, load_class, place_of

GROUP = "parlour.games"
"""The group of entry points: `tic-tac-toe = "parlour.games.tic_tac_toe:TicTacToe"`."""
BUILT_IN_KINDS = frozenset(("chat", "document", "market", "party")) | OWN_KINDS
"""Names of kinds that are Parlour's own, today or later."""

log = structlog.get_logger()


def load(reference: str) -> type[Game[Any]]:
    """Return the game behind `module:Class`; raises PluginNotFound."""
    return load_class(reference, Game, "parlour.Game")


def game_rooms(
    references: Iterable[str] = (), guard: AbstractContextManager[None] | None = None
) -> dict[str, type[GameRoom]]:
    """Return room classes by kind: the installed games, and the named ones, which come first.

    Args:
        guard: entered around every call of an author's code (runtime/games/watchdog.py).

    Raises:
        PluginNotFound: a game cannot be loaded, is written in a way that cannot work, or has another one's kind.
    """
    return {**_by_kind(map(load, installed(GROUP)), guard), **_by_kind(map(load, references), guard)}


def _by_kind(games: Iterable[type[Game[Any]]], guard: AbstractContextManager[None] | None) -> dict[str, type[GameRoom]]:
    rooms: dict[str, type[GameRoom]] = {}
    for game in games:
        where = place_of(game)
        try:
            room = GameRoom.of(game, guard, _Reporter(game.kind))
        except (TypeError, NameError, ParlourError) as error:
            raise PluginNotFound(f"{where}: {error}") from error
        if game.kind in BUILT_IN_KINDS:
            raise PluginNotFound(f"{where}: {game.kind} is a kind of Parlour's own; set another `kind`.")
        other = rooms.setdefault(game.kind, room).served.game
        if other is not game:
            raise PluginNotFound(f"{where} and {place_of(other)} are both of kind {game.kind}.")
    return rooms


class _Reporter:
    """Logs exceptions of a game's own code that refuse nobody's request.

    Each line of code is logged once, for a view that raises does so for every viewer at every move.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._logged: set[tuple[str, str, object]] = set()

    def __call__(self, where: str, error: BaseException) -> None:
        trace, line = error.__traceback__, None
        while trace is not None:
            line, trace = (trace.tb_frame.f_code, trace.tb_lineno), trace.tb_next
        what = (where, type(error).__name__, line)
        if what not in self._logged:
            self._logged.add(what)
            log.error("game.raised", kind=self._kind, where=where, exc_info=error)
