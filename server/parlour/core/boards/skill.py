"""What a match does to ratings: Elo, or OpenSkill (Weng and Lin 2011, as the `openskill` library has it)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from openskill.models import PlackettLuce

RatingSystem = Literal["elo", "openskill"]
START = 1500
"""Where a newcomer stands on either scale."""
ELO_K = 32
"""Points that are at stake between two equals (FIDE's for newcomers is 40, for others 20)."""
POINTS = 60
"""Points of one unit of OpenSkill's scale."""
MU, SIGMA = 25.0, 25.0 / 3
"""OpenSkill's newcomer."""


class Skill(NamedTuple):
    """What is known of a player's strength: a mean and its standard deviation, on OpenSkill's scale or on Elo's."""

    mu: float
    sigma: float


def newcomer(system: RatingSystem) -> Skill:
    """Return the skill of somebody who has not played yet."""
    return Skill(START, 0.0) if system == "elo" else Skill(MU, SIGMA)


def rating_of(system: RatingSystem, skill: Skill) -> int:
    """Return the rating that people see, a whole number on the one scale."""
    return round(skill.mu) if system == "elo" else round(START + POINTS * (skill.mu - MU))


def deviation_of(system: RatingSystem, skill: Skill) -> int:
    """Return how unsure the rating is; 0 for Elo, which does not say."""
    return 0 if system == "elo" else round(POINTS * skill.sigma)


def rated(system: RatingSystem, teams: Sequence[Sequence[Skill]], ranks: Sequence[int]) -> list[list[Skill]]:
    """Return the skills after a match.

    Args:
        teams: the skills of each team's players; a player alone is a team of one.
        ranks: of each team, 0 for the best; equal ranks are a draw.
    """
    return _by_elo(teams, ranks) if system == "elo" else _by_openskill(teams, ranks)


def _by_elo(teams: Sequence[Sequence[Skill]], ranks: Sequence[int]) -> list[list[Skill]]:
    """Change each team as in duels with all others; more than two share the stake, so that no match counts for two."""
    means = [sum(skill.mu for skill in team) / len(team) for team in teams]
    gains = [0.0] * len(teams)
    for one, mine in enumerate(means):
        for other, theirs in enumerate(means):
            if one != other:
                score = 0.5 if ranks[one] == ranks[other] else float(ranks[one] < ranks[other])
                expected = 1 / (1 + 10 ** ((theirs - mine) / 400))
                gains[one] += ELO_K * (score - expected) / (len(teams) - 1)
    return [[Skill(skill.mu + gain, 0.0) for skill in team] for team, gain in zip(teams, gains, strict=True)]


def _by_openskill(teams: Sequence[Sequence[Skill]], ranks: Sequence[int]) -> list[list[Skill]]:
    model = _model()
    before = [[model.create_rating([skill.mu, skill.sigma]) for skill in team] for team in teams]
    after = model.rate(before, ranks=list(ranks))
    return [[Skill(player.mu, player.sigma) for player in team] for team in after]


@cache
def _model() -> PlackettLuce:
    """Load the library at the first match: a server whose games are not rated never does."""
    from openskill.models import PlackettLuce

    return PlackettLuce()
