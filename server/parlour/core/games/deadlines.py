"""Finds out what happens in a game by itself, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

from parlour.core.games.referee import Referee
from parlour.core.games.world import DRAWING, ENDED, PLAYING, World
from parlour.core.room import Draft

DRAW_SECONDS = 60
"""How long players may take to contribute to chance, both steps together."""


class Deadline(NamedTuple):
    """A time (ms), and the entry that says it has come."""

    at: int
    type: str
    body: dict[str, Any]

    def draft(self) -> Draft:
        """Return the entry."""
        return Draft(self.type, self.body)


def due(referee: Referee, world: World) -> list[Deadline]:
    """Return the timeouts, and the ends of dropped players' grace; none while the game is paused."""
    if world.paused_at is not None or world.status == ENDED:
        return []
    if world.finished is not None:
        return [Deadline(world.turn_at, "game.ended", _result(world))]
    return _absences(referee, world) + timeouts(referee, world)


def timeouts(referee: Referee, world: World) -> list[Deadline]:
    """Return the timeouts alone: players see the first as the view's `deadline`."""
    if world.status == DRAWING:
        return [Deadline(world.turn_at + DRAW_SECONDS * 1000, "game.timeout", {"missing": world.owing()})]
    if world.status != PLAYING:
        return []
    timeouts = []
    if world.timer is not None:
        timeouts.append(Deadline(world.timer, "game.timeout", {"seat": None}))
    if world.turn is not None and (ms := _turn_ms(referee, world, world.turn)) is not None:
        timeouts.append(Deadline(world.turn_at + ms, "game.timeout", {"seat": world.turn}))
    return timeouts


def _turn_ms(referee: Referee, world: World, seat: int) -> int | None:
    if world.clocks:
        return world.clocks[seat]
    seconds = referee.game.turn_seconds
    return None if seconds is None else round(seconds * 1000)


def _absences(referee: Referee, world: World) -> list[Deadline]:
    if referee.game.drop_seconds is None:
        return []
    grace = round(referee.game.drop_seconds * 1000)
    return [
        Deadline(seat.away + grace, "game.left", {"seat": number, "reason": "dropped"})
        for number, seat in enumerate(world.seats)
        if seat is not None and seat.away is not None and not seat.gone
    ]


def ending(world: World) -> Draft:
    """Return the `game.ended` entry for a world whose game is finished."""
    return Draft("game.ended", _result(world))


def _result(world: World) -> dict[str, Any]:
    body: dict[str, Any] = {"result": world.finished, "seed": "0x" + world.seed}
    if world.unsettled:
        body["provisional"] = True
    return body
