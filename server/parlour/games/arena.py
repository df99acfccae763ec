"""Arena: up to 32 ships collect the same coins. Lengths are integers, in tenths of a unit."""

from __future__ import annotations

from typing import Annotated, Any

from parlour import Between, Game, Move, Options, Player, State, action

SIZE = 1000
"""Of each side of the field."""
SPEED = 240
"""Of a ship, a second."""
REACH = 30
"""How near, on each axis, a ship must come to a coin to get it."""
COINS = 8
"""On the field at any time."""

Axis = Annotated[int, Between(-1, 1)]


class Field(Options):
    goal: Annotated[int, Between(1, 1000)] = 20


class Ship(State):
    x: int
    y: int
    dx: int = 0
    dy: int = 0
    coins: int = 0


class Space(State):
    ships: dict[int, Ship] = {}
    coins: list[list[int]] = []


class Arena(Game[Space]):
    """Steer with the arrow keys; the first ship to collect the goal's number of coins wins."""

    seats = (1, 32)
    late_join = True
    tick_rate = 20
    drop_seconds = 10
    bot_seconds = 0.3
    rated = True
    options: Field

    def on_start(self) -> None:
        self.state.coins = [self.anywhere() for _ in range(COINS)]

    def on_join(self, player: Player) -> None:
        corner = player.seat * 617 % SIZE
        self.state.ships[player.seat] = Ship(x=corner, y=SIZE - corner)

    def on_drop(self, player: Player) -> None:
        ship = self.state.ships[player.seat]
        ship.dx = ship.dy = 0

    def on_leave(self, player: Player) -> None:
        del self.state.ships[player.seat]

    @action
    def steer(self, player: Player, dx: Axis, dy: Axis) -> None:
        ship = self.state.ships[player.seat]
        ship.dx, ship.dy = dx, dy

    def tick(self, dt: float) -> None:
        step = round(SPEED * dt)
        for player in self.players:
            ship = self.state.ships[player.seat]
            ship.x = min(SIZE, max(0, ship.x + ship.dx * step))
            ship.y = min(SIZE, max(0, ship.y + ship.dy * step))
            for coin in self.state.coins:
                if abs(coin[0] - ship.x) < REACH and abs(coin[1] - ship.y) < REACH:
                    coin[:] = self.anywhere()
                    ship.coins += 1
            if ship.coins >= self.options.goal:
                self.finish(player)

    def anywhere(self) -> list[int]:
        """Draw a place on the field."""
        return [self.random.below(SIZE), self.random.below(SIZE)]

    def view(self, viewer: Player | None) -> dict[str, Any]:
        """Show ships as columns instead of objects, so that an update of all of them is two short arrays."""
        ships = self.state.ships
        return {
            "ships": list(ships),
            "x": [ship.x for ship in ships.values()],
            "y": [ship.y for ship in ships.values()],
            "score": [ship.coins for ship in ships.values()],
            "coins": self.state.coins,
            "size": SIZE,
        }

    def bot(self, view: dict[str, Any]) -> Move:
        me = view["ships"].index(view["seat"])
        x, y = view["x"][me], view["y"][me]
        coin = min(view["coins"], key=lambda c: abs(c[0] - x) + abs(c[1] - y))
        return "steer", {"dx": toward(x, coin[0]), "dy": toward(y, coin[1])}


def toward(here: int, there: int) -> int:
    """Return the direction on one axis; 0 where the target is near enough."""
    return 0 if abs(there - here) < REACH // 2 else 1 if there > here else -1
