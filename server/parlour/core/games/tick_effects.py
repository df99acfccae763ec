"""What a `game.tick` entry does to a game's world: the ticks since the one before, with the inputs between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from parlour.core.games.referee import Referee
from parlour.core.games.world import Fact, World

REMEMBERED_INPUTS = 1024
"""Ids of a ticking game's latest inputs: a retry within minutes is safe."""


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
    """Remember the ids of the inputs in a `game.tick`; the oldest make room."""
    keep_time(referee, world, fact.at)
    for given in fact.body["inputs"]:
        if "id" in given:
            world.inputs[f"{given['seat']}:{given['id']}"] = (fact.seq, digest(given["action"], given["args"]))
    while len(world.inputs) > REMEMBERED_INPUTS:
        del world.inputs[next(iter(world.inputs))]


def keep_time(referee: Referee, world: World, at: int) -> None:
    """Bring the ticks' own time up to the log's: some were skipped, or the game stood still."""
    if rate := referee.game.tick_rate:
        world.tick_at = max(world.tick_at, at - world.tick * 1000 // rate)


def digest(action: str, args: dict[str, Any]) -> str:
    """A short hash that tells two inputs with one id apart."""
    return sha256(orjson.dumps([action, args], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
