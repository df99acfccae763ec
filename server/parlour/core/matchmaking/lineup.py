"""What matchmaking needs to know of a game: how many play, in which teams, which options must agree."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.core.boards.declared import Board
from parlour.core.boards.skill import RatingSystem


@dataclass(frozen=True, slots=True)
class Lineup:
    """What a table of one kind needs.

    Attributes:
        fewest, most: players of a table; matchmaking seats two at least.
        teams: seats by team; empty where everybody plays alone.
        agreed: names of options that must be the same for all at a table.
        has_bot: whether the game's own bot may take seats.
        asynchronous: whether people play without being there at once.
        boards: those that it declares.
        rating: how its matches are rated; None where they are not.
    """

    fewest: int = 2
    most: int = 2
    teams: tuple[tuple[int, ...], ...] = ()
    agreed: tuple[str, ...] = ()
    has_bot: bool = False
    asynchronous: bool = False
    boards: tuple[Board, ...] = ()
    rating: RatingSystem | None = None

    def sits(self, players: int) -> bool:
        """Return whether a party of so many can play together: in one team where the game has teams."""
        return 1 <= players <= (max(map(len, self.teams)) if self.teams else self.most)
