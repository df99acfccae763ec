"""Connect Four as an author writes it after reading docs/games.md: no page of the demo knows of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from parlour import Between, Game, Length, Move, Options, Player, Reject, State, action

ROWS, COLUMNS = 6, 7
LINES = ((0, 1), (1, 0), (1, 1), (1, -1))


class Board(Options):
    to_win: Annotated[int, Between(3, 5)] = 4
    opening: Literal["free", "centre"] = "free"
    motto: Annotated[str, Length(0, 40)] = ""


class Grid(State):
    cells: list[list[int | None]] = [[None] * COLUMNS for _ in range(ROWS)]


class ConnectFour(Game[Grid]):
    """Drop discs into columns; a line of yours wins."""

    seats = 2
    turns = True
    turn_seconds = 60
    options: Board

    @action
    def drop(self, player: Player, column: Annotated[int, Between(0, COLUMNS - 1)]) -> None:
        """Let a disc fall into a column, counted from 0."""
        cells = self.state.cells
        free = [row for row in range(ROWS) if cells[row][column] is None]
        if not free:
            raise Reject("column_full", "That column is full.")
        empty = all(cell is None for row in cells for cell in row)
        if empty and self.options.opening == "centre" and column != COLUMNS // 2:
            raise Reject("centre_first")
        cells[free[-1]][column] = player.seat
        if any(self.length(free[-1], column, *line) >= self.options.to_win for line in LINES):
            self.finish(player)
        elif all(None not in row for row in cells):
            self.finish()

    def length(self, row: int, column: int, down: int, right: int) -> int:
        return 1 + self.run(row, column, down, right) + self.run(row, column, -down, -right)

    def run(self, row: int, column: int, down: int, right: int) -> int:
        cells, mine, length = self.state.cells, self.state.cells[row][column], 0
        while 0 <= (row := row + down) < ROWS and 0 <= (column := column + right) < COLUMNS:
            if cells[row][column] != mine:
                break
            length += 1
        return length

    @action(anytime=True)
    def resign(self, player: Player) -> None:
        self.finish(self.opponent(player), reason="resigned")

    def bot(self, view: dict[str, Any]) -> Move:
        free = [column for column in range(COLUMNS) if view["cells"][0][column] is None]
        return "drop", {"column": self.random.choice(free)}
