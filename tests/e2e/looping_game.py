"""A game whose author forgot how to stop."""

from __future__ import annotations

from parlour import Game, Player, State, action


class Laps(State):
    run: int = 0


class Looping(Game[Laps]):
    """One seat; `loop` never comes back."""

    seats = 1

    @action
    def lap(self, player: Player) -> None:
        self.state.run += 1

    @action
    def loop(self, player: Player) -> None:
        while True:
            try:
                self.state.run += 1
            except Exception:
                continue
