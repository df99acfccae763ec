"""A game whose author made mistakes, for the error boundary."""

from __future__ import annotations

from parlour import Game, Player, State, action


class Scores(State):
    points: int = 0


class Raising(Game[Scores]):
    """One seat; `explode` changes the state and then raises."""

    seats = 1

    @action
    def score(self, player: Player) -> None:
        self.state.points += 1

    @action
    def explode(self, player: Player) -> None:
        self.state.points += 1000
        raise ZeroDivisionError("on purpose")
