"""What an author writes a game with.

    class Board(State):
        cells: list[int | None] = [None] * 9

    class TicTacToe(Game[Board]):
        turns = True

        @action
        def place(self, player: Player, cell: Annotated[int, Between(0, 8)]) -> None:
            if self.state.cells[cell] is not None:
                raise Reject("cell_taken")
            self.state.cells[cell] = player.seat

A game is rules and nothing else: no clock, no I/O, no `random`. Time is `self.now`, chance is `self.random`. A method
that raises leaves the state as it was. docs/games.md builds one from nothing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic_core import to_jsonable_python

from parlour.core.authoring.chance import Chance, Draws
from parlour.core.authoring.marks import Finality
from parlour.core.authoring.values import Clock, Player
from parlour.core.authoring.world import ENDED, PLAYING, World, clone_json
from parlour.core.boards.declared import Board
from parlour.core.canonical_json import canonical
from parlour.core.room import Account
from parlour.core.rooms.state import Options, State

S = TypeVar("S", bound=State)
Move = tuple[str, dict[str, Any]]
"""What `bot` answers: the action's name and its arguments."""


MAX_RESULT_BYTES = 16 * 1024
"""Of a result as JSON: it is in the log, and in every view after the end."""
ASYNCHRONOUS_SECONDS = 3600
"""A turn as long as this is not waited for at the table."""
MAX_STORED_BYTES = 4 * 1024
"""Of what a match leaves of one account, as JSON: it is in the log, and is read before every later match."""
SHORTEST_TIMER_MS = 100
"""A timer that rings again and again must not fill the log."""
_SETTABLE = frozenset(("state", "turn", "_next", "_turned"))


class Game(Generic[S]):
    """Base of every game. Set what differs, write `@action` methods, override the hooks you need.

    Attributes:
        kind: the room kind; by default the class name in kebab-case.
        version: raise it when old logs would play differently; write `migrate` to carry running matches over.
        seats: how many play, or (fewest, most). A game starts when all seats are taken, or from the fewest on when a
            player posts the action `start`.
        turns: out of turn is refused, and an accepted action passes the turn on unless it sets `self.turn`.
        turn_seconds: a turn longer than this leads to `on_timeout`.
        clock: a budget per player instead, as in chess.
        drop_seconds: a player without a connection for this long has left; None waits for ever, as games do
            whose turns last an hour or more.
        late_join: free seats may be taken during the game, which starts with the fewest players.
        pausable: players may post `pause` and `resume`.
        fair: players contribute to chance (`commit`, `contribute`) before the game begins; see chance.py.
        staked_by: name of the option that, where it is set, means that the table holds a stake: a signed action then
            needs the account's own key, or a session key delegated to for that very room. Where the option is a
            `Stake`, the game begins once every player's stake is in.
        stake_finality: how sure the chain must be of a stake.
        tick_rate: ticks per second; `tick(dt)` is called that often.
        bot_seconds: how long a bot thinks.
        rated: whether matches that matchmaking made count: True for OpenSkill, "elo" for Elo, which chess players know.
        boards: who is best at what, of the matches that matchmaking made (core/boards/declared.py).
        remembers: `self.load` and `self.store` may be used.
        teams: seats by team, where people do not play each for themselves: `[[0, 1], [2, 3]]`.
    """

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1
    seats: ClassVar[int | tuple[int, int]] = 2
    turns: ClassVar[bool] = False
    turn_seconds: ClassVar[float | None] = None
    clock: ClassVar[Clock | None] = None
    drop_seconds: ClassVar[float | None] = 60
    late_join: ClassVar[bool] = False
    pausable: ClassVar[bool] = False
    fair: ClassVar[bool] = False
    staked_by: ClassVar[str | None] = None
    stake_finality: ClassVar[Finality] = "included"
    tick_rate: ClassVar[int | None] = None
    bot_seconds: ClassVar[float] = 0.6
    rated: ClassVar[bool | Literal["elo"]] = False
    boards: ClassVar[Sequence[Board]] = ()
    remembers: ClassVar[bool] = False
    teams: ClassVar[Sequence[Sequence[int]]] = ()

    options: Options
    now: int
    """When this happens, ms since 1970 UTC; the same on every replay."""
    _world: World
    _draws: Draws | None
    _chance: Chance | None
    _turned: bool
    _next: int | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" not in vars(cls):
            cls.kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()
        migrate = vars(cls).get("migrate")
        if inspect.isfunction(migrate):
            # Written as a method: there is no game yet to be its `self`, so it gets the class.
            with_self = len(inspect.signature(migrate).parameters) > 2
            cls.migrate = classmethod(migrate) if with_self else staticmethod(migrate)  # type: ignore[method-assign, assignment]

    def __init__(self, world: World, options: Options, draws: Draws | None, now: int) -> None:
        """The referee makes one for each entry; authors never do."""
        # Past __setattr__, which is the authors'.
        vars(self).update(
            options=options, now=now, _world=world, _draws=draws, _chance=None, _turned=False, _next=world.turn
        )

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to set what would be lost when the method ends."""
        if name not in _SETTABLE:
            raise AttributeError(f"self.{name} would be forgotten; declare {name} in your State: self.state.{name}.")
        object.__setattr__(self, name, value)

    # ── what an author uses ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> S:
        """All that the game remembers; set it to begin anew with a whole new one."""
        state: S = self._world.state  # type: ignore[assignment]  # Rules made sure that it is an S
        return state

    @state.setter
    def state(self, state: S) -> None:
        if type(state) is not type(self._world.state):
            raise TypeError(f"self.state is a {type(self._world.state).__name__}.")
        self._world.state = state

    @property
    def players(self) -> list[Player]:
        """The players in the game, by seat; without those who left."""
        return [self._world.seats.players[seat] for seat in self._world.seats.playing]

    def player_of(self, account: Account) -> Player | None:
        """Return the player with this account or address, or None."""
        return next((p for p in self.players if p.account == account or p.account.endswith(f":{account}")), None)

    def opponent(self, player: Player) -> Player:
        """Return the other one of two players; raises StopIteration where nobody else is left."""
        return next(other for other in self.players if other.seat != player.seat)

    @property
    def turn(self) -> Player | None:
        """The player on turn; set it to pass the turn to somebody, or to None for nobody."""
        return None if self._next is None else self._world.seats.players[self._next]

    @turn.setter
    def turn(self, player: Player | None) -> None:
        self._next = _seat(player)
        self._turned = True

    @property
    def first(self) -> int:
        """The seat that goes first in this round; the next one does in a rematch."""
        return self._world.first

    @property
    def over(self) -> bool:
        """Whether the game has ended: then a view may show everything."""
        return self._world.status == ENDED

    @property
    def random(self) -> Chance:
        """Chance that anybody can check after the game; raises RuntimeError before it has begun."""
        chance = self._chance
        if chance is None:
            if self._draws is None:
                raise RuntimeError("self.random can be used from on_start on: its seed is drawn when the game starts.")
            chance = vars(self)["_chance"] = Chance(*self._draws)  # most entries draw nothing
        return chance

    def timer(self, seconds: float | None) -> None:
        """Call `on_timeout(None)` in so many seconds; setting the one timer again moves it, None stops it.

        Args:
            seconds: a tenth at least.
        """
        self._world.timer = None if seconds is None else self.now + max(SHORTEST_TIMER_MS, round(seconds * 1000))

    def finish(self, winner: Player | None = None, **result: Any) -> None:
        """End the game; no winner is a draw. More keys go into the result: `self.finish(scores=[3, 5])`."""
        if "account" in result:
            raise TypeError("self.finish: `account` is the winner's; name yours otherwise.")
        if self._world.status == PLAYING and self._world.finished is None:
            named = {"winner": _seat(winner), "account": winner and winner.account}
            whole = to_jsonable_python({**named, **result})
            # What could not be stored, or sent, has to fail here, in the author's code.
            if len(canonical(whole)) > MAX_RESULT_BYTES:
                raise ValueError(f"A result is {MAX_RESULT_BYTES} bytes of JSON at most.")
            self._world.finished = whole

    def load(self, player: Player) -> dict[str, Any]:
        """Return what matches of this kind left of a player's account, as it was when this one began.

        Empty for a newcomer and for a bot. A change of it lasts by `self.store` alone.
        """
        self._check_remembers()
        loaded: dict[str, Any] = clone_json(self._world.loaded.get(player.account, {}))
        return loaded

    def store(self, player: Player, values: dict[str, Any]) -> None:
        """Leave values (a JSON object of 4 kB at most) of a player's account to later matches of this kind.

        They take the place of those before once this match has ended. A match that is aborted leaves nothing, nor does
        a bot.
        """
        self._check_remembers()
        whole = to_jsonable_python(values)
        if not isinstance(whole, dict):
            raise TypeError("self.store: the values are a dict.")
        if len(canonical(whole)) > MAX_STORED_BYTES:
            raise ValueError(f"self.store: the values are {MAX_STORED_BYTES} bytes of JSON at most.")
        if self._world.status == PLAYING and not player.bot:
            self._world.stored = {**self._world.stored, player.account: whole}

    def _check_remembers(self) -> None:
        if not self.remembers:
            raise RuntimeError("self.load and self.store need `remembers = True` in the class.")

    def reveal(self) -> None:
        """Show every hidden action so far to everybody."""
        self._world.hidden = ()

    # ── what an author may override ──────────────────────────────────────────────────────────────────────────────

    def on_join(self, player: Player) -> None:
        """React to a seat being taken; raise Reject to keep the player out."""

    def on_start(self) -> None:
        """Begin the game, or a rematch with a new state; all players and `self.random` are there."""

    def on_drop(self, player: Player) -> None:
        """React to a player losing the connection, who may come back within `drop_seconds`."""

    def on_return(self, player: Player) -> None:
        """React to a dropped player coming back."""

    def on_leave(self, player: Player) -> None:
        """React to a player leaving for good, no longer in `self.players`. By default the last one left wins."""
        if len(self.players) == 1:
            self.finish(self.players[0], reason="left")

    def on_timeout(self, player: Player | None) -> None:
        """React to a turn or a clock running out (`player`), or to your own timer (None).

        By default one of two loses; among more, the turn passes on, or with a `clock` the player is out.
        """
        if player is not None and len(self.players) == 2:
            self.finish(self.opponent(player), reason="timeout")

    def tick(self, dt: float) -> None:
        """Move the game on, `tick_rate` times a second; `dt` is always 1 / tick_rate, also on replay."""

    def view(self, viewer: Player | None) -> Any:
        """Return what this viewer may see, a JSON object; None is a spectator. By default all see everything."""
        return self.state.model_dump(mode="json")

    def bot(self, view: dict[str, Any]) -> Move | None:
        """Return a bot's move, such as `("place", {"cell": 4})`; None to wait.

        It knows only its own view, and its `view["seat"]`."""
        return None

    def placement(self) -> list[list[int]]:
        """Return the seats of a finished match, the best first; seats in one list share a place.

        By default the winner, or the winner's team, is first and all others share the second place. Ratings follow it.
        """
        return places(self._world.finished, list(self._world.seats.players), self.teams)

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        """Return an older version's state (JSON) in today's shape. Without it, old matches open read-only."""
        raise NotImplementedError


def _seat(player: Player | None) -> int | None:
    if player is None:
        return None
    if not isinstance(player, Player):
        raise TypeError(f"{player!r} is no Player; write self.players[…].")
    return player.seat


def places(result: dict[str, Any] | None, seats: list[int], teams: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the places of a match by its winner alone."""
    winner = (result or {}).get("winner")
    best = next((list(team) for team in teams if winner in team), [winner]) if winner is not None else []
    return [place for place in (best, [seat for seat in seats if seat not in best]) if place]


def seat_range(game: type[Game[Any]]) -> tuple[int, int]:
    """Return how many may play: (fewest, most)."""
    return game.seats if isinstance(game.seats, tuple) else (game.seats, game.seats)


def over_days(game: type[Game[Any]]) -> bool:
    """Return whether people play it without being there at once: nobody is put out for being away."""
    return game.turn_seconds is not None and game.turn_seconds >= ASYNCHRONOUS_SECONDS


def overrides(game: type[Game[Any]], name: str) -> bool:
    """Return whether the author wrote this hook."""
    return getattr(game, name) is not getattr(Game, name) and (
        getattr(getattr(game, name), "__func__", None) is not getattr(getattr(Game, name), "__func__", 0)
    )
