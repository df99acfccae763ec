"""Chess, by the rules of python-chess."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from chess import BLACK, STARTING_FEN, WHITE, InvalidMoveError, Outcome, Termination
from chess import Board as Position
from chess import Move as Ply
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from parlour import Clock, Game, Length, Move, Options, Player, Reject, Stake, State, action


class Table(Options):
    stake: Stake | None = None


class Board(State):
    """A game so far; `seen` counts positions since the last pawn move or capture."""

    fen: str = STARTING_FEN
    moves: list[str] = []
    seen: dict[str, int] = {Position().epd(): 1}
    draw_offered_by: int | None = None


class Shown(TypedDict):
    """A board as everybody sees it.

    Attributes:
        white: the seat that plays White.
        legal: what the player on turn may play, in UCI notation with spaces between.
        check: whether that player's king is attacked.
    """

    fen: str
    moves: list[str]
    seen: dict[str, int]
    draw_offered_by: int | None
    white: int
    legal: str
    check: bool


class Chess(Game[Board]):
    """Five minutes each and three seconds a move; the clock of the player to move runs.

    Who goes first is White, so the colors change in a rematch.
    """

    seats = 2
    turns = True
    clock: ClassVar[Clock | None] = Clock(seconds=300, increment=3)
    rated = "elo"
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
            raise Reject("illegal_move", f"{uci} is no legal move here.")
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
        """End the game where the position decides it; repetition and fifty moves draw without a claim."""
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
            raise Reject("already_offered", "You offered a draw already; it is the other's to accept.")
        if self.state.draw_offered_by is None:
            self.state.draw_offered_by = player.seat
        else:
            self.finish(reason="agreed")

    def on_timeout(self, player: Player | None) -> None:
        """Let the player out of time lose; a draw where the opponent has too few pieces to mate."""
        assert player is not None
        other = self.opponent(player)
        color = WHITE if other.seat == self.first else BLACK
        harmless = Position(self.state.fen).has_insufficient_material(color)
        self.finish(None if harmless else other, reason="timeout")

    def view(self, viewer: Player | None) -> Shown:
        state, position = self.state, Position(self.state.fen)
        plies = () if self.over else sorted(ply.uci() for ply in position.legal_moves)
        return {
            "fen": state.fen,
            "moves": state.moves,
            "seen": state.seen,
            "draw_offered_by": state.draw_offered_by,
            "white": self.first,
            "legal": " ".join(plies),
            "check": position.is_check(),
        }

    def bot(self, view: dict[str, Any]) -> Move:
        return "move", {"uci": self.random.choice(view["legal"].split())}


class DailyChess(Chess):
    """A day for each move: nobody has to be there at once, and whoever is to move gets a notice."""

    clock = None
    turn_seconds = 24 * 3600
