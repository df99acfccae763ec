"""Checks a game class before anybody plays it; its TypeErrors say what to change."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from parlour.core.authoring.game import Game, overrides
from parlour.core.authoring.marks import ActionMark
from parlour.core.authoring.values import Clock
from parlour.core.boards.declared import wrong_board
from parlour.core.rooms.kind import MAX_KIND_NAME, is_kind_name
from parlour.core.rooms.state import Options

MAX_SEATS = 1000
"""Of one game: every view lists all of them."""
MAX_TICK_RATE = 100
"""Per second; what one core carries is far less (docs/games.md "Ticks")."""

_CALLED_WITH: dict[str, tuple[str, ...]] = {
    "on_join": ("player",),
    "on_start": (),
    "on_drop": ("player",),
    "on_return": ("player",),
    "on_leave": ("player",),
    "on_timeout": ("player",),
    "tick": ("dt",),
    "view": ("viewer",),
    "bot": ("view",),
    "placement": (),
    "migrate": ("state", "from_version"),
}
"""What an author may override, and the arguments it gets."""


def check_class(game: type[Game[Any]]) -> None:
    """Raise TypeError for members that cannot be what a game needs."""
    for problem in (*_wrong_facts(game), *_wrong_methods(game)):
        raise TypeError(f"{game.__name__}.{problem}")


def _wrong_facts(game: type[Game[Any]]) -> Iterator[str]:
    seats = game.seats if isinstance(game.seats, tuple) else (game.seats, game.seats)
    if len(seats) != 2 or not all(_is_whole(n) for n in seats) or not 1 <= seats[0] <= seats[1] <= MAX_SEATS:
        yield f"seats: how many play, or (fewest, most), from 1 to {MAX_SEATS}."
    if not (isinstance(game.kind, str) and is_kind_name(game.kind)):
        yield f"kind: {game.kind!r} is not kebab-case, such as tic-tac-toe; {MAX_KIND_NAME} characters at most."
    if not (_is_whole(game.version) and game.version >= 1):
        yield "version: 1, 2, 3 …"
    if game.tick_rate is not None and not (_is_whole(game.tick_rate) and 1 <= game.tick_rate <= MAX_TICK_RATE):
        yield f"tick_rate: ticks per second, a whole number from 1 to {MAX_TICK_RATE}."
    if game.turn_seconds is not None and not _is_above(game.turn_seconds, 0):
        yield "turn_seconds: seconds above 0, or None."
    if game.drop_seconds is not None and not (game.drop_seconds == 0 or _is_above(game.drop_seconds, 0)):
        yield "drop_seconds: seconds from 0 on, or None for ever."
    if not _is_above(game.bot_seconds, 0):
        yield "bot_seconds: seconds above 0."
    if game.rated not in (True, False, "elo"):
        yield 'rated: True, False or "elo".'
    if game.teams and sorted(place for team in game.teams for place in team) != list(range(seats[1])):
        yield "teams: seats by team, each seat once: [[0, 1], [2, 3]]."
    if not isinstance(game.boards, (list, tuple)):
        yield 'boards: a list: [Board("weekly", score="wins")].'
    else:
        wrong = [problem for board in game.boards if (problem := wrong_board(board)) is not None]
        if wrong:
            yield f"boards: {wrong[0]}"
        elif len({board.name for board in game.boards}) < len(game.boards):
            yield "boards: two have one name."
    if game.clock is not None and not _is_clock(game.clock):
        yield "clock: Clock(seconds=300, increment=3), with seconds above 0."


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_above(value: object, low: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > low


def _is_clock(value: object) -> bool:
    return isinstance(value, Clock) and _is_above(value.seconds, 0) and _is_above(value.increment, -1e-9)


def _wrong_methods(game: type[Game[Any]]) -> Iterator[str]:
    if game.__init__ is not Game.__init__:
        yield "__init__: a game is made anew for every entry; begin in on_start, and keep what lasts in self.state."
    for name in dir(game):
        member = inspect.getattr_static(game, name)
        if isinstance(getattr(member, "__parlour__", None), ActionMark) and hasattr(Game, name):
            yield f"{name}: every game has a member of that name; rename your action."
        if name in _CALLED_WITH and overrides(game, name):
            yield from _wrong_hook(name, getattr(game, name), isinstance(member, (classmethod, staticmethod)))
        elif name.startswith("on_") and not hasattr(Game, name) and not hasattr(member, "__parlour__"):
            near = get_close_matches(name, _CALLED_WITH, 1)
            yield f"{name}: there is no hook {name}" + (f"; did you mean {near[0]}?" if near else ".")
        if hasattr(member, "__parlour__"):
            yield from _wrong_kind(name, member)


def _wrong_hook(name: str, method: Callable[..., Any], bound: bool) -> Iterator[str]:
    yield from _wrong_kind(name, method)
    wanted = _CALLED_WITH[name]
    try:
        inspect.signature(method).bind(*([] if bound else [None]), *wanted)
    except TypeError:
        yield f"{name}: {name} is called with ({', '.join(wanted)})."


def _wrong_kind(name: str, method: Any) -> Iterator[str]:
    """Yield a problem for coroutines and generators, whose bodies would never run."""
    if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
        yield f"{name}: no `async def`; rules never wait."
    elif inspect.isgeneratorfunction(method):
        yield f"{name}: no `yield`; a method of a game runs to its end."


def check_options(game: type[Game[Any]], options: Any) -> None:
    """Raise TypeError where `options: …` is not annotated with an Options."""
    if not (isinstance(options, type) and issubclass(options, Options)):
        raise TypeError(f"{game.__name__}.options: annotate it with a class of yours that is an Options.")
