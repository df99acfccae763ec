"""A room that plays a game: commands become entries here, and the referee says what entries do.

    command → judged against the world → drafts, each tried on a copy of the world → host → apply

The copy made while deciding is kept and adopted when its very entry is applied, so the author's code runs once a move.
In a ticking game `self._live` runs ahead of the log: inputs act on it at once, and are acknowledged when the next
`game.tick` entry holds them; what it has played beyond the log is lost in a crash, as if the ticks had not been yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, ClassVar

from pydantic_core import to_jsonable_python

from parlour.core.chance import Chance, commitment, derived
from parlour.core.game import Game, overrides, player_at
from parlour.core.hall import Hall
from parlour.core.referee import DRAW_SECONDS, Referee, aborted, digest
from parlour.core.room import (
    SERVER,
    Account,
    ChainNews,
    Close,
    Command,
    Draft,
    Dropped,
    Entry,
    Halt,
    Join,
    Leave,
    Moderate,
    Notice,
    Outcome,
    Post,
    Resumed,
    Returned,
    RoomId,
    Tick,
    Wake,
)
from parlour.core.rules import BUILT_IN, Rules
from parlour.core.transcript import canonical
from parlour.core.world import DRAWING, ENDED, PLAYING, WAITING, Fact, World
from parlour.errors import Conflict, Forbidden, Illegal, Invalid, ParlourError

MAX_WAKE_STEPS = 16
"""Timeouts settled at one wake-up; whatever else is due wakes the room again."""
TICK_ENTRIES_PER_SECOND = 10
MAX_PENDING_INPUTS = 1000
"""Inputs of one tenth of a second; beyond, players are told to slow down by `illegal/too_many_inputs`."""


class GameRoom(Hall):
    """A reducer for one game class; `GameRoom.of(TicTacToe)` is the class of its rooms."""

    game: ClassVar[type[Game[Any]]]
    rules: ClassVar[Rules]
    computed = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self._referee: Referee | None = None
        self._world: World | None = None
        self._version = self.game.version
        self._old: dict[str, Any] | None = None
        self._ahead: list[tuple[Draft, World]] = []
        self._live: World | None = None
        self._inputs: list[dict[str, Any]] = []
        self._drawn = 0
        self._flushed_at = 0
        self._bots_after = 0

    @staticmethod
    def of(game: type[Game[Any]]) -> type[GameRoom]:
        """The room class of a game; raises TypeError where the class cannot be a game."""
        return type(f"{game.__name__}Room", (GameRoom,), {"kind": game.kind, "game": game, "rules": Rules.of(game)})

    # ── creation ─────────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return cls.rules.check_options(options)

    @classmethod
    def created(cls, owner: Account, title: str, visibility: str, options: dict[str, Any], signed: bool) -> Draft:
        draft = super().created(owner, title, visibility, options, signed)
        assert isinstance(draft.body, dict)
        draft.body["version"] = cls.game.version
        return draft

    @classmethod
    def described(cls) -> dict[str, Any]:
        return cls.rules.describe()

    def reconfigured(self, options: dict[str, Any]) -> dict[str, Any]:
        raise Illegal("A game's options are fixed when its room is created.", reason="fixed_options")

    @classmethod
    def wanted_watches(cls, options: dict[str, Any]) -> list[dict[str, Any]]:
        """`room:watch` requests the room makes for itself when it is created: `@on_chain(…, contract="stake")`."""
        chosen = cls.rules.read_options(options)
        wanted = []
        for hook in cls.rules.hooks:
            contract = getattr(chosen, hook.contract, None) if hook.contract else None
            if contract is not None:
                wanted.append({"chain": contract.chain, "address": contract.address, "event": hook.event.text})
        return wanted

    # ── what the room is ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def referee(self) -> Referee:
        if self._referee is None:
            self._referee = Referee(self.rules, self.options)
        return self._referee

    @property
    def world(self) -> World:
        """The world as the log has it."""
        if self._world is None:
            self._world = self.referee.fresh()
        return self._world

    @property
    def present(self) -> World:
        """The world players see: ahead of the log in a ticking game."""
        return self._live or self.world

    @property
    def incompatible(self) -> bool:
        """Whether this log was played under another version of the game; then it can be read, and not played."""
        return self._version != self.game.version

    def seated(self) -> list[Account]:
        """Accounts of players still in the game; bots have none."""
        seats = [] if self.incompatible else self.world.seats
        return [seat.account for seat in seats if seat is not None and not seat.gone and not seat.bot]

    def lobby(self) -> dict[str, Any]:
        """What a list of rooms shows of this one: `{status, seats, free}`."""
        if self.incompatible:
            return {"status": "incompatible", "seats": self.rules.most, "free": 0}
        world = self.world
        return {"status": self._status(world), "seats": len(world.seats), "free": len(self._free(world))}

    def handle(self, command: Command) -> Outcome:
        if isinstance(command, Halt):
            return self._halt(command)
        if isinstance(command, Close) and not self.incompatible:
            return self._close_game(command, super().handle(command))
        outcome = super().handle(command)
        if self.incompatible:
            return outcome
        if isinstance(command, ChainNews):
            self._follow_chain(command, outcome)
        elif isinstance(command, Moderate) and command.action in ("ban", "kick"):
            self._expel(command, outcome)
        return outcome

    # ── players act ──────────────────────────────────────────────────────────────────────────────────────────────

    def handle_kind(self, command: Post) -> Outcome:
        if command.type != "game.action":
            return super().handle_kind(command)
        if self.incompatible:
            raise Illegal("This match was begun with another version of the game.", reason="incompatible")
        world = self.present
        seat = world.seat_of(command.author)
        name, args = _parse(command.body)
        if name not in self.rules.actions and name not in BUILT_IN:
            known = [*self.rules.actions, *sorted(BUILT_IN)]
            raise Invalid(f"There is no action {name!r}.", details={"path": "action", "known": known})
        if seat is None:
            raise Forbidden("You have no seat in this game.", reason="not_seated")
        if name in self.rules.actions:
            if self.game.tick_rate:
                return self._input(command, seat, name, args)
            return self._act(command, seat, name, args)
        return _BUILT_INS[name](self, command, seat, args)

    def _act(self, command: Post, seat: int, name: str, args: dict[str, Any]) -> Outcome:
        action = self.rules.actions[name]
        values = action.parse(args)
        world = self.world
        self.referee.check_action(world, seat, action)
        after = world.copy()
        draft = _posted(command)
        fact = Fact(draft.type, draft.body, draft.author, command.seq, command.at)  # type: ignore[arg-type]  # a dict
        self.referee.act(after, fact, seat, action, values)
        self.referee.check_size(after)
        plan = Plan(self, command)
        plan.keep(draft, after)
        return plan.done(turn_before=world.turn)

    def _start(self, command: Post, seat: int, args: dict[str, Any]) -> Outcome:
        world = self.world
        if world.status != WAITING:
            raise Illegal("The game has already begun.", reason="already_started")
        if len(world.playing()) + self.referee.bots < self.rules.fewest:
            raise Illegal(f"The game needs {self.rules.fewest} players.", reason="too_few_players")
        plan = Plan(self, command)
        plan.add(_posted(command))
        self._seat_bots(plan)
        self._begin(plan)
        return plan.done()

    def _pause(self, command: Post, seat: int, args: dict[str, Any]) -> Outcome:
        world = self.present
        if not self.game.pausable:
            raise Illegal("This game cannot be paused.", reason="not_pausable")
        if world.status != PLAYING or world.paused_at is not None:
            raise Illegal("There is nothing to pause.", reason="not_started" if world.status != PLAYING else "paused")
        plan = Plan(self, command)
        plan.add(_posted(command))
        plan.add(Draft("game.paused", {"seat": seat}))
        return plan.done()

    def _resume(self, command: Post, seat: int, args: dict[str, Any]) -> Outcome:
        paused_at = self.world.paused_at
        if paused_at is None:
            raise Illegal("The game is not paused.", reason="not_paused")
        plan = Plan(self, command)
        plan.add(_posted(command))
        plan.add(Draft("game.resumed", {"pausedMs": command.at - paused_at, "seat": seat}))
        return plan.done()

    def _rematch(self, command: Post, seat: int, args: dict[str, Any]) -> Outcome:
        world = self.world
        if world.status != ENDED:
            raise Illegal("The game is still on.", reason="not_over")
        if seat in world.rematch:
            raise Illegal("You already asked for a rematch.", reason="already_asked")
        plan = Plan(self, command)
        plan.add(_posted(command))
        self._begin_rematch(plan)
        return plan.done()

    def _begin_rematch(self, plan: Plan) -> None:
        world = plan.world
        willing = {n for n in world.playing() if n in world.rematch or player_at(world, n).bot}
        if len(willing) >= self.rules.fewest and willing == set(world.playing()):
            self._begin(plan)

    def _commit(self, command: Post, seat: int, args: dict[str, Any]) -> Outcome:
        self._check_drawing(seat)
        if seat in self.world.commits:
            raise Illegal("You committed already.", reason="already_committed")
        _hex32(args, "hash")
        return self._contribution(command)

    def _contribute(self, command: Post, seat: int, args: dict[str, Any]) -> Outcome:
        self._check_drawing(seat)
        world = self.world
        if len(world.commits) < len(self.referee.contributors(world)):
            raise Illegal("Somebody has yet to commit.", reason="commit_first")
        if seat in world.values:
            raise Illegal("You contributed already.", reason="already_contributed")
        if commitment(bytes.fromhex(_hex32(args, "value")[2:])) != world.commits[seat]:
            raise Illegal("That is not what you committed to.", reason="wrong_contribution")
        return self._contribution(command)

    def _check_drawing(self, seat: int) -> None:
        if self.world.status != DRAWING:
            raise Illegal("Nobody is asked to contribute now.", reason="not_drawing")

    def _contribution(self, command: Post) -> Outcome:
        plan = Plan(self, command)
        plan.add(_posted(command))
        return plan.done()

    # ── players come and go ──────────────────────────────────────────────────────────────────────────────────────

    def handle_join(self, command: Join) -> Outcome:
        if self.incompatible:
            return Outcome()
        world = self.present
        seat = world.seat_of(command.author) if command.author else None
        plan = Plan(self, command, offset=int(command.grant is not None))
        if seat is not None:
            if player_at(world, seat).away:
                plan.add(Draft("game.returned", {"seat": seat}))
        elif command.as_ != "spectator" and _can_play(command.author) and (free := self._free(world)):
            seat = free[0]
            plan.add(Draft("game.seated", {"seat": seat, "account": command.author}))
            self._begin_when_full(plan)
        return plan.done({} if seat is None else {"seat": seat})

    def _free(self, world: World) -> list[int]:
        """Seats a person may take now, in order."""
        if world.status == DRAWING or (world.status == PLAYING and not self.game.late_join):
            return []
        free = [n for n, seat in enumerate(world.seats) if seat is None or (seat.gone and world.status != DRAWING)]
        bots = sum(seat is not None and seat.bot for seat in world.seats)
        return free[: max(0, len(free) - (self.referee.bots - bots))]

    def _begin_when_full(self, plan: Plan) -> None:
        world = plan.world
        if world.status == ENDED:
            self._begin_rematch(plan)
            return
        if world.status != WAITING:
            return
        people = len(world.playing())
        enough = self.rules.fewest if self.game.late_join else len(world.seats)
        if people + self.referee.bots >= enough:
            self._seat_bots(plan)
            self._begin(plan)

    def _seat_bots(self, plan: Plan) -> None:
        for _ in range(self.referee.bots):
            seat = next(n for n, taken in enumerate(plan.world.seats) if taken is None)
            plan.add(Draft("game.seated", {"seat": seat, "account": f"bot:{seat}", "bot": True}))

    def _begin(self, plan: Plan) -> None:
        world, seed = plan.world, plan.command.entropy
        first = world.next_seat(world.first) if world.round else world.next_seat(-1)
        plan.add(Draft("game.seed", {"seed": seed.hex()}))
        body = {"round": world.round + 1, "first": first, "commitment": commitment(seed)}
        plan.add(Draft("game.started", {**body, "version": self.game.version}))

    def handle_leave(self, command: Leave) -> Outcome:
        return self._depart(command, command.reason or "left")

    def _depart(self, command: Command, reason: str, account: Account | None = None, offset: int = 0) -> Outcome:
        if self.incompatible:
            return Outcome()
        seat = self.present.seat_of(command.author if account is None else account)
        if seat is None or self.closed:
            return Outcome()
        plan = Plan(self, command, offset=offset)
        plan.add(Draft("game.left", {"seat": seat, "reason": reason[:100]}))
        return plan.done()

    def _expel(self, command: Moderate, outcome: Outcome) -> None:
        left = self._depart(command, "removed", command.account, offset=len(outcome.entries))
        outcome.entries += left.entries

    def handle_dropped(self, command: Dropped) -> Outcome:
        if self.incompatible:
            return Outcome()
        world = self.present
        seat = world.seat_of(command.author)
        if seat is None or world.status == ENDED or player_at(world, seat).away:
            return Outcome()
        plan = Plan(self, command)
        plan.add(Draft("game.dropped", {"seat": seat}))
        return plan.done()

    def handle_returned(self, command: Returned) -> Outcome:
        if self.incompatible:
            return Outcome()
        world = self.present
        seat = world.seat_of(command.author)
        if seat is None or not player_at(world, seat).away:
            return Outcome()
        plan = Plan(self, command)
        plan.add(Draft("game.returned", {"seat": seat}))
        return plan.done()

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def deadline(self) -> int | None:
        if self.closed:
            return None
        if self.incompatible:
            return self.created_at if self._may_migrate() else None
        due = [at for at, _ in self._due(self.present)]
        bot = self._bot_due()
        return min(due if bot is None else [*due, bot], default=None)

    def _due(self, world: World) -> list[tuple[int, Draft]]:
        """When what happens by itself: (at, the entry that says so)."""
        if world.paused_at is not None:
            return []
        if world.finished is not None:
            return [(world.turn_at, self._ending(world))]
        due: list[tuple[int, Draft]] = []
        if world.status == DRAWING:
            asked = self.referee.contributors(world)
            given = world.values if len(world.commits) == len(asked) else world.commits
            missing = [seat for seat in asked if seat not in given]
            due.append((world.turn_at + DRAW_SECONDS * 1000, Draft("game.timeout", {"missing": missing})))
        if world.status == PLAYING:
            if world.timer is not None:
                due.append((world.timer, Draft("game.timeout", {"seat": None})))
            if world.turn is not None and (ms := self._turn_ms(world, world.turn)) is not None:
                due.append((world.turn_at + ms, Draft("game.timeout", {"seat": world.turn})))
        if world.status != ENDED and self.game.drop_seconds is not None:
            grace = round(self.game.drop_seconds * 1000)
            for number, seat in enumerate(world.seats):
                if seat is not None and seat.away is not None and not seat.gone:
                    due.append((seat.away + grace, Draft("game.left", {"seat": number, "reason": "dropped"})))
        return due

    def _turn_ms(self, world: World, seat: int) -> int | None:
        if world.clocks:
            return world.clocks[seat]
        return None if self.game.turn_seconds is None else round(self.game.turn_seconds * 1000)

    def handle_wake(self, command: Wake) -> Outcome:
        if self.incompatible:
            return self._migrate(command)
        plan = Plan(self, command)
        if any(at <= command.at for at, _ in self._due(self.present)):
            plan.flush()
        for _ in range(MAX_WAKE_STEPS):
            due = [(at, draft) for at, draft in self._due(plan.world) if at <= command.at]
            if not due:
                break
            plan.add(min(due, key=lambda pair: pair[0])[1])
            plan.end_if_finished()
        if not plan.outcome.entries:
            self._ask_bots(plan, command.at)
        return plan.done(turn_before=self.world.turn)

    def handle_resumed(self, command: Resumed) -> Outcome:
        if self.incompatible:
            return self._migrate(command)
        world = self.world
        if world.status not in (PLAYING, DRAWING) or world.paused_at is not None or command.paused_ms <= 0:
            return Outcome()
        plan = Plan(self, command)
        plan.add(Draft("game.resumed", {"pausedMs": command.paused_ms}))
        return plan.done()

    # ── bots ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _bot_due(self) -> int | None:
        world = self.world
        if world.status != PLAYING or world.paused_at is not None or self.game.tick_rate or not self.rules.has_bot:
            return None
        thinking = round(self.game.bot_seconds * 1000)
        if self._bots(world):
            return max(self._bots_after, world.turn_at + thinking)
        return None

    def _bots(self, world: World) -> list[int]:
        """Seats of bots that may act: those on turn, or all of them in a game without turns."""
        bots = [n for n in world.playing() if player_at(world, n).bot]
        return [n for n in bots if n == world.turn] if self.game.turns and world.turn is not None else bots

    def _bot_view(self, world: World, seat: int) -> dict[str, Any]:
        return {**self._view(world, player_at(world, seat).account), "seat": seat}

    def _ask_bots(self, plan: Plan, at: int) -> None:
        self._bots_after = at + round(self.game.bot_seconds * 1000)
        for seat in self._bots(plan.world):
            if plan.world.status != PLAYING or plan.world.finished is not None:
                return
            self._bot_moves(plan, seat)

    def _bot_moves(self, plan: Plan, seat: int) -> None:
        """A bot knows its own view and draws its own chance; a move of its that the rules refuse is not made."""
        world = plan.world
        chance = Chance(derived(bytes.fromhex(world.draw_seed), f"bot:{seat}"), plan.next_seq)
        game = self.game(world.copy(), self.referee.options, chance, plan.command.at)
        try:
            move = game.bot(self._bot_view(world, seat))
            if move is None:
                return
            name, args = move
            action = self.rules.actions[name]
            action.parse(args)
            canonical(args)
            self.referee.check_action(world, seat, action)
            plan.add(Draft("game.action", {"action": name, "args": args, "seat": seat}))
        except Exception:
            if self.game.turns and world.turn == seat:
                plan.add(Draft("game.timeout", {"seat": seat}))
        plan.end_if_finished()

    # ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def tick_rate(self) -> int:
        """Ticks per second the host should send now; 0 for none."""
        world = self.present
        wanted = world.status == PLAYING and world.paused_at is None and not self.closed and not self.incompatible
        return (self.game.tick_rate or 0) if wanted else 0

    def sends(self, entry: Entry) -> bool:
        """Whether the entry goes out as an `entry` event; ticks reach players as `state` alone (protocol §4)."""
        return entry.type != "game.tick"

    def _input(self, command: Post, seat: int, name: str, args: dict[str, Any]) -> Outcome:
        """Let an input act at once on the live world; it is answered with the `game.tick` entry that holds it."""
        known = self._known_input(seat, command.id, name, args)
        if known is not None:
            return known
        action = self.rules.actions[name]
        action.parse(args)
        canonical(args)  # an input nobody could store has to be refused now, not when its tick is written
        self.referee.check_action(self.present, seat, action)
        if len(self._inputs) >= MAX_PENDING_INPUTS:
            raise Illegal("Too many inputs at once.", reason="too_many_inputs")
        trial = self.present.copy()
        given = {"tick": trial.tick, "seat": seat, "action": name, "args": args, "id": command.id}
        drawn = self.referee.input(trial, given, self._drawn)
        self.referee.check_size(trial)
        self._live, self._drawn = trial, drawn
        self._inputs.append(given)
        return Outcome(deferred=True)

    def _known_input(self, seat: int, id_: str, name: str, args: dict[str, Any]) -> Outcome | None:
        stored = self.world.inputs.get(f"{seat}:{id_}")
        pending = next((g for g in self._inputs if g["seat"] == seat and g["id"] == id_), None)
        if stored is None and pending is None:
            return None
        same = digest(name, args)
        if same != (stored[1] if stored else digest(pending["action"], pending["args"])):  # type: ignore[index]
            raise Conflict()
        return Outcome(reply={"seq": stored[0], "duplicate": True}) if stored else Outcome(deferred=True)

    def handle_tick(self, command: Tick) -> Outcome:
        if not self.tick_rate:
            return Outcome()
        if self._live is None:
            self._live = self.world.copy()
        live = self._live
        if self.rules.has_bot and command.at >= self._bots_after:
            self._bot_inputs(live, command.at)
        try:
            self.referee.tick(live, self._drawn)
            self._drawn = 0
        except Exception as error:
            return self._tick_failed(command, type(error).__name__)
        due = self._inputs and (command.at - self._flushed_at) * TICK_ENTRIES_PER_SECOND >= 1000
        if not due and live.finished is None:
            return Outcome()
        plan = Plan(self, command)
        plan.flush()
        return plan.done()

    def _bot_inputs(self, live: World, at: int) -> None:
        self._bots_after = at + round(self.game.bot_seconds * 1000)
        for seat in self._bots(live):
            chance = Chance(derived(bytes.fromhex(live.draw_seed), f"bot:{seat}"), live.tick)
            game = self.game(live.copy(), self.referee.options, chance, at)
            trial = live.copy()
            try:
                move = game.bot(self._bot_view(live, seat))
                if move is None:
                    continue
                given = {"tick": live.tick, "seat": seat, "action": move[0], "args": move[1]}
                canonical(given)
                self._drawn = self.referee.input(trial, given, self._drawn)
            except Exception:
                continue
            live = self._live = trial
            self._inputs.append(given)

    def _tick_failed(self, command: Command, problem: str) -> Outcome:
        """The tick raised: play the good ticks again from the log's world, then end the game."""
        assert self._live is not None
        begun, reached = self.world.tick, self._live.tick
        inputs = [g for g in self._inputs if g["tick"] < reached]
        self._live, self._inputs, self._drawn = None, [], 0
        plan = Plan(self, command)
        if reached > begun:
            plan.add(Draft("game.tick", {"from": begun, "to": reached, "inputs": inputs}))
        plan.abort("error", problem=problem)
        return plan.done()

    def _halt(self, command: Halt) -> Outcome:
        """The host stops a game that costs the others too much."""
        if self.incompatible or self.present.status not in (PLAYING, DRAWING):
            return Outcome()
        plan = Plan(self, command)
        plan.abort(command.reason)
        return plan.done()

    # ── the chain, moderation, the end ───────────────────────────────────────────────────────────────────────────

    def _follow_chain(self, command: ChainNews, outcome: Outcome) -> None:
        """What the news leads to beyond itself, such as the end of the game."""
        if not self.rules.hooks or not outcome.entries:
            return
        plan = Plan(self, command)
        for draft in outcome.entries:
            plan.add(draft)
        outcome.entries = plan.done().entries

    def _close_game(self, command: Close, outcome: Outcome) -> Outcome:
        if self.present.status not in (PLAYING, DRAWING):
            return outcome
        plan = Plan(self, command)
        plan.abort("closed")
        outcome.entries = plan.done().entries + outcome.entries
        return outcome

    def _ending(self, world: World) -> Draft:
        body: dict[str, Any] = {"result": world.finished, "seed": "0x" + world.seed}
        if world.unsettled:
            body["provisional"] = True
        return Draft("game.ended", body)

    def refuses(self, entry: Entry) -> str | None:
        """Judge an entry again without what a reorg undid (protocol §5)."""
        if not entry.type.startswith("game.") or self.incompatible or not isinstance(entry.body, dict):
            return None
        world, body = self.world.copy(), entry.body
        try:
            if entry.type == "game.ended":
                return None if world.finished == body["result"] or "aborted" in body["result"] else "not_over"
            if entry.type == "game.timeout":
                return None if body.get("seat") in (None, world.turn) else "not_your_turn"
            if entry.type == "game.action" and (action := self.rules.actions.get(body["action"])) is not None:
                seat = world.seat_of(entry.author) if entry.author else body["seat"]
                if seat is None:
                    return "not_seated"
                self.referee.check_action(world, seat, action)
            self.referee.apply(world, _fact(entry))
        except ParlourError as error:
            return error.reason or error.code
        except Exception:
            return "error"
        return None

    # ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _may_migrate(self) -> bool:
        return self._old is not None and overrides(self.game, "migrate")

    def _migrate(self, command: Command) -> Outcome:
        """Carry an older version's match over: its world in today's shape is an entry, so the log stays foldable."""
        if not self._may_migrate() or self._old is None:
            return Outcome()
        try:
            state = self.game.migrate(self._old["state"], self._version)
            carried = {**self._old, "state": state, "version": self.game.version}
            world = World.load(carried, self.rules.state)
        except Exception:
            self._old = None
            return Outcome()
        body = {"from": self._version, "to": self.game.version, "world": world.dump()}
        return Outcome([Draft("game.migrated", body)])

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _apply_room(self, entry: Entry) -> None:
        super()._apply_room(entry)
        if entry.type == "room.created" and isinstance(entry.body, dict):
            self._version = entry.body.get("version", 1)

    def apply_kind(self, entry: Entry) -> None:
        if not isinstance(entry.body, dict):
            return
        if entry.type == "game.migrated":
            self._version, self._old = entry.body["to"], None
        if self.incompatible:
            return
        if self._ahead:
            draft, world = self._ahead.pop(0)
            if draft.body is entry.body:
                self._adopt(entry, world)
                return
            self._ahead.clear()
        if not entry.type.startswith(("game.", "chain.")):
            return
        world = self.world.copy()
        try:
            self.referee.apply(world, _fact(entry))
        except Exception:
            # The log holds what these rules refuse: another code wrote it under the same version number.
            self._version = -1
            return
        self._adopt(entry, world)

    def _adopt(self, entry: Entry, world: World) -> None:
        self._world = world
        if entry.type == "game.tick":
            self._flushed_at = entry.at
            self._inputs = self._inputs[len(entry.body["inputs"]) :]  # type: ignore[index,call-overload]  # a dict
        elif self.game.tick_rate:
            self._live = None

    def snapshot(self) -> dict[str, Any]:
        world = self._old if self.incompatible else self.world.dump()
        return {**super().snapshot(), "version": self._version, "world": world}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._version = state["version"]
        if self.incompatible:
            self._old = state["world"]
        else:
            self._world = World.load(state["world"], self.rules.state)

    # ── what others see ──────────────────────────────────────────────────────────────────────────────────────────

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        world = self.world
        if entry.type == "game.tick":
            return self.rules.hides and world.status != ENDED
        if entry.seq in world.secret:
            return True
        return entry.seq in world.hidden and (not entry.author or entry.author != viewer)

    def view(self, viewer: Account | None) -> Any:
        if self.incompatible:
            return {"status": "incompatible", "version": self._version}
        return self._view(self.present, viewer)

    def view_key(self, viewer: Account | None) -> Hashable:
        """Viewers with equal keys share one view, and one patch."""
        if not self.rules.has_view or not viewer:
            return None
        return self.present.seat_of(viewer)

    def _view(self, world: World, viewer: Account | None) -> dict[str, Any]:
        seat = world.seat_of(viewer) if viewer else None
        if not self.rules.has_view:
            return {**world.state.__pydantic_serializer__.to_python(world.state, mode="json"), **self._facts(world)}
        game = self.game(world, self.referee.options, None, world.turn_at)
        try:
            shown = to_jsonable_python(game.view(None if seat is None else player_at(world, seat)))
            return {**shown, **self._facts(world)}
        except Exception:
            # A view that raises must not take the room down with it, nor show what it would have hidden.
            return {**self._facts(world), "error": "view"}

    def _facts(self, world: World) -> dict[str, Any]:
        """The keys every game's view has (docs/games.md "What clients see")."""
        result = world.result
        facts: dict[str, Any] = {
            "status": self._status(world),
            "players": [seat and seat.account for seat in world.seats],
            "away": [
                n for n, seat in enumerate(world.seats) if seat is not None and (seat.gone or seat.away is not None)
            ],
            "round": world.round,
            "winner": result["winner"] if result else None,
            "result": result,
        }
        if self.game.turns:
            facts["turn"] = world.turn
        if world.clocks:
            facts["clocks"] = list(world.clocks)
        times = [at for at, draft in self._due(world) if draft.type == "game.timeout"]
        facts["deadline"] = min(times, default=None)
        return facts

    def _status(self, world: World) -> str:
        return "paused" if world.paused_at is not None else world.status


class Plan:
    """The entries one command leads to, each tried on the world that the one before left."""

    def __init__(self, room: GameRoom, command: Command, offset: int = 0) -> None:
        self.room = room
        self.command = command
        self.outcome = Outcome()
        self.world = room.world
        self._offset = offset
        self._flushed = False
        room._ahead = []

    @property
    def next_seq(self) -> int:
        return self.command.seq + self._offset + len(self.outcome.entries)

    def add(self, draft: Draft) -> None:
        """Try a draft; raises what the author's code raises."""
        assert isinstance(draft.body, dict)
        self.flush()
        world = self.world.copy()
        self.room.referee.apply(world, Fact(draft.type, draft.body, draft.author, self.next_seq, self.command.at))
        self.keep(draft, world)

    def keep(self, draft: Draft, world: World) -> None:
        """Note a draft and the world it leads to."""
        self.outcome.entries.append(draft)
        self.room._ahead.append((draft, world))
        self.world = world

    def abort(self, reason: str, **more: Any) -> None:
        """End the game without a winner."""
        self.flush()
        world = self.world.copy()
        world.finished = world.finished or aborted(reason, **more)
        self.add(self.room._ending(world))

    def end_if_finished(self) -> None:
        if self.world.finished is not None and self.world.status in (PLAYING, DRAWING):
            self.add(self.room._ending(self.world))

    def done(self, reply: dict[str, Any] | None = None, turn_before: int | None = None) -> Outcome:
        """The outcome, with the end of the game where it has come, and a notice to whom it is the turn of."""
        self.end_if_finished()
        if reply:
            self.outcome.reply |= reply
        turn = self.world.turn
        if turn is not None and turn != turn_before and self.outcome.entries:
            player = player_at(self.world, turn)
            if not player.bot:
                self.outcome.notices.append(Notice(player.account, "turn", len(self.outcome.entries) - 1))
        return self.outcome

    def flush(self) -> None:
        """In a ticking game whatever happens, happens after the ticks played so far."""
        room, live = self.room, self.room._live
        if self._flushed or live is None or (live.tick == self.world.tick and not room._inputs):
            return
        self._flushed = True
        body = {"from": self.world.tick, "to": live.tick, "inputs": list(room._inputs)}
        draft = Draft("game.tick", body)
        world = live.copy()
        world.inputs = self.world.inputs.copy()
        room.referee.note_inputs(world, Fact(draft.type, body, SERVER, self.next_seq, self.command.at))
        self.keep(draft, world)


def _parse(body: Any) -> tuple[str, dict[str, Any]]:
    """`{action, args?}`; raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid("A game.action is a JSON object {action, args}.", details={"path": "body"})
    name, args = body.get("action"), body.get("args", {})
    if not isinstance(name, str):
        raise Invalid("action is the name of an action.", details={"path": "action"})
    if not isinstance(args, dict):
        raise Invalid("args is an object.", details={"path": "args"})
    if extra := body.keys() - {"action", "args", "seenSeq", "seenHash"}:
        raise Invalid(f"A game.action has no {min(extra)!r}.", details={"path": min(extra)})
    return name, args


def _posted(command: Post) -> Draft:
    return Draft(command.type, command.body, command.author, command.id, sig=command.sig, salt=command.salt)


def _fact(entry: Entry) -> Fact:
    return Fact(entry.type, entry.body, entry.author, entry.seq, entry.at)  # type: ignore[arg-type]  # a dict: checked


def _can_play(account: Account) -> bool:
    """Guests and API keys watch."""
    return bool(account) and not account.startswith("app:")


def _hex32(args: dict[str, Any], name: str) -> str:
    value = args.get(name)
    if not (isinstance(value, str) and len(value) == 66 and value.startswith("0x") and set(value[2:]) <= _HEX):
        raise Invalid(f"{name} is 32 bytes of lower-case hex after 0x.", details={"path": f"args.{name}"})
    return value


_HEX = set("0123456789abcdef")

_BUILT_INS: dict[str, Callable[[GameRoom, Post, int, dict[str, Any]], Outcome]] = {
    "start": GameRoom._start,
    "pause": GameRoom._pause,
    "resume": GameRoom._resume,
    "rematch": GameRoom._rematch,
    "commit": GameRoom._commit,
    "contribute": GameRoom._contribute,
}
