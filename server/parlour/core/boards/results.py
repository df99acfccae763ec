"""What the end of a match says to a board: teams and their ranks, or a number by account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parlour.core.boards.declared import Scoring, scoring_of
from parlour.core.room import Account

MOST_SCORE = 2**53
"""Beyond, JSON in a browser would round."""


def said_by(
    score: str, end: Mapping[str, Any], players: Mapping[Account, int], teams: Sequence[Sequence[int]]
) -> dict[str, Any] | None:
    """Return `{teams, ranks}` or `{scores}` of a `game.ended`; None where it says nothing to this board.

    Args:
        score: of the board, checked.
        end: the body; one without places was broken off.
        players: seat by account.
        teams: of the game; empty where people play each for themselves.
    """
    if (placed := end.get("places")) is None:
        return None
    scoring = scoring_of(score)
    if scoring.measure == "rating":
        return _ranked(placed, players, teams)
    numbers = {account: _number(scoring, end, seat) for account, seat in players.items()}
    scores = {account: number for account, number in numbers.items() if number is not None}
    return {"scores": scores} if scores else None


def _ranked(
    placed: Sequence[Sequence[int]], players: Mapping[Account, int], teams: Sequence[Sequence[int]]
) -> dict[str, Any]:
    place_of = {seat: number for number, place in enumerate(placed) for seat in place}
    account_of = {seat: account for account, seat in players.items()}
    seated = [[seat for seat in team if seat in account_of] for team in teams or [[seat] for seat in account_of]]
    seated = sorted((team for team in seated if team), key=lambda team: min(place_of[seat] for seat in team))
    ranks = [min(place_of[seat] for seat in team) for team in seated]
    return {"teams": [[account_of[seat] for seat in team] for team in seated], "ranks": ranks}


def _number(scoring: Scoring, end: Mapping[str, Any], seat: int) -> int | None:
    """Return what a seat scored; None for nothing, or for what is no whole number."""
    if scoring.measure == "wins":
        placed = end["places"]
        return int(len(placed) > 1 and seat in placed[0])  # where all share one place, nobody won
    numbers = end["result"].get(scoring.key)
    found = numbers[seat] if isinstance(numbers, list) and seat < len(numbers) else None
    return found if type(found) is int and abs(found) < MOST_SCORE else None
