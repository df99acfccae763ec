"""Tic-tac-toe: two seats, nine cells, and a stake if the table has one."""

from __future__ import annotations

from typing import Annotated

from parlour import Between, Game, Move, Options, Player, Reject, Stake, State, action

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


class Table(Options):
    stake: Stake | None = None


class Board(State):
    cells: list[int | None] = [None] * 9


class TicTacToe(Game[Board]):
    """Three in a row wins."""

    seats = 2
    turns = True
    turn_seconds = 60
    rated = True
    staked_by = "stake"
    options: Table

    @action
    def place(self, player: Player, cell: Annotated[int, Between(0, 8)]) -> None:
        cells = self.state.cells
        if cells[cell] is not None:
            raise Reject("cell_taken")
        cells[cell] = player.seat
        if line := next(([a, b, c] for a, b, c in LINES if cells[a] == cells[b] == cells[c] == player.seat), None):
            self.finish(player, line=line)
        elif None not in cells:
            self.finish()

    def bot(self, view: dict[str, list[int | None]]) -> Move:
        return "place", {"cell": self.random.choice([i for i, cell in enumerate(view["cells"]) if cell is None])}
