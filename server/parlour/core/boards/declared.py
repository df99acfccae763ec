"""Boards that a game declares: who has most wins, most gold, the best time, in all or in each season.

boards = [Board("weekly", score="wins", reset="mon 00:00 UTC"), Board("fastest", score="best:time")]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

Ties = Literal["earlier", "shared"]
Measure = Literal["rating", "wins", "sum", "best", "most"]
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_SCORE = re.compile(r"(rating|wins)|(sum|best|most):([A-Za-z_][A-Za-z0-9_]{0,63})")
_RESET = re.compile(r"(day|month|mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d) UTC")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_BOARD_NAME = 32
"""Characters: the room's id holds it beside the kind."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board of a game.

    Attributes:
        name: in kebab-case; the board of chess is `<name>:chess`.
        score: `rating` (each season begins anew), `wins`, or of a number by seat in the result
            (`self.finish(gold=[3, 5])`): `sum:gold`, `most:gold` for the largest of one match, `best:time` for the
            smallest. A seat whose number is None has not scored.
        reset: when a season ends and the next begins: `mon 00:00 UTC`, `day 04:00 UTC`, `month 00:00 UTC` (on the
            first); None for never.
        ties: of equal scores the `earlier` is better, or they share a rank.
    """

    name: str
    score: str = "rating"
    reset: str | None = None
    ties: Ties = "earlier"


class Scoring(NamedTuple):
    """What a board measures, and by which key of the result."""

    measure: Measure
    key: str = ""


class Season(NamedTuple):
    """A season by the day it begins (`2026-11-30`), from when to when (ms since 1970, the end excluded)."""

    name: str
    starts: int
    ends: int


def wrong_board(board: Board) -> str | None:
    """Return what is wrong with a declaration, or None."""
    if not isinstance(board, Board):
        return f'Board("weekly", score="wins"), not {board!r}.'
    if not isinstance(board.name, str) or not _NAME.fullmatch(board.name) or len(board.name) > MAX_BOARD_NAME:
        return f"{board.name!r} is not kebab-case, such as weekly; {MAX_BOARD_NAME} characters at most."
    if board.name == "rating":
        return "`rating` is the board of every rated kind; choose another name."
    if _SCORE.fullmatch(str(board.score)) is None:
        return f'{board.name}: score is "rating", "wins", "sum:gold", "most:gold" or "best:time".'
    if board.reset is not None and _RESET.fullmatch(str(board.reset)) is None:
        return f'{board.name}: reset is "mon 00:00 UTC", "day 04:00 UTC", "month 00:00 UTC" or None.'
    if board.ties not in ("earlier", "shared"):
        return f'{board.name}: ties is "earlier" or "shared".'
    return None


def scoring_of(score: str) -> Scoring:
    """Return what a checked `score` measures."""
    measure, _, key = score.partition(":")
    return Scoring(measure, key)  # type: ignore[arg-type]  # wrong_board checked it


def season_at(reset: str, at: int) -> Season:
    """Return the season of a checked `reset` that holds a time (ms since 1970)."""
    found = _RESET.fullmatch(reset)
    assert found is not None, reset
    period, clock = found[1], time(int(found[2]), int(found[3]), tzinfo=UTC)
    now = datetime.fromtimestamp(at / 1000, UTC)
    first = _first_day(period, now.date())
    if datetime.combine(first, clock) > now:
        first = _first_day(period, first - timedelta(days=1))
    starts, ends = (datetime.combine(day, clock) for day in (first, _next_day(period, first)))
    return Season(first.isoformat(), round(starts.timestamp() * 1000), round(ends.timestamp() * 1000))


def _first_day(period: str, day: date) -> date:
    """Return the newest day, this one or before, on which a season of this period begins."""
    if period == "day":
        return day
    if period == "month":
        return day.replace(day=1)
    return day - timedelta(days=(day.weekday() - _WEEKDAYS.index(period)) % 7)


def _next_day(period: str, first: date) -> date:
    if period == "month":
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=1 if period == "day" else 7)
