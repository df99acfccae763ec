"""The players of a board, always in order: a fold over `board.counted`."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parlour.core.boards.declared import Ties
from parlour.core.boards.scoring import Measured, Ratings, Worth
from parlour.core.boards.skill import Skill
from parlour.core.room import Account

GAMES_NAMED = 5
"""Games that a row names, the newest; the log of the board names them all."""
Game = tuple[str, int]
"""The room of a match, and the seq of its `game.ended`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a player stands.

    Attributes:
        games: matches counted.
        at: when (ms) the score became what it is.
        of: matches that the score comes from, the newest first.
    """

    worth: Worth
    games: int
    at: int
    of: tuple[Game, ...] = ()


class Standings:
    """Everybody on a board, the best first; of equals the one who was there earlier.

    Attributes:
        measured: what the board measures.
        players: by account.
    """

    def __init__(self, measured: Measured, ties: Ties = "earlier") -> None:
        self.measured = measured
        self._ties = ties
        self.players: dict[Account, Standing] = {}
        self._order: list[tuple[int, int, Account]] = []

    def __len__(self) -> int:
        return len(self._order)

    def rank(self, account: Account) -> int:
        """Return the place of an account on the board, 1 for the best; raises KeyError for one that is not on it."""
        return self._rank(bisect_left(self._order, self._key(account, self.players[account])))

    def _rank(self, at: int) -> int:
        """Return the rank of the row at this index: where ties share it, that of the first equal."""
        return 1 + (at if self._ties == "earlier" else bisect_left(self._order, (self._order[at][0],)))

    def rows(self, first: int, limit: int) -> list[dict[str, Any]]:
        """Return rows `{rank, account, score, games, at, of}` from the row `first` on; 1 is the best."""
        return list(self._rows(first, limit))

    def _rows(self, first: int, limit: int) -> Iterator[dict[str, Any]]:
        for at in range(first - 1, min(first - 1 + limit, len(self._order))):
            account = self._order[at][2]
            standing = self.players[account]
            yield {
                "rank": self._rank(at),
                "account": account,
                "score": self.measured.score(standing.worth),
                "games": standing.games,
                "at": standing.at,
                "of": [{"room": room, "seq": seq} for room, seq in standing.of],
            }

    def place(self, account: Account) -> int:
        """Return which row an account has, 1 for the first; raises KeyError for one that is not on the board."""
        return bisect_left(self._order, self._key(account, self.players[account])) + 1

    def count(self, body: Mapping[str, Any], at: int) -> None:
        """Fold one `board.counted`."""
        game = (body.get("room", ""), body.get("seq", 0))
        held = {account: standing.worth for account, standing in self._held(body).items()}
        for account, worth in self.measured.after(body, held).items():
            self._set(account, worth, at, game)

    def _held(self, body: Mapping[str, Any]) -> dict[Account, Standing]:
        named = body.get("scores") or [account for team in body["teams"] for account in team]
        return {account: self.players[account] for account in named if account in self.players}

    def _set(self, account: Account, worth: Worth, at: int, game: Game) -> None:
        old = self.players.get(account)
        new = Standing(worth, 1, at, (game,))
        if old is not None:
            same = self.measured.order(old.worth) == self.measured.order(worth)
            of = (game, *old.of)[:GAMES_NAMED]
            if self.measured.keeps_best:
                of = old.of if same else (game,)
            new = Standing(worth, old.games + 1, old.at if same else at, of)
            del self._order[bisect_left(self._order, self._key(account, old))]
        self.players[account] = new
        insort(self._order, self._key(account, new))

    def _key(self, account: Account, standing: Standing) -> tuple[int, int, Account]:
        return self.measured.order(standing.worth), standing.at, account

    def dump(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {account: _plain(standing) for account, standing in self.players.items()}

    @classmethod
    def load(cls, measured: Measured, ties: Ties, plain: Mapping[str, Any]) -> Standings:
        """Return the standings that `dump` wrote."""
        standings = cls(measured, ties)
        for account, (worth, games, at, of) in plain.items():
            kept = Skill(*worth) if isinstance(worth, list) else worth
            standings.players[account] = Standing(kept, games, at, tuple((room, seq) for room, seq in of))
        standings._order = sorted(standings._key(a, s) for a, s in standings.players.items())
        return standings


def _plain(standing: Standing) -> list[Any]:
    worth = standing.worth if isinstance(standing.worth, int) else list(standing.worth)
    return [worth, standing.games, standing.at, [list(game) for game in standing.of]]


def rating_in(standings: Standings, account: Account) -> dict[str, Any]:
    """Return `{rating, deviation, games, rank?}` of an account on a board of ratings, also one that has not played."""
    measured, standing = standings.measured, standings.players.get(account)
    assert isinstance(measured, Ratings), "a board of ratings"
    if standing is None:
        return {**measured.described(None), "games": 0}
    return {**measured.described(standing.worth), "games": standing.games, "rank": standings.rank(account)}
