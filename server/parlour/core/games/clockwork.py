"""Moves a match on as time passes: deadlines, ticks, and moves of bots."""

from __future__ import annotations

from parlour.core.authoring.author_errors import Stuck, problem_of
from parlour.core.authoring.world import PLAYING, World
from parlour.core.games import bots
from parlour.core.games.deadlines import due, next_due
from parlour.core.games.game_log import GameLog
from parlour.core.games.plan import Plan
from parlour.core.games.referee import Referee
from parlour.core.room import DeadlinePassed, Draft, Outcome, Resumed, Tick

MAX_WAKE_STEPS = 16
"""Timeouts settled at one wake-up; whatever else is due wakes the room again."""


class Clockwork:
    """The timing of one match."""

    def __init__(self, referee: Referee, log: GameLog) -> None:
        self._referee = referee
        self._log = log
        self._bots_asked = 0
        self._deadline: tuple[World | None, int, int | None] = (None, 0, None)

    def deadline(self) -> int | None:
        """Return when (ms) something happens by itself, or None."""
        referee = self._referee
        if referee.game.tick_rate:
            return next_due(referee, self._log.present)
        # The host asks several times an entry; a world that an entry led to never changes again.
        world, asked, deadline = self._deadline
        if world is not self._log.world or asked != self._bots_asked:
            world = self._log.world
            deadline = next_due(referee, world)
            if world.seats.has_bots and (bots_at := bots.due_at(referee, world, self._bots_asked)) is not None:
                deadline = bots_at if deadline is None else min(deadline, bots_at)
            self._deadline = (world, self._bots_asked, deadline)
        return deadline

    def wake(self, command: DeadlinePassed) -> Outcome:
        """Handle what is due, in order; where nothing is, ask the bots for moves."""
        at, plan = command.at, Plan(self._referee, self._log, command)
        if any(deadline.at <= at for deadline in due(self._referee, self._log.present)):
            plan.flush()
            self._settle(plan)
        elif not self._referee.game.tick_rate and self._referee.rules.has_bot:
            self._bots_asked = at
            bots.ask(plan)
        return plan.done()

    def _settle(self, plan: Plan) -> None:
        for _ in range(MAX_WAKE_STEPS):
            passed = [deadline for deadline in due(self._referee, plan.world) if deadline.at <= plan.command.at]
            if not passed:
                return
            plan.add(min(passed, key=lambda deadline: deadline.at).draft())
            plan.end_if_finished()

    def resume(self, command: Resumed) -> Outcome:
        """Move the deadlines by the time the server was down, if there are any."""
        world = self._log.world
        if command.paused_ms > 0 and (self.tick_rate or world.awaited() or due(self._referee, world)):
            plan = Plan(self._referee, self._log, command)
            plan.add(Draft("game.resumed", {"pausedMs": command.paused_ms}))
            return plan.done()
        return Outcome()

    @property
    def tick_rate(self) -> int:
        """Ticks per second the host should send now; 0 for none."""
        rate = self._referee.game.tick_rate
        if not rate:
            return 0
        world = self._log.present
        return rate if world.status == PLAYING and world.paused_at is None else 0

    def tick(self, command: Tick) -> Outcome:
        """Play a tick ahead of the log; store the inputs once they have waited long enough."""
        if not self.tick_rate:
            return Outcome()
        referee, log, at = self._referee, self._log, command.at
        try:
            if referee.rules.has_bot and at >= self._bots_asked + referee.game.bot_seconds * 1000:
                self._bots_asked = at
                bots.feed(log.live, referee, log.world, at)
            log.live.tick(referee, log.world)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            referee.report("tick", error)
            return self._tick_failed(command, error)
        if not log.live.is_due(at):
            return Outcome()
        plan = Plan(referee, log, command)
        plan.flush()
        return plan.done()

    def _tick_failed(self, command: Tick, error: BaseException) -> Outcome:
        """Bring the log up to the last tick that worked, then end the game."""
        played = self._log.live.rewind(self._referee, self._log.world)
        plan = Plan(self._referee, self._log, command)
        if played is not None:
            plan.keep_ticks(*played)
        if isinstance(error, Stuck):
            plan.abort("overrun")
        else:
            plan.abort("error", problem=problem_of(error))
        return plan.done()
