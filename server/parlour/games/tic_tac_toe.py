"""Tic-tac-toe: two seats, nine cells, and a stake if the table has one."""

from __future__ import annotations

from typing import Annotated

from parlour import Address, Amount, Between, ChainLog, Game, Move, Options, Player, Reject, State, action, on_chain

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


class Stake(Options):
    """The contract in which each player must have staked `amount` or more."""

    chain: int
    address: Address
    amount: Amount = 1


class Table(Options):
    stake: Stake | None = None


class Board(State):
    cells: list[int | None] = [None] * 9
    staked: list[Amount] = [0, 0]
    pot: Amount = 0


class TicTacToe(Game[Board]):
    """Three in a row wins the pot."""

    seats = 2
    turns = True
    turn_seconds = 60
    staked_by = "stake"
    options: Table

    @action
    def place(self, player: Player, cell: Annotated[int, Between(0, 8)]) -> None:
        cells, stake = self.state.cells, self.options.stake
        if stake is not None and self.state.staked[player.seat] < stake.amount:
            raise Reject("not_staked")
        if cells[cell] is not None:
            raise Reject("cell_taken")
        cells[cell] = player.seat
        if line := next(([a, b, c] for a, b, c in LINES if cells[a] == cells[b] == cells[c] == player.seat), None):
            self.finish(player, line=line)
        elif None not in cells:
            self.finish()

    # Play goes on at once; where a reorg takes a stake back, the moves it allowed are void.
    @on_chain("Staked(address indexed player, uint256 amount)", finality="included", contract="stake")
    def staked(self, log: ChainLog) -> None:
        if player := self.player_of(log.args["player"]):
            self.state.staked[player.seat] += log.args["amount"]
            self.state.pot += log.args["amount"]

    def bot(self, view: dict[str, list[int | None]]) -> Move:
        return "place", {"cell": self.random.choice([i for i, cell in enumerate(view["cells"]) if cell is None])}
