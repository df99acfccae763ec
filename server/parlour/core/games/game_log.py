"""Folds a game's log: entry → effects on the world.

While deciding, a plan tries each entry on a copy of the world. That copy is adopted when its very entry is applied, so
the author's code runs once a move.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, Fact, World
from parlour.core.games.effects import apply_fact
from parlour.core.games.referee import Referee
from parlour.core.games.ticking import Live, replay
from parlour.core.room import Draft, Entry
from parlour.errors import ParlourError


class LostTrack(Exception):
    """The rules do not lead to what the log says; the cause is what the author's code raised."""


class GameLog:
    """The world that the entries of a game have led to.

    Attributes:
        world: the world as the log has it.
        live: the part of a ticking game that runs ahead of the log.
        ahead: drafts that were decided on and are not in the log yet, each with the world it leads to.
    """

    def __init__(self, referee: Referee, guard: AbstractContextManager[None], world: World) -> None:
        self.world = world
        self.live = Live()
        self.ahead: list[tuple[Draft, World]] = []
        self._referee = referee
        self._guard = guard

    @property
    def present(self) -> World:
        """The world players see: ahead of the log in a ticking game."""
        return self.live.world or self.world

    def apply(self, entry: Entry) -> None:
        """Fold an entry with a JSON body; raises LostTrack where the rules cannot follow it."""
        if self.ahead:
            draft, world = self.ahead.pop(0)
            if draft.body is entry.body:
                self.world = world
                if self._referee.game.tick_rate:
                    self._adopt(entry, world)
                return
            self.ahead = []
        world = self.world.copy()
        # Ticks without inputs have no entries of their own: one may stand for an hour of them.
        guard = nullcontext() if entry.type == "game.tick" else self._guard
        try:
            with guard:
                apply_fact(self._referee, world, _fact(entry))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise LostTrack from error
        self._adopt(entry, world)

    def apply_ticks(self, entry: Entry) -> Iterator[None]:
        """Fold a `game.tick` entry, a tick at each step; raises as `apply`."""
        world = self.world.copy()
        try:
            yield from replay(self._referee, world, _fact(entry))
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise LostTrack from error
        self._adopt(entry, world)

    def _adopt(self, entry: Entry, world: World) -> None:
        self.world = world
        if not self._referee.game.tick_rate:
            return
        if entry.type == "game.tick" and isinstance(entry.body, dict):
            self.live.stored(len(entry.body["inputs"]), entry.at, world)
        else:
            self.live.reset()

    def refuses(self, entry: Entry) -> str | None:
        """Return why a `game.*` entry would not be accepted here (protocol §5), or None."""
        try:
            return self._objection(_fact(entry))
        except ParlourError as error:
            return error.reason or error.code
        except Exception:
            return "error"

    def _objection(self, fact: Fact) -> str | None:
        world, body = self.world.copy(), fact.body
        if fact.type == "game.started" and self._lacks_stake(world, body):
            return "not_staked"
        if fact.type == "game.settled" and world.escrow.get(str(body["round"]), {}).get("state") != "settled":
            return "not_settled"
        if fact.type in _OF_A_GAME_THAT_IS_ON and world.status not in (PLAYING, DRAWING):
            return "not_started"
        if fact.type == "game.ended":
            if "aborted" in body["result"]:
                return None
            over = world.finished == body["result"] and world.stored == body.get("stored", {})
            return None if over else "not_over"
        if fact.type == "game.timeout":
            return None if body.get("seat") in (None, world.turn) else "not_your_turn"
        if fact.type == "game.action" and (action := self._referee.rules.actions.get(body["action"])) is not None:
            seat = world.seat_of(fact.author) if fact.author else body["seat"]
            if seat is None:
                return "not_seated"
            self._referee.check_action(world, seat, action)
        if fact.type == "game.action" and (allowed := _BUILT_IN_AT.get(body["action"])) and world.status != allowed[0]:
            return allowed[1]
        apply_fact(self._referee, world, fact)
        return None

    def _lacks_stake(self, world: World, started: dict[str, Any]) -> bool:
        """Return whether a stake that was in when a round began is not in any more."""
        stake, there = self._referee.stake, started.get("stakes")
        if stake is None or there is None:
            return False
        return any(int(there[seat]) >= stake.amount for seat in self._referee.unstaked(world))


_OF_A_GAME_THAT_IS_ON = frozenset(("game.tick", "game.timeout", "game.paused"))
_BUILT_IN_AT = {
    "commit": (DRAWING, "not_drawing"),
    "contribute": (DRAWING, "not_drawing"),
    "rematch": (ENDED, "not_over"),
}
"""The phase that an action of the server's own belongs to, and what its refusal is called."""


def _fact(entry: Entry) -> Fact:
    return Fact(entry.type, entry.body, entry.author, entry.seq, entry.at)  # type: ignore[arg-type]  # a dict: checked
