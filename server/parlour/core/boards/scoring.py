"""What a board measures: ratings, or a number by account that matches add to or better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from parlour.core.boards.declared import Scoring
from parlour.core.boards.skill import RatingSystem, Skill, deviation_of, newcomer, rated, rating_of
from parlour.core.room import Account

Worth = Skill | int
"""What a player has: a skill on a board of ratings, a number on any other."""


class Measured(Protocol):
    """Folds matches into what players have.

    Attributes:
        keeps_best: one match alone makes the score: the best there was.
    """

    keeps_best: bool

    def after(self, body: Mapping[str, Any], before: Mapping[Account, Worth]) -> dict[Account, Worth]:
        """Return what the players of a `board.counted` have after it; `before` lacks newcomers."""

    def score(self, worth: Worth) -> int:
        """Return what a row shows."""

    def order(self, worth: Worth) -> int:
        """Return what rows are sorted by, the smallest first."""


class Ratings:
    """Skills by a rating system; a row shows what a player is worth at the least, as far as one can be sure."""

    keeps_best = False

    def __init__(self, system: RatingSystem) -> None:
        self.system: RatingSystem = system

    def after(self, body: Mapping[str, Any], before: Mapping[Account, Worth]) -> dict[Account, Worth]:
        teams: Sequence[Sequence[Account]] = body["teams"]
        skills = [[self._skill(before.get(account)) for account in team] for team in teams]
        weight, after = body.get("weight", 1.0), rated(self.system, skills, body["ranks"])
        return {
            account: new if weight == 1.0 else Skill(*(o + weight * (n - o) for o, n in zip(old, new, strict=True)))
            for names, olds, news in zip(teams, skills, after, strict=True)
            for account, old, new in zip(names, olds, news, strict=True)
        }

    def _skill(self, worth: Worth | None) -> Skill:
        return newcomer(self.system) if worth is None else Skill(*worth)  # type: ignore[misc]  # a board of skills

    def score(self, worth: Worth) -> int:
        skill = self._skill(worth)
        return rating_of(self.system, skill) - 2 * deviation_of(self.system, skill)

    def order(self, worth: Worth) -> int:
        return -self.score(worth)

    def described(self, worth: Worth | None) -> dict[str, int]:
        """Return `{rating, deviation}` of a player; None is a newcomer."""
        skill = self._skill(worth)
        return {"rating": rating_of(self.system, skill), "deviation": deviation_of(self.system, skill)}


class Numbers:
    """Wins and sums add up; of `best` and `most` the smallest or the largest number of one match stands."""

    def __init__(self, scoring: Scoring) -> None:
        self.measure = scoring.measure
        self.keeps_best = scoring.measure in ("best", "most")

    def after(self, body: Mapping[str, Any], before: Mapping[Account, Worth]) -> dict[Account, Worth]:
        return {account: self._after(before.get(account), number) for account, number in body["scores"].items()}

    def _after(self, held: Worth | None, number: int) -> int:
        if not isinstance(held, int):
            return number
        if not self.keeps_best:
            return held + number
        return min(held, number) if self.measure == "best" else max(held, number)

    def score(self, worth: Worth) -> int:
        assert isinstance(worth, int)
        return worth

    def order(self, worth: Worth) -> int:
        return self.score(worth) if self.measure == "best" else -self.score(worth)
