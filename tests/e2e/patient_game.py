"""A game that waits for who is away, for a moment."""

from __future__ import annotations

from parlour import Game, Player, State, action


class Waits(State):
    moves: int = 0


class Patient(Game[Waits]):
    """Two players; who stays away for three seconds has left, and the other wins."""

    seats = 2
    drop_seconds = 3

    @action
    def move(self, player: Player) -> None:
        self.state.moves += 1
