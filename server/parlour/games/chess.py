"""Chess, by the rules of python-chess."""

from __future__ import annotations

from typing import Annotated

from chess import BLACK, STARTING_FEN, WHITE, InvalidMoveError, Outcome, Termination
from chess import Board as Position
from chess import Move as Ply

from parlour import Clock, Game, Length, Move, Options, Player, Reject, Stake, State, action

COLORS = (WHITE, BLACK)
"""By seat."""


class Table(Options):
    stake: Stake | None = None


class Board(State):
    """A game so far; `seen` counts positions since the last pawn move or capture."""

    fen: str = STARTING_FEN
    moves: list[str] = []
    seen: dict[str, int] = {Position().epd(): 1}
    draw_offered_by: int | None = None


class Chess(Game[Board]):
    """Seat 0 is White. Five minutes each and three seconds a move; the clock of the player to move runs."""

    seats = 2
    turns = True
    clock = Clock(seconds=300, increment=3)
    staked_by = "stake"
    options: Table

    @action
    def move(self, player: Player, uci: Annotated[str, Length(4, 5)]) -> None:
        """Move a piece: `e2e4`, `e1g1` to castle, `e7e8q` to promote."""
        position = Position(self.state.fen)
        try:
            ply = Ply.from_uci(uci)
        except InvalidMoveError:
            raise Reject("not_a_move", f"{uci!r} is not a move in UCI notation, such as e2e4.") from None
        if ply not in position.legal_moves:
            raise Reject("illegal_move")
        self.make_move(position, ply)
        self.state.draw_offered_by = None
        self.end_if_decided(player, position)

    def make_move(self, position: Position, ply: Ply) -> None:
        """Play a legal move, and count the position it leads to."""
        state = self.state
        if position.is_irreversible(ply):
            state.seen.clear()
        position.push(ply)
        key = position.epd()
        state.seen[key] = state.seen.get(key, 0) + 1
        state.fen = position.fen()
        state.moves.append(ply.uci())

    def end_if_decided(self, player: Player, position: Position) -> None:
        """End the game where the position does; repetition and fifty moves draw without being claimed."""
        outcome = position.outcome()
        if outcome is None and (self.state.seen[position.epd()] >= 3 or position.halfmove_clock >= 100):
            repeated = position.halfmove_clock < 100
            outcome = Outcome(Termination.THREEFOLD_REPETITION if repeated else Termination.FIFTY_MOVES, None)
        if outcome is not None:
            self.finish(player if outcome.winner is not None else None, reason=outcome.termination.name.lower())

    @action(anytime=True)
    def resign(self, player: Player) -> None:
        self.finish(self.opponent(player), reason="resigned")

    @action(anytime=True)
    def draw(self, player: Player) -> None:
        """Offer a draw, or accept the one offered; a move by either declines it."""
        if self.state.draw_offered_by == player.seat:
            raise Reject("already_offered")
        if self.state.draw_offered_by is None:
            self.state.draw_offered_by = player.seat
        else:
            self.finish(reason="agreed")

    def on_timeout(self, player: Player | None) -> None:
        """Let the player out of time lose, unless the other could not mate with what is left: that draws."""
        assert player is not None
        other = self.opponent(player)
        harmless = Position(self.state.fen).has_insufficient_material(COLORS[other.seat])
        self.finish(None if harmless else other, reason="timeout")

    def bot(self, view: dict[str, str]) -> Move:
        plies = sorted(ply.uci() for ply in Position(view["fen"]).legal_moves)
        return "move", {"uci": self.random.choice(plies)}
