"""The referee: what each `game.*` entry does to a game's world. Pure, and the same in `handle` and on replay.

The referee runs the author's code. A hook that raises while the server itself speaks (a timeout, a leave, a tick) ends
the game as `aborted`, for such an entry cannot be refused; an action that raises is refused, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

import orjson

from parlour.core.games.chance import Chance, combined, derived
from parlour.core.games.game import ChainLog, Game, Player, overrides, player_at
from parlour.core.games.rules import Action, ChainHook, Rules
from parlour.core.games.world import DRAWING, ENDED, PLAYING, WAITING, Fact, Seat, World
from parlour.core.room import SERVER
from parlour.errors import Illegal, ParlourError

DRAW_SECONDS = 60
"""How long players may take to contribute to chance, both steps together."""
MAX_STATE_BYTES = 256 * 1024
"""The author's state as JSON: it is copied at every action and stored in every snapshot."""
REMEMBERED_INPUTS = 1024
"""Ids of a ticking game's latest inputs: a retry within minutes is safe."""

_LEVELS = {"included": 0, "safe": 1, "finalized": 2}


class Stuck(BaseException):
    """Raised by the host's watchdog inside an author's code that does not come back.

    Not an Exception, so that an author's `except Exception` does not swallow it.
    """


PASSING = (Stuck, KeyboardInterrupt)
"""Raised into an author's code from outside: by the watchdog, at a keyboard. Whatever else it raises, `sys.exit()` and
BaseExceptions of its own too, is the game's fault and must not reach the server's loop."""


class Report(Protocol):
    """Is told what the author's code raised, and where: `on_timeout`, `view` …"""

    def __call__(self, where: str, error: BaseException) -> None: ...


def ignore(where: str, error: BaseException) -> None:
    """A Report to nobody."""


class Referee:
    """The rules of one game class, with one room's options."""

    def __init__(self, rules: Rules, options: dict[str, Any], report: Report = ignore) -> None:
        """Args: report: is told what the author's code raised where that is nobody's refusal."""
        self.rules = rules
        self.report = report
        self.game = rules.game
        self.options = rules.read_options(options)
        self.bots: int = getattr(self.options, "bots", 0)

    def fresh(self) -> World:
        """The world before anybody has joined."""
        return World(self.rules.state(), self.game.version, [None] * self.rules.most)

    # ── judging what players ask ─────────────────────────────────────────────────────────────────────────────────

    def check_action(self, world: World, seat: int, action: Action) -> None:
        """Whether this seat may act now; raises Illegal with a built-in reason."""
        if world.status == ENDED:
            raise Illegal("The game is over.", reason="game_over")
        if world.status != PLAYING:
            raise Illegal("The game has not started.", reason="not_started")
        if world.paused_at is not None:
            raise Illegal("The game is paused.", reason="paused")
        if self.game.turns and not action.anytime and world.turn != seat:
            raise Illegal("It is not your turn.", reason="not_your_turn")

    def check_size(self, world: World) -> None:
        """Refuse what makes the state too large to keep."""
        _check_size(world.state.__pydantic_serializer__.to_json(world.state))

    def check_state(self, world: World) -> None:
        """Refuse a state too large to keep; raises TypeError for one that a snapshot could not give back."""
        state = world.state
        try:
            text = orjson.dumps(state.__pydantic_serializer__.to_python(state, mode="json", warnings="error"))
            same = state.__pydantic_validator__.validate_json(text) == state
        except (TypeError, ValueError) as error:  # pydantic's errors are ValueErrors, orjson's are TypeErrors
            raise TypeError(f"{type(state).__name__} would not survive a restart: {error}") from error
        if not same:
            raise TypeError(f"{type(state).__name__} would not survive a restart: it comes back as another.")
        _check_size(text)

    def check_join(self, world: World, fact: Fact) -> None:
        """Let the author's `on_join` object while somebody can still be refused; raises what it raises."""
        if world.status != ENDED and overrides(self.game, "on_join"):
            trial = world.copy()
            player = self._take_seat(trial, fact)
            self._game(trial, fact).on_join(player)
            self.check_state(trial)

    def act(self, world: World, fact: Fact, seat: int, action: Action, args: dict[str, Any]) -> None:
        """Run an action of the author's; raises what the author raises."""
        if action.hidden:
            world.hidden.append(fact.seq)
        game = self._game(world, fact)
        action.method(game, player_at(world, seat), **args)
        self._after(world, game, fact.at, by=None if action.anytime else seat)

    # ── what entries do ──────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, world: World, fact: Fact) -> None:
        """Change `world` as the entry says. For `game.action` raises what the author raises."""
        effect = _EFFECTS.get(fact.type)
        if effect is not None:
            effect(self, world, fact)

    def _action(self, world: World, fact: Fact) -> None:
        name, args = fact.body["action"], fact.body.get("args", {})
        seat: Any = fact.body["seat"] if fact.author == SERVER else world.seat_of(fact.author)
        action = self.rules.actions.get(name)
        if action is not None:
            self.act(world, fact, seat, action, action.parse(args))
            return
        if name == "rematch":
            world.rematch.append(seat)
        elif name == "commit":
            world.commits[seat] = args["hash"]
        elif name == "contribute":
            world.values[seat] = args["value"]
            if len(world.values) == len(self.contributors(world)):
                values = [bytes.fromhex(world.values[s][2:]) for s in sorted(world.values)]
                world.draw_seed = combined(bytes.fromhex(world.seed), values).hex()
                self._begin(world, fact)

    def contributors(self, world: World) -> list[int]:
        """Seats that contribute to chance: everybody but bots."""
        return [n for n in world.playing() if not player_at(world, n).bot]

    def owing(self, world: World) -> list[int]:
        """Seats whose contribution to chance is awaited."""
        asked = self.contributors(world)
        given = world.values if len(world.commits) == len(asked) else world.commits
        return [seat for seat in asked if seat not in given]

    def _seated(self, world: World, fact: Fact) -> None:
        player = self._take_seat(world, fact)
        if world.status == ENDED:
            world.rematch.append(player.seat)
        else:
            self._hook(world, fact, lambda game: game.on_join(player))

    def _take_seat(self, world: World, fact: Fact) -> Player:
        seat = fact.body["seat"]
        world.seats[seat] = Seat(fact.body["account"], bot=fact.body.get("bot", False))
        if self.game.clock is not None and world.status == PLAYING:
            world.clocks[seat] = round(self.game.clock.seconds * 1000)
        return player_at(world, seat)

    def _seed(self, world: World, fact: Fact) -> None:
        world.seed = fact.body["seed"]
        world.secret.append(fact.seq)

    def _started(self, world: World, fact: Fact) -> None:
        rematch = world.round > 0
        world.round, world.first = fact.body["round"], fact.body["first"]
        world.commitment = fact.body["commitment"]
        world.result = world.finished = world.timer = None
        world.hidden, world.rematch, world.commits, world.values = [], [], {}, {}
        world.unsettled, world.tick, world.drawn = [], 0, 0
        world.seats = [seat and (None if seat.gone else seat) for seat in world.seats]
        if rematch:
            world.state = self.rules.state()
            for seat in world.playing():
                self._hook(world, fact, lambda game, seat=seat: game.on_join(player_at(world, seat)))  # type: ignore[misc]
        if self.game.fair:
            world.status, world.turn = DRAWING, None
            world.turn_at = fact.at
            return
        world.draw_seed = world.seed
        self._begin(world, fact)

    def _begin(self, world: World, fact: Fact) -> None:
        world.status = PLAYING
        world.tick_at = world.turn_at = fact.at
        world.turn = world.next_seat(world.first - 1) if self.game.turns else None
        if self.game.clock is not None:
            world.clocks = [round(self.game.clock.seconds * 1000)] * len(world.seats)
        self._hook(world, fact, lambda game: game.on_start())

    def _dropped(self, world: World, fact: Fact) -> None:
        seat = fact.body["seat"]
        taken = world.seats[seat]
        assert taken is not None
        world.seats[seat] = taken._replace(away=fact.at)
        self._hook(world, fact, lambda game: game.on_drop(player_at(world, seat)))

    def _returned(self, world: World, fact: Fact) -> None:
        seat = fact.body["seat"]
        taken = world.seats[seat]
        assert taken is not None
        world.seats[seat] = taken._replace(away=None)
        self._hook(world, fact, lambda game: game.on_return(player_at(world, seat)))

    def _left(self, world: World, fact: Fact) -> None:
        seat = fact.body["seat"]
        player = player_at(world, seat)
        taken = world.seats[seat]
        assert taken is not None
        world.seats[seat] = None if world.status == WAITING else taken._replace(gone=True)
        if world.status == DRAWING:
            world.finished = aborted("left", seat=seat)
            return
        if world.status == ENDED:
            world.rematch = [n for n in world.rematch if n != seat]
            return
        self._hook(world, fact, lambda game: game.on_leave(player))
        if world.status == PLAYING and world.finished is None:
            if all(player_at(world, n).bot for n in world.playing()):
                world.finished = aborted("abandoned")
            elif world.turn == seat:
                self._pass_turn(world, world.next_seat(seat), fact.at)

    def _timeout(self, world: World, fact: Fact) -> None:
        seat = fact.body.get("seat")
        if world.status == DRAWING:
            world.finished = aborted("no_contribution", seats=fact.body["missing"])
            return
        if seat is None:
            world.timer = None
        elif world.clocks:
            world.clocks[seat] = 0
        before = world.turn
        game = self._hook(world, fact, lambda game: game.on_timeout(None if seat is None else player_at(world, seat)))
        if seat is None or world.finished is not None or (game is not None and game._turned):
            return
        if world.clocks:
            self._out_of_time(world, seat)
        if world.turn == before:
            self._pass_turn(world, world.next_seat(seat), fact.at)

    def _out_of_time(self, world: World, seat: int) -> None:
        """With a clock nobody plays on at zero: the player is out, and the last one left wins."""
        taken = world.seats[seat]
        assert taken is not None
        world.seats[seat] = taken._replace(gone=True)
        left = world.playing()
        if len(left) <= 1:
            winner = player_at(world, left[0]) if left else None
            world.finished = {"winner": winner and winner.seat, "account": winner and winner.account}
            world.finished["reason"] = "timeout"

    def _paused(self, world: World, fact: Fact) -> None:
        world.paused_at = fact.at

    def _resumed(self, world: World, fact: Fact) -> None:
        """Move every deadline by the time the game stood still; what began meanwhile begins now."""
        ms = fact.body["pausedMs"]
        world.paused_at = None
        world.turn_at = min(world.turn_at + ms, fact.at)
        self._keep_time(world, fact.at)
        if world.timer is not None:
            world.timer += ms
        for number, seat in enumerate(world.seats):
            if seat is not None and seat.away is not None:
                world.seats[number] = seat._replace(away=min(seat.away + ms, fact.at))

    def _ended(self, world: World, fact: Fact) -> None:
        world.status, world.result = ENDED, fact.body["result"]
        world.turn = world.timer = world.paused_at = None
        world.finished = None
        world.hidden, world.secret, world.held = [], [], []

    def _migrated(self, world: World, fact: Fact) -> None:
        world.become(World.load(orjson.loads(fact.body["world"]), self.rules.state))
        world.secret.append(fact.seq)

    # ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _keep_time(self, world: World, at: int) -> None:
        """Bring the ticks' own time up to the log's: some were skipped, or the game stood still."""
        if rate := self.game.tick_rate:
            world.tick_at = max(world.tick_at, at - world.tick * 1000 // rate)

    def tick_fact(self, world: World) -> Fact:
        """The moment of the current tick: its own number stands where an entry has its seq."""
        assert self.game.tick_rate
        return Fact("tick", {}, SERVER, world.tick, world.tick_at + world.tick * 1000 // self.game.tick_rate)

    def input(self, world: World, given: dict[str, Any]) -> None:
        """One player's input within the current tick; raises what the author raises."""
        action = self.rules.actions[given["action"]]
        game = self._game(world, self.tick_fact(world))
        action.method(game, player_at(world, given["seat"]), **action.parse(given["args"]))
        world.drawn = game._chance.drawn if game._chance is not None else 0

    def tick(self, world: World) -> None:
        """Play one tick; raises what the author raises."""
        assert self.game.tick_rate
        self._game(world, self.tick_fact(world)).tick(1 / self.game.tick_rate)
        world.tick += 1
        world.drawn = 0

    def _ticked(self, world: World, fact: Fact) -> None:
        for _ in self.ticking(world, fact):
            pass

    def ticking(self, world: World, fact: Fact) -> Iterator[None]:
        """Replay a `game.tick` entry, a tick at each step."""
        yield from self.ticks(world, fact.body["inputs"], fact.body["to"])
        self.note_inputs(world, fact)

    def ticks(self, world: World, inputs: Iterable[dict[str, Any]], to: int) -> Iterator[None]:
        """Play up to tick `to`; inputs of that last tick came before it was played."""
        given = {tick: list(group) for tick, group in groupby(inputs, key=itemgetter("tick"))}
        while True:
            for one in given.get(world.tick, ()):
                self.input(world, one)
            if world.tick >= to:
                break
            self.tick(world)
            yield

    def note_inputs(self, world: World, fact: Fact) -> None:
        """After a stored `game.tick`: remember the ids of its inputs, the oldest making room."""
        self._keep_time(world, fact.at)
        for given in fact.body["inputs"]:
            if "id" in given:
                world.inputs[f"{given['seat']}:{given['id']}"] = (fact.seq, digest(given["action"], given["args"]))
        while len(world.inputs) > REMEMBERED_INPUTS:
            del world.inputs[next(iter(world.inputs))]

    # ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────

    def _chain_event(self, world: World, fact: Fact) -> None:
        event = {"seq": fact.seq, **fact.body}
        for hook in self.rules.hooks.values():
            if not self._is_for(hook, event):
                continue
            if _LEVELS[event["status"]] >= _LEVELS[hook.finality]:
                self._run_hook(world, fact, hook, event)
            else:
                world.held.append({"hook": hook.name, "event": {key: event[key] for key in _LOG_KEYS}})

    def _chain_confirmed(self, world: World, fact: Fact) -> None:
        """What waited for this finality happens now, in the order it came."""
        body = fact.body
        level, chain, upto = _LEVELS[body["status"]], body["chain"], body["upTo"]["number"]
        if level == _LEVELS["finalized"]:
            world.unsettled = [e for e in world.unsettled if e[1] != chain or e[2] > upto]
        held, world.held = world.held, []
        for waiting in held:
            hook, event = self.rules.hooks[waiting["hook"]], waiting["event"]
            covered = event["chain"] == chain and event["block"]["number"] <= upto
            if covered and level >= _LEVELS[hook.finality]:
                self._run_hook(world, fact, hook, {**event, "status": body["status"]})
            else:
                world.held.append(waiting)

    def _chain_moved(self, world: World, fact: Fact) -> None:
        """The same events, now in another block."""
        of, block = fact.body["of"], fact.body["block"]
        world.held = [
            {**waiting, "event": {**waiting["event"], "block": block}} if waiting["event"]["seq"] in of else waiting
            for waiting in world.held
        ]
        world.unsettled = [(s, c, block["number"] if s in of else n) for s, c, n in world.unsettled]

    def _is_for(self, hook: ChainHook, event: dict[str, Any]) -> bool:
        """Whether the hook is about this event; an undecodable log is nobody's."""
        if "args" not in event or not hook.means(event["event"], event["args"]):
            return False
        if hook.contract is None:
            return True
        contract = getattr(self.options, hook.contract, None)
        if contract is None or contract.chain != event["chain"]:
            return False
        return bool(contract.address.lower() == event["address"].lower())

    def _run_hook(self, world: World, fact: Fact, hook: ChainHook, event: dict[str, Any]) -> None:
        args = {k: int(v) if k in hook.numbers else v for k, v in event["args"].items()}
        number = event["block"]["number"]
        log = ChainLog(
            event["chain"],
            event["address"],
            hook.event.name,
            args,
            number,
            event["tx"],
            event["logIndex"],
            event["status"],
        )
        if event["status"] != "finalized":
            world.unsettled.append((event["seq"], event["chain"], number))
        self._hook(world, fact, lambda game: hook.method(game, log))

    # ── running the author's code ────────────────────────────────────────────────────────────────────────────────

    def _game(self, world: World, fact: Fact) -> Game[Any]:
        chance = None
        if world.draw_seed and world.status == PLAYING:
            seed = bytes.fromhex(world.draw_seed)
            ticking = fact.type == "tick"
            chance = Chance(derived(seed, "tick"), fact.seq, world.drawn) if ticking else Chance(seed, fact.seq)
        return self.game(world, self.options, chance, fact.at)

    def _hook(self, world: World, fact: Fact, call: Callable[[Game[Any]], None]) -> Game[Any] | None:
        """Run a hook of an entry that cannot be refused: where it raises, its changes are undone and the game ends."""
        if failure := fact.body.get("failed"):
            world.finished = world.finished or (aborted(failure) if world.status == PLAYING else None)
            return None
        before = world.copy()
        game = self._game(world, fact)
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
        self._after(world, game, fact.at, by=None)
        return game

    def _after(self, world: World, game: Game[Any], at: int, by: int | None) -> None:
        """Settle clocks and turn after the author's code; `by` is the seat whose action passes the turn on."""
        if world.status != PLAYING:
            return
        if game._turned:
            self._pass_turn(world, game._next, at, by)
        elif by is not None and self.game.turns and world.finished is None:
            self._pass_turn(world, world.next_seat(by), at, by)

    def _pass_turn(self, world: World, to: int | None, at: int, by: int | None = None) -> None:
        clock = self.game.clock
        if clock is not None and world.turn is not None:
            gained = round(clock.increment * 1000) if by == world.turn else 0
            world.clocks[world.turn] = max(0, world.clocks[world.turn] - (at - world.turn_at)) + gained
        world.turn, world.turn_at = to, at


def aborted(reason: str, **more: Any) -> dict[str, Any]:
    """The result of a game nobody won: `{winner: null, account: null, aborted: "…"}`."""
    return {"winner": None, "account": None, "aborted": reason, **more}


def digest(action: str, args: dict[str, Any]) -> str:
    """What tells two inputs with one id apart."""
    return sha256(orjson.dumps([action, args], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _check_size(text: bytes) -> None:
    if len(text) > MAX_STATE_BYTES:
        raise Illegal(f"The game's state would exceed {MAX_STATE_BYTES} bytes.", reason="state_too_large")


def problem_of(error: BaseException) -> str:
    """What of an author's error players may know: its reason or its type, never its text."""
    return error.reason or error.code if isinstance(error, ParlourError) else type(error).__name__


_LOG_KEYS = ("seq", "chain", "address", "event", "args", "block", "tx", "logIndex", "status")

_EFFECTS: dict[str, Callable[[Referee, World, Fact], None]] = {
    "game.action": Referee._action,
    "game.seated": Referee._seated,
    "game.seed": Referee._seed,
    "game.started": Referee._started,
    "game.tick": Referee._ticked,
    "game.dropped": Referee._dropped,
    "game.returned": Referee._returned,
    "game.left": Referee._left,
    "game.timeout": Referee._timeout,
    "game.paused": Referee._paused,
    "game.resumed": Referee._resumed,
    "game.ended": Referee._ended,
    "game.migrated": Referee._migrated,
    "chain.event": Referee._chain_event,
    "chain.confirmed": Referee._chain_confirmed,
    "chain.moved": Referee._chain_moved,
}
