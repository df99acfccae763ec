"""What a game's log has led to, and who sees what of it: the half of a game room that only reads.

    entry → the referee → world → view

The copy of the world made while deciding (game_room.py) is adopted when its very entry is applied, so the author's code
runs once a move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from parlour.core.games import player_view as seeing
from parlour.core.games import seating
from parlour.core.games.game import Game
from parlour.core.games.referee import Referee, Report, Stuck, ignore
from parlour.core.games.rules import Rules
from parlour.core.games.ticking import Live
from parlour.core.games.unserved import hides_unread, is_over
from parlour.core.games.world import DRAWING, ENDED, PLAYING, Fact, World
from parlour.core.room import Account, Draft, Entry, RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError

MOST_OVERRUNS = 3
"""After so many the room does not try that action, or its view, again: each costs everybody else a second."""
BROKEN = -1
"""The version of a log that these rules cannot follow: another code wrote it under the same number."""


class GameLog(Hall):
    """The fold of a game's log; game_room.py adds what is decided on it.

    Attributes:
        guard: entered around the author's code; may raise `Stuck` in it when it does not come back.
        report: is told what the author's code raised where nobody is refused with it.
    """

    game: ClassVar[type[Game[Any]]]
    rules: ClassVar[Rules]
    guard: ClassVar[AbstractContextManager[None]] = nullcontext()
    report: ClassVar[Report] = staticmethod(ignore)
    computed = True
    posts = ("game.action",)
    unsent = frozenset({"game.tick"})

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self._referee: Referee | None = None
        self._world: World | None = None
        self._version = self.game.version
        self._old: dict[str, Any] | None = None
        self._old_over = False
        self._missed = False
        self._unreadable = False
        self._overruns: Counter[str] = Counter()
        self._ahead: list[tuple[Draft, World]] = []
        self._live = Live()

    # ── what the room is ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def referee(self) -> Referee:
        if self._referee is None:
            self._referee = Referee(self.rules, self.options, self.report)
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
        return self._live.world or self.world

    @property
    def incompatible(self) -> bool:
        """Whether this log was played under another version of the game; then it can be read, and not played."""
        return self._version != self.game.version or self._unreadable

    @classmethod
    def holds_stake(cls, options: dict[str, Any]) -> bool:
        """Whether a room of these options, as stored, has something of value hang on it."""
        return cls.game.staked_by is not None and options.get(cls.game.staked_by) is not None

    @property
    def staked(self) -> bool:
        return self.holds_stake(self.options)

    @property
    def unreadable(self) -> bool:  # type: ignore[override]  # a fact of the log, not of the class
        return self.incompatible

    @property
    def unfinished(self) -> bool:  # type: ignore[override]  # as above
        return not self.incompatible and self.world.status in (DRAWING, PLAYING)

    def seated(self) -> list[Account]:
        """Accounts of players still in the game; bots have none."""
        seats = [] if self.incompatible else self.world.seats
        return [seat.account for seat in seats if seat is not None and not seat.gone and not seat.bot]

    def lobby(self) -> dict[str, Any]:
        """What lists show of this game: `{status, seats: {taken, total}, open}`; seats kept for bots are taken."""
        if self.incompatible:
            return {"status": "incompatible", "seats": {"taken": 0, "total": self.rules.most}, "open": False}
        world = self.world
        return {
            "status": seeing.status(world),
            "seats": {"taken": seating.taken_seats(self.referee, world), "total": len(world.seats)},
            "open": world.status != ENDED and bool(seating.free_seats(self.referee, world)),
        }

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _apply_room(self, entry: Entry) -> None:
        super()._apply_room(entry)
        if entry.type == "room.created" and isinstance(entry.body, dict):
            self._version = entry.body.get("version", 1)

    def apply_kind(self, entry: Entry) -> None:
        if not isinstance(entry.body, dict):
            return
        if entry.type == "game.migrated":
            self._version, self._old, self._missed = entry.body["to"], None, False
        if self.incompatible:
            self._old_over = is_over(entry, self._old_over)
            if entry.type.startswith("game."):
                self._missed = True
            return
        if not entry.type.startswith(("game.", "chain.")):
            return
        if self._ahead:
            draft, world = self._ahead.pop(0)
            if draft.body is entry.body:
                self._adopt(entry, world)
                return
            self._ahead = []
        world = self.world.copy()
        # Ticks without inputs have no entries of their own: one may stand for an hour of them.
        guard = nullcontext() if entry.type == "game.tick" else self.guard
        try:
            with guard:
                self.referee.apply(world, _fact(entry))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._lose_track(error)
            return
        self._adopt(entry, world)

    def applying(self, entry: Entry) -> Iterator[None]:
        if entry.type != "game.tick" or self.incompatible or not isinstance(entry.body, dict):
            yield from super().applying(entry)
            return
        world = self.world.copy()
        try:
            yield from self.referee.ticking(world, _fact(entry))
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._lose_track(error)
            return
        self._adopt(entry, world)

    def _lose_track(self, error: BaseException) -> None:
        """These rules do not lead where the log says."""
        self.report("replay", error)
        self._version = BROKEN

    def _adopt(self, entry: Entry, world: World) -> None:
        self._world = world
        if not self.game.tick_rate:
            return
        if entry.type == "game.tick" and isinstance(entry.body, dict):
            self._live.stored(len(entry.body["inputs"]), entry.at, world)
        else:
            self._live.reset()

    def refuses(self, entry: Entry) -> str | None:
        """Judge an entry again without what a reorg undid (protocol §5)."""
        if not entry.type.startswith("game.") or self.incompatible or not isinstance(entry.body, dict):
            return None
        try:
            return self._verdict(_fact(entry))
        except ParlourError as error:
            return error.reason or error.code
        except Exception:
            return "error"

    def _verdict(self, fact: Fact) -> str | None:
        world, body = self.world.copy(), fact.body
        if fact.type == "game.ended":
            return None if world.finished == body["result"] or "aborted" in body["result"] else "not_over"
        if fact.type == "game.timeout":
            return None if body.get("seat") in (None, world.turn) else "not_your_turn"
        if fact.type == "game.action" and (action := self.rules.actions.get(body["action"])) is not None:
            seat = world.seat_of(fact.author) if fact.author else body["seat"]
            if seat is None:
                return "not_seated"
            self.referee.check_action(world, seat, action)
        self.referee.apply(world, fact)
        return None

    def snapshot(self) -> dict[str, Any]:
        over = self._old_over if self.incompatible else self.world.status == ENDED
        world = self._old if self.incompatible else self.world.dump()
        missed = {"missed": True} if self._missed else {}
        return {**super().snapshot(), "version": self._version, "over": over, "world": world, **missed}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._version = state["version"]
        self._missed = self._unreadable = state.get("missed", False)
        if not self.incompatible:
            try:
                self._world = World.load(state["world"], self.rules.state)
                return
            except ValueError:  # the State changed, and its version did not
                self._unreadable = True
        self._old, self._old_over = state["world"], state["over"]

    # ── what others see ──────────────────────────────────────────────────────────────────────────────────────────

    def hides(self, entry: Entry, viewer: Account | None) -> bool:
        if self.incompatible:
            return hides_unread(entry, viewer, self._old_over)
        if entry.type == "game.tick" and self.rules.hides:
            return self.world.status != ENDED
        if entry.seq in self.world.secret:
            return True
        return entry.seq in self.world.hidden and (not entry.author or entry.author != viewer)

    def view(self, viewer: Account | None) -> Any:
        if self.incompatible:
            return {"status": "incompatible", "version": self._version}
        if not self.rules.has_view:
            return seeing.see(self.referee, self.present, viewer)
        if self._overruns["view"] < MOST_OVERRUNS:
            try:
                with self.guard:
                    return seeing.see(self.referee, self.present, viewer)
            except Stuck as error:
                self._overruns["view"] += 1
                self.report("view", error)
        return {**seeing.facts(self.referee, self.present), "error": "view"}

    def view_key(self, viewer: Account | None) -> Hashable:
        """Viewers with equal keys share one view, and one patch."""
        if not self.rules.per_viewer or not viewer or self.incompatible:
            return None
        return self.present.seat_of(viewer)


def _fact(entry: Entry) -> Fact:
    return Fact(entry.type, entry.body, entry.author, entry.seq, entry.at)  # type: ignore[arg-type]  # a dict: checked
