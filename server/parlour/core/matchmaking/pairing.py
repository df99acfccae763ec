"""Finds who plays with whom: the longest waiting first, each with those nearest by rating.

Tickets make a table where every two of them are within both their windows and suit each other. All tickets of one set
of agreed options are sorted by rating once; from a ticket outwards the nearest free ones are one step away, so that
10,000 tickets take 10 to 20 ms, and an arrival 0.02 ms (docs/reports/games.md).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from itertools import pairwise
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.matchmaking.lineup import Lineup
from parlour.core.matchmaking.seats import fits
from parlour.core.matchmaking.tickets import Ticket
from parlour.core.matchmaking.wants import accepts
from parlour.core.room import Account

WHOLE_TABLE_MS = 10_000
"""A table waits so long for its last seats; then it is made with fewer, where the game can be played so."""
LOOKED_AT = 64
"""Tickets looked at for one, the nearest first: bounds a pass over tickets whose wishes meet in nothing."""

Apart = Mapping[Account, Set[Account]]
"""Accounts that may not meet, each with the others, in both directions."""


def pair(tickets: Sequence[Ticket], lineup: Lineup, now: int, apart: Apart | None = None) -> list[list[Ticket]]:
    """Return the tables that can be made now, each as its tickets.

    Args:
        tickets: those who are served first come first.
        apart: accounts that may not meet.
    """
    if not lineup.agreed:
        return _Pool(list(tickets), lineup, now, apart or {}).tables()
    pools: dict[Hashable, list[Ticket]] = {}
    for ticket in tickets:
        options = ticket.options
        pools.setdefault(_key([options.get(name) for name in lineup.agreed]), []).append(ticket)
    return [table for pool in pools.values() for table in _Pool(pool, lineup, now, apart or {}).tables()]


def _key(values: list[Any]) -> Hashable:
    """Return what is equal for equal values of agreed options."""
    for value in values:
        if isinstance(value, list | dict):
            return canonical({"of": values})
    return tuple(values)


class _Pool:
    """Tickets with the same agreed options, by number as they came; those that found a table leave the links.

    Attributes:
        ratings, widths, sizes: of each ticket: where it stands, how far it looks to each side, how many it seats.
        lower, higher: of each ticket the next free one by rating; -1 where there is none.
    """

    def __init__(self, tickets: list[Ticket], lineup: Lineup, now: int, apart: Apart) -> None:
        self._tickets, self._lineup, self._now, self._apart = tickets, lineup, now, apart
        self._ratings = [ticket.rating for ticket in tickets]
        self._widths = _widths(tickets, now)
        self._sizes = [len(ticket.accounts) for ticket in tickets]
        self._lower, self._higher = [-1] * len(tickets), [-1] * len(tickets)
        for before, after in pairwise(sorted(range(len(tickets)), key=self._ratings.__getitem__)):
            self._lower[after], self._higher[before] = before, after
        self._free = [True] * len(tickets)

    def tables(self) -> list[list[Ticket]]:
        """Go through the tickets in their order, and return the tables they make."""
        made: list[list[Ticket]] = []
        tickets, lineup, free = self._tickets, self._lineup, self._free
        alone = lineup.has_bot or any(size >= lineup.fewest for size in self._sizes)
        duels = lineup.most == 2 and not alone
        find = self._opponent if duels else self._gather
        # The look at the nearest is written out here: in a long line most tickets are done with it.
        ratings, widths, lower, higher = self._ratings, self._widths, self._lower, self._higher
        anybody = duels and not self._apart
        for first, width in enumerate(widths):
            if not free[first]:
                continue
            if not alone:
                rating, below, above = ratings[first], lower[first], higher[first]
                down = rating - ratings[below] if below >= 0 else _FAR
                up = ratings[above] - rating if above >= 0 else _FAR
                if down > width and up > width:
                    continue
                nearest, distance = (below, down) if down <= up else (above, up)
                if anybody and distance <= widths[nearest] and not (tickets[first].want or tickets[nearest].want):
                    self._take(first)
                    self._take(nearest)
                    made.append([tickets[first], tickets[nearest]])
                    continue
            table = find(first)
            if table is not None:
                for number in table:
                    self._take(number)
                made.append([tickets[number] for number in table])
        return made

    def _opponent(self, first: int) -> list[int] | None:
        """Return a duel: one ticket and the nearest one that it can meet."""
        for candidate in self._outwards(first):
            if self._meet(first, candidate):
                return [first, candidate]
        return None

    def _gather(self, first: int) -> list[int] | None:
        """Return the tickets of a table around one, or None where they are too few."""
        table, sizes, most = [first], [self._sizes[first]], self._lineup.most
        for candidate in self._outwards(first) if sizes[0] < most else ():
            if not fits(self._lineup, [*sizes, self._sizes[candidate]]):
                continue
            if all(self._meet(other, candidate) for other in table):
                table.append(candidate)
                sizes.append(self._sizes[candidate])
                if sum(sizes) == most:
                    break
        return table if self._is_enough(table, sum(sizes)) else None

    def _outwards(self, first: int) -> Iterator[int]:
        """Go through the free tickets in a ticket's window, the nearest first."""
        ratings, rating, width = self._ratings, self._ratings[first], self._widths[first]
        below, above = self._lower[first], self._higher[first]
        for _ in range(LOOKED_AT):
            down = rating - ratings[below] if below >= 0 else _FAR
            up = ratings[above] - rating if above >= 0 else _FAR
            if down > width and up > width:
                return
            if down <= up:
                yield below
                below = self._lower[below]
            else:
                yield above
                above = self._higher[above]

    def _meet(self, one: int, other: int) -> bool:
        distance = abs(self._ratings[one] - self._ratings[other])
        if distance > self._widths[one] or distance > self._widths[other]:
            return False
        mine, theirs = self._tickets[one], self._tickets[other]
        if self._apart:
            for account in mine.accounts:
                if not self._apart.get(account, _NOBODY).isdisjoint(theirs.accounts):
                    return False
        return not (mine.want or theirs.want) or (
            accepts(mine.want, theirs.options) and accepts(theirs.want, mine.options)
        )

    def _is_enough(self, table: list[int], players: int) -> bool:
        if players == self._lineup.most:
            return True
        tickets = [self._tickets[number] for number in table]
        if self._lineup.has_bot and all(ticket.takes_bots(self._now) for ticket in tickets):
            return True
        return players >= self._lineup.fewest and self._now - min(t.sought for t in tickets) >= WHOLE_TABLE_MS

    def _take(self, number: int) -> None:
        below, above = self._lower[number], self._higher[number]
        self._free[number] = False
        if below >= 0:
            self._higher[below] = above
        if above >= 0:
            self._lower[above] = below


def _widths(tickets: list[Ticket], now: int) -> list[float]:
    """Return how far each ticket looks by now."""
    widths: list[float] = []
    for ticket in tickets:
        window = ticket.window
        width = window.within + window.widen * (now - ticket.sought) / 1000
        widths.append(width if width < window.most else window.most)
    return widths


_FAR = float("inf")
_NOBODY: frozenset[Account] = frozenset()
