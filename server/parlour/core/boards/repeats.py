"""How much a rated match counts: two who play each other all day move their ratings less and less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parlour.core.room import Account

FULL_GAMES = 5
"""Matches of the same two in a day (UTC) that count in full; each later one counts half of the one before, so all of
them together move no more than one more match would: agreed losses are not worth anybody's time."""
DAY_MS = 24 * 3_600_000


class Repeats:
    """Who played whom today, and how often: a fold over matches of one against one."""

    def __init__(self) -> None:
        self._day = 0
        self._met: dict[str, int] = {}

    def met(self, teams: Sequence[Sequence[Account]], at: int) -> float:
        """Note a match and return how much it counts, from 1 down."""
        if len(teams) != 2 or any(len(team) != 1 for team in teams):
            return 1.0
        if at // DAY_MS != self._day:
            self._day, self._met = at // DAY_MS, {}
        pair = " ".join(sorted(account for team in teams for account in team))
        self._met[pair] = self._met.get(pair, 0) + 1
        return float(0.5 ** max(0, self._met[pair] - FULL_GAMES))

    def copy(self) -> Repeats:
        """Return one whose changes leave this one as it is."""
        return Repeats.load(self.dump())

    def dump(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {"day": self._day, "met": dict(self._met)}

    @classmethod
    def load(cls, plain: Mapping[str, Any]) -> Repeats:
        """Return what `dump` wrote."""
        repeats = cls()
        repeats._day, repeats._met = plain["day"], dict(plain["met"])
        return repeats
