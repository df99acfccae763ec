"""Says who sits where at a table: a party together, in one team where the game has teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from parlour.core.matchmaking.lineup import Lineup
from parlour.core.matchmaking.tickets import Ticket
from parlour.core.room import Account


def fits(lineup: Lineup, sizes: Sequence[int]) -> bool:
    """Return whether parties of these sizes can sit at one table, each in one team."""
    if not lineup.teams:
        return sum(sizes) <= lineup.most
    free = [len(team) for team in lineup.teams]
    return all(_place(free, size) is not None for size in sorted(sizes, reverse=True))


def _place(free: list[int], size: int) -> int | None:
    """Put a party into the first team with room for it, and return which."""
    team = next((number for number, places in enumerate(free) if places >= size), None)
    if team is not None:
        free[team] -= size
    return team


def seat(lineup: Lineup, tickets: Sequence[Ticket], entropy: bytes) -> list[tuple[Account, int]]:
    """Return who gets which seat; chance says who comes first, and teams are as even by rating as parties allow.

    Args:
        tickets: of one table; their sizes fit it.
        entropy: of the entry that makes the table.
    """
    drawn = sorted(tickets, key=lambda ticket: sha256(entropy + ticket.id.encode()).digest())
    if not lineup.teams:
        return [(account, number) for number, account in enumerate(a for ticket in drawn for a in ticket.accounts)]
    teams = [_Team(list(team)) for team in lineup.teams]
    first = entropy[0] % len(teams)
    teams = teams[first:] + teams[:first]
    placed = sorted(drawn, key=lambda ticket: (-len(ticket.accounts), -ticket.rating))
    seated: list[tuple[Account, int]] = []
    for number, ticket in enumerate(placed, 1):
        team = _weakest_with_room(teams, len(ticket.accounts), [len(later.accounts) for later in placed[number:]])
        team.strength += ticket.rating * len(ticket.accounts)
        seated += [(account, team.free.pop(0)) for account in ticket.accounts]
    return seated


@dataclass(slots=True)
class _Team:
    """A team while its seats are given away.

    Attributes:
        free: seats that nobody has yet.
        strength: the sum of its players' ratings.
    """

    free: list[int]
    strength: float = 0.0


def _weakest_with_room(teams: list[_Team], size: int, later: Sequence[int]) -> _Team:
    """Return the weakest team that has room for a party and leaves room for those that come later."""
    for team in sorted(teams, key=lambda team: team.strength):
        free = [len(each.free) - (size if each is team else 0) for each in teams]
        if min(free) >= 0 and all(_place(free, each) is not None for each in later):
            return team
    return next(team for team in teams if len(team.free) >= size)
