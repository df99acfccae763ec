"""The referee of one room: checks what may be done, and runs the author's code on a world.

A hook that raises while the server itself speaks (a timeout, a leave, a tick) ends the game as `aborted`, for such an
entry cannot be refused; an action that raises is refused, and changes nothing. What each entry does to a world is
effects.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import orjson

from parlour.core.authoring.author_errors import PASSING, Report, aborted, problem_of
from parlour.core.authoring.chance import derived
from parlour.core.authoring.game import Game, over_days, overrides
from parlour.core.authoring.methods import Action, ChainHook
from parlour.core.authoring.rules import Rules
from parlour.core.authoring.seats import Seat, Seats
from parlour.core.authoring.stakes import Stake, owing, stakes
from parlour.core.authoring.values import Player
from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, Fact, World
from parlour.core.games.escrow import PREFIX, Settlement
from parlour.core.room import SERVER
from parlour.core.rooms.plain_state import is_plain
from parlour.errors import Illegal

MAX_STATE_BYTES = 256 * 1024
"""The author's state as JSON: it is copied at every action and stored in every snapshot."""


@dataclass(frozen=True, slots=True)
class ServedGame:
    """A game class as this process serves it.

    Attributes:
        rules: what was read off the class.
        guard: entered around the author's code; may raise `Stuck` in it when it does not come back.
        report: gets what the author's code raised where nobody is refused with it.
    """

    game: type[Game[Any]]
    rules: Rules
    guard: AbstractContextManager[None]
    report: Report


class Referee:
    """The rules of one game class, with one room's options.

    Attributes:
        bots: seats that the room's options leave to bots.
        stake: what each player has to put in before the game begins; None at a table without a stake.
        settlement: the escrow that pays the game out; None at a table that is not settled.
        is_staked: whether there is either of them.
        hooks: what events of a chain do, by name: the author's, those of a stake and those of the escrow.
        turn_ms: how long a turn may last, in games without a clock; None for ever.
        drop_ms: how long a player may be away; None for ever.
        report: gets what the author's code raised where nobody is refused with it.
    """

    def __init__(self, served: ServedGame, options: dict[str, Any], settlement: Settlement | None = None) -> None:
        """Raises Invalid where the options are not those of the rules."""
        self.rules = served.rules
        self.report = served.report
        self.game = served.game
        self.options = self.rules.read_options(options)
        self.bots: int = getattr(self.options, "bots", 0)
        stake = getattr(self.options, self.game.staked_by or "", None)
        self.stake = stake if isinstance(stake, Stake) else None
        self.settlement = settlement
        self.is_staked = self.stake is not None or settlement is not None
        escrow = {} if settlement is None else settlement.hooks(self.game.stake_finality)
        self.hooks = {**self.rules.hooks, **escrow}
        self.turn_ms = _in_ms(self.game.turn_seconds)
        self.drop_ms = None if over_days(self.game) else _in_ms(self.game.drop_seconds)

    def fresh(self, made: dict[str, Any] | None = None) -> World:
        """Return the world before anybody has joined.

        Args:
            made: which seats are kept for whom until when, at a table of matchmaking.
        """
        world = World(self.rules.state(), self.game.version, Seats([None] * self.rules.most))
        if made is not None:
            world.kept = {player["account"]: player["seat"] for player in made["players"]}
            world.confirm_by = made["confirmBy"]
        return world

    # ── what may be done ─────────────────────────────────────────────────────────────────────────────────────────

    def check_action(self, world: World, seat: int, action: Action) -> None:
        """Check that this seat may act now; raises Illegal with a built-in reason."""
        if world.status == ENDED:
            raise Illegal("The game is over.", reason="game_over")
        unstaked = self.unstaked(world) if self.is_staked else ()
        if seat in unstaked:
            raise Illegal("Your stake is not in, so you make no moves yet.", reason="not_staked")
        if world.status != PLAYING:
            awaited = "The game begins when every stake is in." if unstaked else "The game has not started."
            raise Illegal(awaited, reason="not_started")
        if world.paused_at is not None:
            raise Illegal("The game is paused.", reason="paused")
        if self.game.turns and not action.anytime and world.turn != seat:
            raise Illegal("It is not your turn.", reason="not_your_turn")

    def unstaked(self, world: World) -> list[int]:
        """Return the seats whose stake is not in, or was taken back; out of an escrow nobody takes it in a match."""
        if self.settlement is not None:
            return [] if world.status in (PLAYING, DRAWING) else self.settlement.missing(world)
        return [] if self.stake is None else owing(world, self.stake.amount)

    def stakes(self, world: World) -> list[int] | None:
        """Return what stands on the table in wei, by seat; None at a table without a stake."""
        if self.settlement is not None:
            return self.settlement.stakes(world)
        return None if self.stake is None else stakes(world)

    def names_contract(self, hook: ChainHook) -> bool:
        """Return whether a hook is for the events of one contract alone."""
        return hook.contract is not None or hook.name.startswith(PREFIX)

    def contract_of(self, hook: ChainHook) -> Any:
        """Return the `{chain, address}` that a hook is for; None where the options name none."""
        if hook.name.startswith(PREFIX):
            return None if self.settlement is None else self.settlement.terms
        return None if hook.contract is None else getattr(self.options, hook.contract, None)

    def check_join(self, world: World, fact: Fact) -> None:
        """Let the author's `on_join` refuse a player; raises what it raises."""
        if world.status != ENDED and overrides(self.game, "on_join"):
            trial = world.copy()
            player = self.take_seat(trial, fact)
            self.game_at(trial, fact).on_join(player)
            self.check_state(trial)

    def check_size(self, world: World) -> None:
        """Check that the state is small enough to store; raises Illegal."""
        if len(world.state.__pydantic_serializer__.to_json(world.state)) > MAX_STATE_BYTES:
            raise _too_large()

    def check_state(self, world: World) -> None:
        """Check that a snapshot would give the same state back; raises TypeError, or Illegal where it is too large."""
        state = world.state
        try:
            if is_plain(state):
                text, same = state.__pydantic_serializer__.to_json(state), True
            else:
                text = orjson.dumps(state.__pydantic_serializer__.to_python(state, mode="json", warnings="error"))
                same = state.__pydantic_validator__.validate_json(text) == state
        except (TypeError, ValueError) as error:  # pydantic's errors are ValueErrors, orjson's are TypeErrors
            raise TypeError(f"{type(state).__name__} would not survive a restart: {error}") from error
        if not same:
            raise TypeError(f"{type(state).__name__} would not survive a restart: it comes back as another.")
        if len(text) > MAX_STATE_BYTES:
            raise _too_large()

    # ── running the author's code ────────────────────────────────────────────────────────────────────────────────

    def game_at(self, world: World, fact: Fact) -> Game[Any]:
        """Return the author's game object for one entry, with its time, and its chance while the game is running."""
        draws = None
        if world.draw_seed and world.status == PLAYING:
            seed = bytes.fromhex(world.draw_seed)
            ticking = fact.type == "tick"
            draws = (derived(seed, "tick"), fact.seq, world.drawn) if ticking else (seed, fact.seq, 0)
        return self.game(world, self.options, draws, fact.at)

    def run_action(self, world: World, fact: Fact, seat: int, action: Action, args: dict[str, Any]) -> None:
        """Run an action of the author's; raises what the author raises."""
        if action.hidden:
            world.hidden = (*world.hidden, fact.seq)
        game = self.game_at(world, fact)
        action.method(game, world.seats.players[seat], **args)
        self._settle(world, game, fact.at, by=None if action.anytime else seat)

    def run_hook(self, world: World, fact: Fact, call: Callable[[Game[Any]], None]) -> Game[Any] | None:
        """Run a hook of an entry that cannot be refused.

        Where it raises, its changes are undone, and the game ends if it is on or was about to begin.

        Returns:
            The author's object after the call; None where the hook failed, now or when the entry was written.
        """
        if failure := fact.body.get("failed"):
            world.finished = world.finished or (aborted(failure) if world.status == PLAYING else None)
            return None
        before = world.copy()
        game = self.game_at(world, fact)
        try:
            call(game)
            self.check_state(world)
        except PASSING:
            raise
        except BaseException as error:
            world.become(before)
            self.report(fact.type, error)
            if world.status == PLAYING or fact.type == "game.started":
                world.finished = aborted("error", problem=problem_of(error))
            return None
        self._settle(world, game, fact.at, by=None)
        return game

    def run_input(self, world: World, given: dict[str, Any]) -> None:
        """Run an input `{seat, action, args}` within the current tick; raises what the author raises."""
        action = self.rules.actions[given["action"]]
        game = self.game_at(world, self._tick_fact(world))
        action.method(game, world.seats.players[given["seat"]], **action.parse(given["args"]))
        if game._chance is not None:
            world.drawn = game._chance.drawn
        if not world.seats.players[given["seat"]].bot:
            world.applied = {**world.applied, given["seat"]: world.applied.get(given["seat"], 0) + 1}

    def run_tick(self, world: World) -> None:
        """Play one tick; raises what the author raises."""
        assert self.game.tick_rate
        self.game_at(world, self._tick_fact(world)).tick(1 / self.game.tick_rate)
        world.tick += 1
        world.drawn = 0

    def _tick_fact(self, world: World) -> Fact:
        """Return the moment of the current tick: its own number stands where an entry has its seq."""
        assert self.game.tick_rate
        return Fact("tick", {}, SERVER, world.tick, world.tick_at + world.tick * 1000 // self.game.tick_rate)

    def placement(self, world: World) -> list[list[int]] | None:
        """Return the places of a finished match; None where it was broken off, or the author's code cannot say."""
        if world.finished is None or "aborted" in world.finished:
            return None
        trial = world.copy()
        try:
            placed = [
                list(place)
                for place in self.game_at(trial, Fact("placement", {}, SERVER, 0, world.turn_at)).placement()
            ]
            if sorted(seat for place in placed for seat in place) != sorted(world.seats.players):
                raise ValueError("placement: name every seat that was taken once.")
        except PASSING:
            raise
        except BaseException as error:
            self.report("placement", error)
            return None
        return placed

    # ── seats and turns ──────────────────────────────────────────────────────────────────────────────────────────

    def take_seat(self, world: World, fact: Fact) -> Player:
        """Put the account of a `game.seated` entry into its seat."""
        seat = fact.body["seat"]
        world.seats = world.seats.replaced(seat, Seat(fact.body["account"], bot=fact.body.get("bot", False)))
        if self.game.clock is not None and world.status == PLAYING:
            world.set_clock(seat, round(self.game.clock.seconds * 1000))
        return world.seats.players[seat]

    def pass_turn(self, world: World, to: int | None, at: int, by: int | None = None) -> None:
        """Give the turn to a seat or to nobody; the clock before stops, with an increment for `by`."""
        clock = self.game.clock
        if clock is not None and world.turn is not None:
            gained = round(clock.increment * 1000) if by == world.turn else 0
            world.set_clock(world.turn, max(0, world.clocks[world.turn] - (at - world.turn_at)) + gained)
        world.turn, world.turn_at = to, at

    def _settle(self, world: World, game: Game[Any], at: int, by: int | None) -> None:
        """Pass the turn on after the author's code: as it asked, or from seat `by` to the next."""
        if world.status != PLAYING:
            return
        if game._turned:
            self.pass_turn(world, game._next, at, by)
        elif by is not None and self.game.turns and world.finished is None:
            self.pass_turn(world, world.seats.after(by), at, by)


def _in_ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _too_large() -> Illegal:
    return Illegal(f"The game's state would exceed {MAX_STATE_BYTES} bytes.", reason="state_too_large")
