"""A room that plays a game: commands become entries here, and the referee says what entries do.

    command → judged → plan.py: drafts, each tried on a copy of the world → host stores → apply

What entries have led to, and who sees what of it, is game_log.py. Around the two: seating.py (who plays), built_ins.py
(start, pause, rematch …), deadlines.py (what happens by itself), bots.py, ticking.py (the part that runs ahead of the
log), seeing.py (views).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import orjson

from parlour.core.games import bots, seating
from parlour.core.games import builtin_actions as built_ins
from parlour.core.games.deadlines import due, timeouts
from parlour.core.games.game import Game, overrides, player_at
from parlour.core.games.game_log import MOST_OVERRUNS, GameLog
from parlour.core.games.plan import Plan
from parlour.core.games.referee import PASSING, Report, Stuck, digest, ignore, problem_of
from parlour.core.games.rules import BUILT_IN, Action, Rules
from parlour.core.games.ticking import MAX_INPUTS
from parlour.core.games.unserved import incompatible
from parlour.core.games.world import DRAWING, ENDED, PLAYING, World
from parlour.core.log.hash_chain import canonical
from parlour.core.log.signed_posts import signed_input
from parlour.core.room import (
    Account,
    ChainUpdate,
    Close,
    Command,
    DeadlinePassed,
    Draft,
    Dropped,
    Entry,
    FlushTicks,
    Join,
    Leave,
    Moderate,
    Outcome,
    Post,
    Resumed,
    Returned,
    RoomId,
    StopGame,
    Tick,
    Unwatch,
    Watch,
)
from parlour.core.rooms.hall import Hall
from parlour.errors import Conflict, Forbidden, Illegal, Internal, Invalid

MAX_WAKE_STEPS = 16
"""Timeouts settled at one wake-up; whatever else is due wakes the room again."""
RELISTING = Hall.relisting | {
    *("game.seated", "game.left", "game.started", "game.ended", "game.paused", "game.resumed", "game.migrated"),
    "chain.reverted",
}


class GameRoom(GameLog):
    """A reducer for one game class; `GameRoom.of(TicTacToe)` is the class of its rooms."""

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self._bots_asked = 0
        self._deadline: tuple[World | None, int, int | None] = (None, 0, None)

    @staticmethod
    def of(
        game: type[Game[Any]], guard: AbstractContextManager[None] | None = None, report: Report = ignore
    ) -> type[GameRoom]:
        """The room class of a game.

        Args:
            guard: entered around the author's code; may raise `Stuck` in it when it does not come back.
            report: is told what the author's code raised where nobody is refused with it: hooks, views, ticks, bots.

        Raises:
            TypeError: the class cannot be a game; the message says what to change.
        """
        facts = {"kind": game.kind, "game": game, "rules": Rules.of(game), "guard": guard or nullcontext()}
        facts["report"] = staticmethod(report)
        facts["relisting"] = RELISTING | {"game.action"} if game.fair else RELISTING  # the last contribution starts it
        return type(f"{game.__name__}Room", (GameRoom,), facts)

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        try:
            with cls.guard:
                return cls.rules.check_options(options)
        except Stuck:
            raise _overrun() from None

    @classmethod
    def described(cls) -> dict[str, Any]:
        return cls.rules.describe()

    @classmethod
    def created(cls, owner: Account, title: str, visibility: str, options: dict[str, Any], signed: bool) -> Draft:
        draft = super().created(owner, title, visibility, options, signed)
        assert isinstance(draft.body, dict)
        draft.body["version"] = cls.game.version
        return draft

    @classmethod
    def wanted_watches(cls, options: dict[str, Any]) -> list[dict[str, Any]]:
        """`room:watch` requests the room makes for itself when it is created: `@on_chain(…, contract="stake")`."""
        return cls.rules.wanted_watches(options)

    @classmethod
    def complete_watch(cls, asked: Any) -> Any:
        return cls.rules.complete_watch(asked)

    def reconfigured(self, options: dict[str, Any]) -> dict[str, Any]:
        raise Illegal("A game's options are fixed when its room is created.", reason="fixed_options")

    def check_watch(self, command: Command) -> None:
        """Also: what the game itself watches is watched once, and stays watched.

        An owner who plays could else have a stake counted twice.
        """
        super().check_watch(command)
        if self.incompatible:
            return
        records, rules, options = self.watches.records, self.rules, self.referee.options
        if isinstance(command, Unwatch) and (gone := records.get(command.watch)) and rules.fed_by(gone, options):
            raise Illegal("The game needs that watch.", reason="watched")
        if isinstance(command, Watch) and command.watch and command.watch["id"] not in records:
            fed = rules.fed_by(command.watch, options)
            if any(fed & rules.fed_by(record, options) for record in records.values()):
                raise Illegal("The game watches that already.", reason="watched")

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def handle(self, command: Command) -> Outcome:
        try:
            with self.guard:
                return self._handle(command)
        except Stuck as error:
            if isinstance(command, Post) and isinstance(command.body, dict):
                self._overruns[str(command.body.get("action"))] += 1
            elif isinstance(command, Join):
                self._overruns["on_join"] += 1
            self.report(type(command).__name__, error)
            raise _overrun() from None
        except (Exception, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise RuntimeError(f"The game raised {type(error).__name__}.") from error

    def _handle(self, command: Command) -> Outcome:
        if self.incompatible:
            return Outcome() if isinstance(command, StopGame) else super().handle(command)
        if isinstance(command, StopGame):
            return self._stop(command, command.reason)
        if isinstance(command, FlushTicks):
            plan = self._plan(command)
            plan.flush()
            return plan.done()
        outcome = super().handle(command)
        if isinstance(command, Close):
            outcome.entries = self._stop(command, "closed").entries + outcome.entries
        elif isinstance(command, ChainUpdate):
            self._follow_chain(command, outcome)
        elif isinstance(command, Moderate) and command.action in ("ban", "kick"):
            outcome.entries += self._depart(command, command.account, "removed", len(outcome.entries)).entries
        return outcome

    def _plan(self, command: Command, offset: int = 0) -> Plan:
        plan = Plan(self.referee, self.world, command, self._live, offset)
        self._ahead = plan.steps
        return plan

    def handle_post(self, command: Post) -> Outcome:
        if self.incompatible:
            raise incompatible()
        name, args = _parse(command.body)
        if name not in self.rules.actions and name not in BUILT_IN:
            known = [*self.rules.actions, *sorted(BUILT_IN)]
            raise Invalid(f"There is no action {name[:64]!r}.", details={"path": "action", "known": known})
        seat = self.present.seat_of(command.author)
        if seat is None:
            raise Forbidden("You have no seat in this game.", reason="not_seated")
        if name in BUILT_IN:
            plan = self._plan(command)
            plan.flush()
            built_ins.do(plan, name, command.draft(), seat, args)
            return plan.done()
        if self._overruns[name] >= MOST_OVERRUNS:
            raise _overrun()
        return self._input(command, seat, name, args) if self.game.tick_rate else self._act(command, seat, name, args)

    def _act(self, command: Post, seat: int, name: str, args: dict[str, Any]) -> Outcome:
        action = self.rules.actions[name]
        values = action.parse(args)
        self.referee.check_action(self.world, seat, action)
        self._check_time(command, seat, action)
        plan, draft, after = self._plan(command), command.draft(), self.world.copy()
        self.referee.act(after, plan.fact(draft), seat, action, values)
        self.referee.check_state(after)
        plan.keep(draft, after)
        return plan.done()

    def _check_time(self, command: Post, seat: int, action: Action) -> None:
        """The host may be late to say that time is up; no player gains by that."""
        if self.game.turns and not action.anytime:
            limits = [limit.at for limit in timeouts(self.referee, self.world) if limit.body.get("seat") == seat]
            if limits and command.at > limits[0]:
                raise Illegal("Your time is up.", reason="not_your_turn")

    def _input(self, command: Post, seat: int, name: str, args: dict[str, Any]) -> Outcome:
        """An input of a ticking game: it acts now, and is answered with the `game.tick` entry that will hold it."""
        canonical(args)  # what nobody could store has to be refused now, not when its tick is written
        self.rules.actions[name].parse(args)
        known = self._known_input(seat, command.id, name, args)
        if known is not None:
            return known
        self.referee.check_action(self.present, seat, self.rules.actions[name])
        if len(self._live.inputs) >= MAX_INPUTS:
            raise Illegal("Too many inputs at once.", reason="too_many_inputs")
        given = {"seat": seat, "action": name, "args": args, "id": command.id, **signed_input(command)}
        self._live.input(self.referee, self.world, given)
        return Outcome(deferred=True)

    def _known_input(self, seat: int, id_: str, name: str, args: dict[str, Any]) -> Outcome | None:
        if (stored := self.world.inputs.get(f"{seat}:{id_}")) is not None:
            outcome, before = Outcome(reply={"seq": stored[0], "duplicate": True}), stored[1]
        elif waiting := [g for g in self._live.inputs if g["seat"] == seat and g.get("id") == id_]:
            outcome, before = Outcome(deferred=True), digest(waiting[0]["action"], waiting[0]["args"])
        else:
            return None
        if digest(name, args) != before:
            raise Conflict()
        return outcome

    def handle_join(self, command: Join) -> Outcome:
        if self.incompatible:
            return Outcome()
        if self.present.seat_of(command.author) is None:
            if command.as_ == "spectator":
                return Outcome()
            if self._overruns["on_join"] >= MOST_OVERRUNS and seating.free_seats(self.referee, self.present):
                raise _overrun()
        plan = self._plan(command, offset=int(command.grant is not None))
        seat = seating.sit(plan, command.author)
        return plan.done() if seat is None else plan.done(seat=seat)

    def handle_leave(self, command: Leave) -> Outcome:
        return self._depart(command, command.author, command.reason)

    def _depart(self, command: Command, account: Account, reason: str | None, offset: int = 0) -> Outcome:
        if self.incompatible or self.closed:
            return Outcome()
        plan = self._plan(command, offset)
        seating.depart(plan, account, reason)
        return plan.done()

    def handle_dropped(self, command: Dropped) -> Outcome:
        if self.incompatible or self.closed:
            return Outcome()
        world = self.present
        seat = world.seat_of(command.author)
        if seat is None or world.status == ENDED or player_at(world, seat).away:
            return Outcome()
        plan = self._plan(command)
        plan.add(Draft("game.dropped", {"seat": seat}))
        return plan.done()

    def handle_returned(self, command: Returned) -> Outcome:
        if self.incompatible or self.present.seat_of(command.author) is None:
            return Outcome()
        plan = self._plan(command)
        seating.sit(plan, command.author)
        return plan.done()

    def _stop(self, command: Command, reason: str) -> Outcome:
        """The room closes, or the host will not carry the game any longer."""
        if self.present.status not in (PLAYING, DRAWING):
            return Outcome()
        plan = self._plan(command)
        plan.abort(reason)
        return plan.done()

    def _follow_chain(self, command: ChainUpdate, outcome: Outcome) -> None:
        """What the news leads to beyond itself, such as the end of the game."""
        if self.rules.hooks and outcome.entries:
            plan = self._plan(command)
            for draft in outcome.entries:
                plan.add(draft)
            outcome.entries = plan.done().entries

    def repeats(self, command: Command, entry: Entry) -> bool:
        if isinstance(command, Leave):
            return seating.repeats_leave(command, entry)
        return super().repeats(command, entry)

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def deadline(self) -> int | None:
        if self.closed:
            return None
        if self.incompatible:
            return self.created_at if self._may_migrate() else None
        if self.game.tick_rate:
            return min([deadline.at for deadline in due(self.referee, self.present)], default=None)
        # The host asks several times an entry; a world that an entry led to never changes again.
        world, asked, deadline = self._deadline
        if world is not self.world or asked != self._bots_asked:
            times = [deadline.at for deadline in due(self.referee, self.world)]
            if (bots_at := bots.due_at(self.referee, self.world, self._bots_asked)) is not None:
                times.append(bots_at)
            deadline = min(times, default=None)
            self._deadline = (self.world, self._bots_asked, deadline)
        return deadline

    def handle_wake(self, command: DeadlinePassed) -> Outcome:
        if self.incompatible:
            return self._migrate()
        plan = self._plan(command)
        if any(deadline.at <= command.at for deadline in due(self.referee, self.present)):
            plan.flush()
            self._settle(plan)
        elif not self.game.tick_rate and self.referee.bots:
            self._bots_asked = command.at
            bots.ask(plan)
        return plan.done()

    def _settle(self, plan: Plan) -> None:
        """Whatever is due, in the order it became so."""
        for _ in range(MAX_WAKE_STEPS):
            rung = [deadline for deadline in due(self.referee, plan.world) if deadline.at <= plan.command.at]
            if not rung:
                return
            plan.add(min(rung, key=lambda deadline: deadline.at).draft())
            plan.end_if_finished()

    def handle_resumed(self, command: Resumed) -> Outcome:
        if self.incompatible:
            return self._migrate()
        if command.paused_ms <= 0 or not (self.tick_rate or due(self.referee, self.world)):
            return Outcome()
        plan = self._plan(command)
        plan.add(Draft("game.resumed", {"pausedMs": command.paused_ms}))
        return plan.done()

    @property
    def tick_rate(self) -> int:  # type: ignore[override]  # a fact of the moment, not of the class
        """Ticks per second the host should send now; 0 for none."""
        if self.incompatible or self.closed or not self.game.tick_rate:
            return 0
        world = self.present
        return self.game.tick_rate if world.status == PLAYING and world.paused_at is None else 0

    def handle_tick(self, command: Tick) -> Outcome:
        if not self.tick_rate:
            return Outcome()
        try:
            if self.referee.bots and command.at >= self._bots_asked + self.game.bot_seconds * 1000:
                self._bots_asked = command.at
                bots.feed(self._live, self.referee, self.world, command.at)
            self._live.tick(self.referee, self.world)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.report("tick", error)
            return self._tick_failed(command, error)
        if not self._live.is_due(command.at):
            return Outcome()
        plan = self._plan(command)
        plan.flush()
        return plan.done()

    def _tick_failed(self, command: Command, error: BaseException) -> Outcome:
        """Bring the log up to the last good tick, then end the game."""
        played = self._live.rewind(self.referee, self.world)
        plan = self._plan(command)
        if played is not None:
            plan.keep_ticks(*played)
        if isinstance(error, Stuck):
            plan.abort("overrun")
        else:
            plan.abort("error", problem=problem_of(error))
        return plan.done()

    # ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _may_migrate(self) -> bool:
        """Where the old world is known to its last move: what was acknowledged is never left behind."""
        played_on = self._old is None or self._missed or self._unreadable
        return not played_on and overrides(self.game, "migrate")

    def _migrate(self) -> Outcome:
        """Carry an older version's match over: its world in today's shape is an entry, so the log stays foldable."""
        if not self._may_migrate() or self._old is None:
            return Outcome()
        try:
            state = self.game.migrate(self._old["state"], self._version)
            world = World.load({**self._old, "state": state, "version": self.game.version}, self.rules.state)
            self.referee.check_state(world)
        except PASSING:
            raise
        except BaseException as error:
            self.report("migrate", error)
            self._old = None
            return Outcome()
        # As a text, for the keys of a canonical body are sorted, and the order of a dict may matter to the game.
        text = orjson.dumps(world.dump()).decode()
        body = {"from": self._version, "to": self.game.version, "world": text}
        return Outcome([Draft("game.migrated", body)])


def _parse(body: Any) -> tuple[str, dict[str, Any]]:
    """`{action, args?}`; raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid("A game.action is a JSON object {action, args}.", details={"path": "body"})
    name, args = body.get("action"), body.get("args", {})
    if not isinstance(name, str):
        raise Invalid("action is the name of an action.", details={"path": "action"})
    if not isinstance(args, dict):
        raise Invalid("args is an object.", details={"path": "args"})
    if extra := body.keys() - {"action", "args"}:
        raise Invalid(f"A game.action has no {min(extra)!r}.", details={"path": min(extra)})
    return name, args


def _overrun() -> Internal:
    return Internal("The game took too long over that.", reason="overrun")
