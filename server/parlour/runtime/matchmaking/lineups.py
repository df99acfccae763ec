"""Finds out what matchmaking needs of each kind this server plays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parlour.core.authoring.game import over_days
from parlour.core.authoring.rules import Rules
from parlour.core.games.room import GameRoom
from parlour.core.matchmaking.lineup import Lineup
from parlour.errors import Invalid
from parlour.runtime.rooms.kinds import Kinds


class Lineups:
    """The kinds that people can be matched for."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._lineups: dict[str, Lineup] = {}
        for name in kinds:
            kind = kinds.of(name)
            if issubclass(kind, GameRoom) and (lineup := lineup_of(kind.served.rules)) is not None:
                self._lineups[name] = lineup

    def items(self) -> Iterable[tuple[str, Lineup]]:
        """Return every such kind with its line-up."""
        return self._lineups.items()

    def of(self, kind: str) -> Lineup:
        """Return the line-up of a kind whose options were checked."""
        return self._lineups[kind]

    def check_kind(self, kind: str) -> None:
        """Raise Invalid for a kind that nobody is matched for."""
        if kind not in self._lineups:
            known = ", ".join(sorted(self._lineups)) or "none"
            raise Invalid(f"Nobody is matched for {kind[:64]!r} here; there are {known}.", details={"path": "kind"})

    def check_options(self, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return a table's options as they would be stored.

        Raises:
            Invalid: nobody is matched for that kind, or the options are not its own, or they name bots.
        """
        self.check_kind(kind)
        if options.get("bots"):
            raise Invalid("Bots come to a table by `bots.after`.", details={"path": "options.bots"})
        return self._kinds.of(kind).check_options(dict(options))


def lineup_of(rules: Rules) -> Lineup | None:
    """Return the line-up of a game; None for a game that one person plays alone."""
    game = rules.game
    if rules.most < 2:
        return None
    return Lineup(
        fewest=max(2, rules.fewest),
        most=rules.most,
        teams=tuple(tuple(team) for team in game.teams),
        agreed=rules.agreed,
        has_bot=rules.has_bot,
        asynchronous=over_days(game),
        boards=tuple(game.boards),
        rating=None if not game.rated else "elo" if game.rated == "elo" else "openskill",
    )
