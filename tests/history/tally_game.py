"""A game for many that counts who added how much, so that its state follows from its log alone."""

from __future__ import annotations

from typing import Annotated

from parlour import Between, Game, Player, State, action

REMEMBERED = 20


class Sums(State):
    totals: dict[str, int] = {}
    last: list[str] = []


class Tally(Game[Sums]):
    """Add; nobody wins."""

    seats = (1, 32)
    late_join = True
    drop_seconds = 3600

    @action
    def add(self, player: Player, amount: Annotated[int, Between(1, 9)]) -> None:
        self.state.totals[player.account] = self.state.totals.get(player.account, 0) + amount
        self.state.last = [*self.state.last, f"{player.account} {amount}"][-REMEMBERED:]
