"""The keys that every game's view has beside the author's own (docs/games.md "What clients see")."""

from __future__ import annotations

from functools import cache
from typing import (
    Any,
    Literal,
    NotRequired,  # pydantic reads no other TypedDict before Python 3.12
)

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from parlour.core.room import Account

Status = Literal["waiting", "drawing", "playing", "paused", "ended"]


class Facts(TypedDict):
    """What the referee knows of a match. Seats are numbers from 0, times are ms.

    Attributes:
        status: what the match is doing.
        players: the account of each seat, None where it is free.
        away: seats whose player dropped or left.
        gone: those of `away` that left for good.
        round: 1 for the first game, one more for each rematch.
        winner: the winning seat, None for a draw and while it is undecided.
        result: all that `finish` was called with.
        deadline: when a turn, a timer or a clock runs out.
        turn: the seat on turn, in games with turns.
        clocks: ms left by seat, in games with a clock.
    """

    status: Status
    players: list[Account | None]
    away: list[int]
    gone: list[int]
    round: int
    winner: int | None
    result: dict[str, Any] | None
    deadline: int | None
    turn: NotRequired[int | None]
    clocks: NotRequired[list[int]]


ENGINE_KEYS = frozenset(Facts.__annotations__) | {"seat", "version", "error"}
"""Keys of a view that are not the author's to choose; a State has no fields of these names."""


@cache
def facts_schema() -> dict[str, Any]:
    """JSON Schema of `Facts`."""
    return TypeAdapter(Facts).json_schema(mode="serialization")
