"""Mistakes in a game class are found before anybody plays it."""

from __future__ import annotations

from collections.abc import Callable
from types import new_class
from typing import Any, Literal

import pytest

from parlour import Clock, Game, Options, Player, action
from parlour.core.games.room import GameRoom
from tests.core.games.small_games import Count


def reading(**members: Any) -> type[GameRoom]:
    """Read a game class with these members, as the server does at its start."""
    return GameRoom.of(new_class("Wrong", (Game[Count],), {}, lambda body: body.update(__module__=__name__, **members)))


async def _async(self: Any, player: Player) -> None: ...


def _generator(self: Any, player: Player) -> Any:
    yield


async def _async_hook(self: Any) -> None: ...


def _nobody(self: Any) -> None: ...


def _bare(self: Any) -> None: ...


def _with_set(self: Any, player: Player, cells: set[str]) -> None: ...


def _with_nested_set(self: Any, player: Player, cells: dict[str, list[frozenset[str]]]) -> None: ...


def _with_callable(self: Any, player: Player, what: Callable[[], None]) -> None: ...


def _with_oddity(self: Any, player: Player, what: range) -> None: ...


def _with_rest(self: Any, player: Player, *cells: int) -> None: ...


def _with_underscore(self: Any, player: Player, _cell: int) -> None: ...


def _fine(self: Any, player: Player, cell: int = 0) -> None: ...


@pytest.mark.parametrize(
    ("member", "method", "problem"),
    [
        ("go", action(_async), "go: no `async def`"),
        ("go", action(_generator), "go: no `yield`"),
        ("on_start", _async_hook, "on_start: no `async def`"),
        ("tick", _nobody, r"tick is called with \(dt\)"),
        ("view", _nobody, r"view is called with \(viewer\)"),
        ("on_join", _nobody, r"on_join is called with \(player\)"),
        ("on_droped", _nobody, "no hook on_droped; did you mean on_drop"),
        ("go", action(_bare), "go: its first argument is the player"),
        ("go", action(_with_set), "cells: no sets"),
        ("go", action(_with_nested_set), "cells: no sets"),
        ("go", action(_with_callable), "go: "),
        ("go", action(_with_oddity), "go: "),
        ("go", action(_with_rest), "cells"),
        ("go", action(_with_underscore), "go: "),
        ("finish", action(_fine), "finish: every game has a member of that name"),
        ("view", action(_fine), "view: every game has a member of that name"),
        ("turn", action(_fine), "turn: every game has a member of that name"),
        ("__init__", _nobody, "__init__"),
    ],
)
def test_method_that_cannot_work_is_refused_with_a_sentence(member: str, method: Any, problem: str):
    with pytest.raises(TypeError, match=problem):
        reading(**{member: method})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("seats", v) for v in (0, -1, (3, 2), (0, 2), "2", (1, 2, 3), 1_000_000, True)),
        *(("turn_seconds", v) for v in (0, -1, "30", float("nan"))),
        *(("drop_seconds", v) for v in (-1, "60")),
        *(("bot_seconds", v) for v in (0, -1)),
        *(("tick_rate", v) for v in (0, -5, 2.5, 100_000)),
        *(("version", v) for v in (0, "2", 1.5)),
        *(("kind", v) for v in ("", "Not Kebab", "a_b", "x" * 65)),
        *(("clock", v) for v in (300, Clock(seconds=0), Clock(seconds=60, increment=-1))),
        ("options", Options),
    ],
)
def test_member_of_the_wrong_type_or_size_is_refused(name: str, value: Any):
    members = {"__annotations__": {"options": "int"}} if name == "options" else {name: value}
    with pytest.raises(TypeError, match=name):
        reading(**members)


def test_class_with_every_correct_member_is_read():
    class Fine(Game[Count]):
        seats = (1, 8)
        tick_rate = 20
        drop_seconds = None

        def on_join(self, player: Player) -> None: ...

        def tick(self, dt: float) -> None: ...

        @action
        def go(self, player: Player, cell: int | None = None, side: Literal["a", 1] = "a") -> None: ...

        def helper(self, anything: set[int]) -> set[int]:
            return anything

    assert GameRoom.of(Fine).described()["actions"].keys() == {"go"}
