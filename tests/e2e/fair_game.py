"""Dice that both players draw the seed of, for a server that dies in the middle of it."""

from __future__ import annotations

from parlour import Game, Player, Reject, State, action


class Rolls(State):
    by_seat: dict[int, int] = {}


class FairDice(Game[Rolls]):
    """Each rolls once; the higher roll wins."""

    seats = 2
    fair = True
    pausable = True

    @action
    def roll(self, player: Player) -> None:
        if player.seat in self.state.by_seat:
            raise Reject("already_rolled")
        self.state.by_seat[player.seat] = self.random.between(1, 6)
