"""Ticks: played ahead of the log, written to it as `game.tick` entries, and replayed from those.

Inputs act at once on the live world, between two ticks, and reach the log with the next `game.tick {from, to, inputs}`;
that entry's `inputs` name the tick each belongs to, so a replay plays them exactly there. Ticks without inputs are
not stored: they are the same on every replay. What was played beyond the log is lost in a crash; no input is
acknowledged before its entry is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from parlour.core.authoring.world import Fact, World
from parlour.core.games.referee import Referee
from parlour.core.room import Draft

ENTRIES_PER_SECOND = 10
"""`game.tick` entries, at most (protocol §5)."""
MAX_INPUTS = 1000
"""Inputs waiting for their entry."""
REMEMBERED_INPUTS = 1024
"""Ids of a ticking game's latest inputs: a retry within minutes is safe."""


class Live:
    """The part of a ticking game that is ahead of its log; empty in a game without ticks.

    Attributes:
        world: the live world; None where it is the log's.
        inputs: those that are in no entry yet.
    """

    def __init__(self) -> None:
        self.world: World | None = None
        self.inputs: list[dict[str, Any]] = []
        self._second: World | None = None
        self._stored_at = 0

    def input(self, referee: Referee, base: World, given: dict[str, Any]) -> None:
        """Run an input `{seat, action, args, id?}`; if the author's code raises, nothing has changed."""
        trial = (self.world or base).copy()
        given = {"tick": trial.tick, **given}
        referee.run_input(trial, given)
        referee.check_size(trial)
        self.world = trial
        self.inputs.append(given)

    def tick(self, referee: Referee, base: World) -> None:
        """Play a tick; raises what the author raises, and then `rewind` is due."""
        if self.world is None:
            self.world = base.copy()
        referee.run_tick(self.world)
        if self.world.tick % (referee.game.tick_rate or 1) == 0:
            referee.check_state(self.world)
            self._second = self.world.copy()

    def is_due(self, at: int) -> bool:
        """Return whether inputs have waited long enough to be stored, or the game has ended."""
        if self.world is None:
            return False
        waited = at - self._stored_at
        return self.world.finished is not None or bool(self.inputs and waited * ENTRIES_PER_SECOND >= 1000)

    def entry(self, base: World) -> tuple[Draft, World] | None:
        """Return the `game.tick` that brings the log up to the live world, and that world; or None."""
        live = self.world
        if live is None or (live.tick == base.tick and not self.inputs):
            return None
        world = live.copy()
        world.inputs = base.inputs
        return Draft("game.tick", {"from": base.tick, "to": live.tick, "inputs": list(self.inputs)}), world

    def rewind(self, referee: Referee, base: World) -> tuple[Draft, World] | None:
        """Forget the live world, whose last tick failed.

        Returns:
            The `game.tick` of the ticks that did not fail, and the world they led to. Only those since the last whole
            second are played again, for there may be an hour of them.
        """
        reached = base.tick if self.world is None else self.world.tick
        played = [given for given in self.inputs if given["tick"] < reached]
        start = self._second if self._second is not None and self._second.tick > base.tick else base
        self.reset()
        if reached == base.tick:
            return None
        world = start.copy()
        for _ in play_ticks(referee, world, [one for one in played if one["tick"] >= start.tick], reached):
            pass
        world.inputs = base.inputs
        return Draft("game.tick", {"from": base.tick, "to": reached, "inputs": played}), world

    def stored(self, inputs: int, at: int, base: World) -> None:
        """Note that a `game.tick` entry with so many of the inputs is in the log, and led to `base`."""
        self.inputs = self.inputs[inputs:]
        self._stored_at = at
        if self.world is not None:
            self.world.tick_at = base.tick_at

    def reset(self) -> None:
        """Forget the live world, because the log moved on by other entries."""
        self.world, self.inputs, self._second = None, [], None


def ticked(referee: Referee, world: World, fact: Fact) -> None:
    """Replay a `game.tick` entry at once."""
    for _ in replay(referee, world, fact):
        pass


def replay(referee: Referee, world: World, fact: Fact) -> Iterator[None]:
    """Replay a `game.tick` entry, a tick at each step; raises what the author raises."""
    yield from play_ticks(referee, world, fact.body["inputs"], fact.body["to"])
    note_inputs(referee, world, fact)


def play_ticks(referee: Referee, world: World, inputs: Iterable[dict[str, Any]], to: int) -> Iterator[None]:
    """Play up to tick `to`, a tick at each step; inputs of that last tick came before it was played."""
    given = {tick: list(group) for tick, group in groupby(inputs, key=itemgetter("tick"))}
    while True:
        for one in given.get(world.tick, ()):
            referee.run_input(world, one)
        if world.tick >= to:
            break
        referee.run_tick(world)
        yield


def note_inputs(referee: Referee, world: World, fact: Fact) -> None:
    """Remember the ids of the inputs in a `game.tick`; the oldest are forgotten."""
    keep_time(referee, world, fact.at)
    inputs = dict(world.inputs)
    for given in fact.body["inputs"]:
        if "id" in given:
            inputs[f"{given['seat']}:{given['id']}"] = (fact.seq, digest(given["action"], given["args"]))
    while len(inputs) > REMEMBERED_INPUTS:
        del inputs[next(iter(inputs))]
    world.inputs = inputs


def keep_time(referee: Referee, world: World, at: int) -> None:
    """Bring the ticks' own time up to the log's, after skipped ticks or a standstill."""
    if rate := referee.game.tick_rate:
        world.tick_at = max(world.tick_at, at - world.tick * 1000 // rate)


def digest(action: str, args: dict[str, Any]) -> str:
    """Return a short hash that tells two inputs with one id apart."""
    return sha256(orjson.dumps([action, args], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
