"""Decides on the commands of a match that today's rules can follow, and shows the match.

    command → decided here → plan.py: drafts, each tried on a copy of the world → host stores → apply

Around it: acting.py (posts), seating.py (who plays), builtin_actions.py (start, pause, rematch …), clockwork.py (what
happens by itself), bots.py, ticking.py (the part that runs ahead of the log), player_view.py (views).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from parlour.core.authoring.author_errors import Stuck, overrun
from parlour.core.authoring.rules import BUILT_IN
from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, World
from parlour.core.games import player_view, seating
from parlour.core.games.acting import MOST_OVERRUNS, act
from parlour.core.games.clockwork import Clockwork
from parlour.core.games.deadlines import closes_at
from parlour.core.games.escrow import Settlement
from parlour.core.games.game_log import GameLog
from parlour.core.games.plan import Plan
from parlour.core.games.referee import Referee, ServedGame
from parlour.core.room import Account, ChainUpdate, Command, Draft, Dropped, Entry, Join, Outcome, Post, Returned


class Match:
    """A match whose rules are served here.

    Attributes:
        served: the game's class, its rules and what guards them.
        referee: the rules with the options of this room.
        log: what the entries so far have led to.
        clockwork: what happens by itself.
        post: decides on a `game.action`; raises as `act`.
    """

    def __init__(
        self,
        served: ServedGame,
        options: dict[str, Any],
        world: dict[str, Any] | None = None,
        settlement: Settlement | None = None,
        made: dict[str, Any] | None = None,
    ) -> None:
        """Begin a match, or continue from the world of a snapshot.

        Args:
            made: what `room.created` says of the table where matchmaking made it.

        Raises:
            Invalid: the options are not those of the rules. ValueError: the world is not one of the rules' State.
        """
        self.served = served
        self.referee = Referee(served, options, settlement)
        begun = self.referee.fresh(made) if world is None else World.load(world, served.rules.state)
        self.log = GameLog(self.referee, served.guard, begun)
        self.clockwork = Clockwork(self.referee, self.log)
        self._overruns: Counter[str] = Counter()
        self.post: Callable[[Post], Outcome] = partial(act, self.referee, self.log, self._overruns)
        self._shown: dict[Hashable, Any] = {}
        self._shown_of: World | None = None

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def join(self, command: Join) -> Outcome:
        """Seat an account if a seat is free; raises what the author's `on_join` raises."""
        if self.log.present.seat_of(command.author) is None:
            if command.as_ == "spectator":
                return Outcome()
            if self._overruns["on_join"] >= MOST_OVERRUNS and seating.free_seats(self.referee, self.log.present):
                raise overrun()
        plan = Plan(self.referee, self.log, command, offset=int(command.grant is not None))
        seat = seating.sit(plan, command.author)
        return plan.done() if seat is None else plan.done(seat=seat)

    def would_sit(self, command: Join) -> bool:
        """Return whether a join takes a seat that the account does not have yet."""
        account, world = command.author, self.log.present
        if command.as_ == "spectator" or not account or account.startswith("app:"):
            return False
        return world.seat_of(account) is None and seating.seat_for(self.referee, world, account) is not None

    def may_begin(self, command: Command) -> bool:
        """Return whether a command may begin a round, or seat somebody in the one that is played."""
        if isinstance(command, Join):
            return self.log.present.seat_of(command.author) is None
        built_in = (
            isinstance(command, Post) and isinstance(command.body, dict) and command.body.get("action") in BUILT_IN
        )
        return built_in or isinstance(command, ChainUpdate)

    @property
    def closes_at(self) -> int | None:
        """When (ms) the room closes because somebody matchmaking keeps a seat for has not come; None while all may."""
        return closes_at(self.log.world)

    def depart(self, command: Command, account: Account, reason: str | None, offset: int = 0) -> Outcome:
        """Let an account give up its seat for good.

        Args:
            offset: drafts of the same outcome that come before.
        """
        plan = Plan(self.referee, self.log, command, offset)
        seating.depart(plan, account, reason)
        return plan.done()

    def dropped(self, command: Dropped) -> Outcome:
        """Note that a player has no connection any more."""
        world = self.log.present
        seat = world.seat_of(command.author)
        if seat is None or world.status == ENDED or world.seats.players[seat].away:
            return Outcome()
        plan = Plan(self.referee, self.log, command)
        plan.add(Draft("game.dropped", {"seat": seat}))
        return plan.done()

    def returned(self, command: Returned) -> Outcome:
        """Note that a dropped player is back."""
        if self.log.present.seat_of(command.author) is None:
            return Outcome()
        plan = Plan(self.referee, self.log, command)
        seating.sit(plan, command.author)
        return plan.done()

    def stop(self, command: Command, reason: str, offset: int = 0) -> Outcome:
        """End a running game without a winner; `offset` is the number of drafts before in the same outcome."""
        if self.log.present.status not in (PLAYING, DRAWING):
            return Outcome()
        plan = Plan(self.referee, self.log, command, offset)
        plan.abort(reason)
        return plan.done()

    def flush(self, command: Command) -> Outcome:
        """Write the ticks that are not in the log yet to it."""
        plan = Plan(self.referee, self.log, command)
        plan.flush()
        return plan.done()

    def follow_chain(self, command: Command, drafts: list[Draft]) -> list[Draft]:
        """Return the chain's entries with what they lead to, such as the end of the game."""
        if not self.referee.hooks or not drafts:
            return drafts
        plan = Plan(self.referee, self.log, command)
        for draft in drafts:
            plan.add(draft)
        if self.referee.stake is not None or self.referee.settlement is not None:
            seating.begin_if_ready(plan)
        return plan.done().entries

    def note_overrun(self, command: Command) -> None:
        """Remember which action (or joining) took the author's code too long."""
        if isinstance(command, Post) and isinstance(command.body, dict):
            self._overruns[str(command.body.get("action"))] += 1
        elif isinstance(command, Join):
            self._overruns["on_join"] += 1

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> dict[str, Any]:
        """Return the game's part of a room's snapshot: `{version, over, world}`."""
        world = self.log.world
        return {"version": self.served.game.version, "over": world.status == ENDED, "world": world.dump()}

    # ── what others see ──────────────────────────────────────────────────────────────────────────────────────────

    def seated(self) -> list[Account]:
        """Return the accounts of players still in the game; bots have none."""
        return [s.account for s in self.log.world.seats if s is not None and not s.gone and not s.bot]

    def lobby(self) -> dict[str, Any]:
        """Return what lists show: `{status, seats: {taken, total}, open}`; seats kept for bots are taken."""
        referee, world = self.referee, self.log.world
        return {
            "status": player_view.status(world),
            "seats": {"taken": seating.taken_seats(referee, world), "total": len(world.seats)},
            "open": world.status != ENDED and not world.kept and bool(seating.free_seats(referee, world)),
        }

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        """Return whether this viewer gets the entry redacted."""
        world = self.log.world
        if entry.type == "game.tick" and self.served.rules.hides:
            return world.status != ENDED
        if entry.seq in world.secret:
            return True
        return entry.seq in world.hidden and (not entry.author or entry.author != viewer)

    def view(self, viewer: Account | None) -> Any:
        """Return what this viewer sees; facts alone where the author's `view` took too long too often.

        It is made once for all who share it (`view_key`), and must not be changed.
        """
        world = self.log.world
        if self.referee.game.tick_rate:  # its live world changes from tick to tick
            return self._view(viewer)
        if self._shown_of is not world:
            self._shown_of, self._shown = world, {}
        key = self.view_key(viewer) if self.served.rules.per_viewer else None
        view = self._shown.get(key)
        if view is None:
            made = self._view if self.served.rules.has_view else partial(player_view.view_of, self.referee, world)
            view = self._shown[key] = made(viewer)
        return view

    def _view(self, viewer: Account | None) -> dict[str, Any]:
        if not self.served.rules.has_view:
            return player_view.view_of(self.referee, self.log.present, viewer)
        if self._overruns["view"] < MOST_OVERRUNS:
            try:
                with self.served.guard:
                    return player_view.view_of(self.referee, self.log.present, viewer)
            except Stuck as error:
                self._overruns["view"] += 1
                self.served.report("view", error)
        return {**player_view.facts(self.referee, self.log.present), "error": "view"}

    def view_key(self, viewer: Account | None) -> Hashable:
        """Return the key under which viewers share one view: their seat, where the view looks at its viewer."""
        if not self.served.rules.per_viewer or not viewer:
            return None
        return self.log.present.seat_of(viewer)
