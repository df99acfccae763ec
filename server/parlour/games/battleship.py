"""Battleship: two hidden fleets; `view` alone decides what a player knows."""

from __future__ import annotations

from typing import Annotated, Any

from parlour import Between, Game, Move, Options, Player, Reject, Stake, State, action

WIDTH = 10
"""Cells of each side of a sea."""
LENGTHS = [2, 3, 3, 4, 5]
"""Of the ships of a fleet, in cells."""
PLACING_SECONDS = 120
"""For both players together."""


class Table(Options):
    stake: Stake | None = None


class Ship(State):
    """A ship; `cell` is its upper left end, 0 … 99 row by row."""

    cell: Annotated[int, Between(0, WIDTH * WIDTH - 1)]
    length: Annotated[int, Between(2, 5)]
    down: bool = False

    def cells(self) -> list[int]:
        """Return the cells that the ship covers; fewer than its length if it would leave the board."""
        row, column = divmod(self.cell, WIDTH)
        room = WIDTH - (row if self.down else column)
        return [self.cell + i * (WIDTH if self.down else 1) for i in range(min(self.length, room))]

    def sunk(self, shots: list[int]) -> bool:
        """Return whether every cell of the ship was hit."""
        return all(cell in shots for cell in self.cells())


class Sea(State):
    """The ships of each seat, and the shots that were fired at them."""

    fleets: list[list[Ship]] = [[], []]
    shots: list[list[int]] = [[], []]


class Battleship(Game[Sea]):
    """Place five ships, then sink the other's; a hit shoots again."""

    seats = 2
    turns = True
    turn_seconds = 60
    staked_by = "stake"
    options: Table

    def on_start(self) -> None:
        self.turn = None
        self.timer(PLACING_SECONDS)

    @action(hidden=True, anytime=True)
    def place_fleet(self, player: Player, ships: list[Ship]) -> None:
        fleets = self.state.fleets
        taken = [cell for ship in ships for cell in ship.cells()]
        if fleets[player.seat]:
            raise Reject("already_placed")
        if sorted(ship.length for ship in ships) != LENGTHS:
            raise Reject("wrong_fleet", f"A fleet has ships of the lengths {LENGTHS}.")
        if len(taken) < sum(LENGTHS):
            raise Reject("off_the_board")
        if len(set(taken)) < len(taken):
            raise Reject("ships_overlap")
        fleets[player.seat] = ships
        if all(fleets):
            self.timer(None)
            self.turn = self.players[0]

    @action
    def shoot(self, player: Player, cell: Annotated[int, Between(0, WIDTH * WIDTH - 1)]) -> None:
        target = self.opponent(player).seat
        fleet, shots = self.state.fleets[target], self.state.shots[target]
        if cell in shots:
            raise Reject("already_shot")
        shots.append(cell)
        if all(ship.sunk(shots) for ship in fleet):
            self.finish(player)
        elif any(cell in ship.cells() for ship in fleet):
            self.turn = player

    def on_timeout(self, player: Player | None) -> None:
        if player is not None:
            return super().on_timeout(player)
        ready = [p for p in self.players if self.state.fleets[p.seat]]
        return self.finish(ready[0] if len(ready) == 1 else None, reason="not_placed")

    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"seas": [self.sea(seat, self.over or (viewer is not None and viewer.seat == seat)) for seat in (0, 1)]}

    def sea(self, seat: int, all_of_it: bool) -> dict[str, Any]:
        """Return one side: whole for its owner; hits, misses and sunk ships for others."""
        fleet, shots = self.state.fleets[seat], self.state.shots[seat]
        hits = {cell for ship in fleet for cell in ship.cells()}
        return {
            "placed": bool(fleet),
            "ships": [ship for ship in fleet if all_of_it or ship.sunk(shots)],
            "shots": [{"cell": cell, "hit": cell in hits} for cell in shots],
        }

    def bot(self, view: dict[str, Any]) -> Move | None:
        mine, theirs = view["seas"][view["seat"]], view["seas"][1 - view["seat"]]
        if not mine["placed"]:
            rows = self.random.sample(range(WIDTH), len(LENGTHS))
            ships = [{"cell": row * WIDTH, "length": n} for row, n in zip(rows, LENGTHS, strict=True)]
            return "place_fleet", {"ships": ships}
        if view["turn"] != view["seat"]:
            return None
        shot = {s["cell"] for s in theirs["shots"]}
        return "shoot", {"cell": self.random.choice([c for c in range(WIDTH * WIDTH) if c not in shot])}
