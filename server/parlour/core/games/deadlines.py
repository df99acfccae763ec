"""Finds out what happens in a game by itself, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, World
from parlour.core.games.referee import Referee
from parlour.core.room import Draft

DRAW_SECONDS = 60
"""How long players may take to contribute to chance, both steps together."""


class Deadline(NamedTuple):
    """A time (ms), and the entry that is due then."""

    at: int
    type: str
    body: dict[str, Any]

    def draft(self) -> Draft:
        """Return the entry."""
        return Draft(self.type, self.body)


def next_due(referee: Referee, world: World) -> int | None:
    """Return when (ms) the room closes, or the first of `due` comes; asked after every entry, so it makes no list."""
    if world.confirm_by and (closes := closes_at(world)) is not None:
        return closes
    if world.paused_at is not None or world.status == ENDED:
        return None
    if world.finished is not None:
        return world.turn_at
    at, away = next_timeout(referee, world), world.seats.first_away
    if away is None or referee.drop_ms is None:
        return at
    return away + referee.drop_ms if at is None else min(at, away + referee.drop_ms)


def closes_at(world: World) -> int | None:
    """Return when (ms) the room closes because somebody whose seat is kept has not come; None while all may."""
    return world.confirm_by if world.awaited() else None


def next_timeout(referee: Referee, world: World) -> int | None:
    """Return when (ms) the first of `timeouts` comes."""
    if world.status == DRAWING:
        return world.turn_at + DRAW_SECONDS * 1000
    if world.status != PLAYING:
        return None
    timer, turn = world.timer, world.turn
    if turn is None:
        return timer
    ms = world.clocks[turn] if world.clocks else referee.turn_ms
    if ms is None:
        return timer
    ends = world.turn_at + ms
    return ends if timer is None or ends < timer else timer


def due(referee: Referee, world: World) -> list[Deadline]:
    """Return the timeouts, and the ends of dropped players' grace; none while the game is paused."""
    if world.paused_at is not None or world.status == ENDED:
        return []
    if world.finished is not None:
        return [Deadline(world.turn_at, "game.ended", _result(referee, world))]
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
    if (ends := turn_ends(referee, world)) is not None:
        timeouts.append(Deadline(ends, "game.timeout", {"seat": world.turn}))
    return timeouts


def turn_ends(referee: Referee, world: World) -> int | None:
    """Return when (ms) the seat on turn of a running game has used up its time; None for never."""
    if world.turn is None:
        return None
    ms = world.clocks[world.turn] if world.clocks else referee.turn_ms
    return None if ms is None else world.turn_at + ms


def _absences(referee: Referee, world: World) -> list[Deadline]:
    grace = referee.drop_ms
    if grace is None:
        return []
    return [
        Deadline(seat.away + grace, "game.left", {"seat": number, "reason": "dropped"})
        for number, seat in enumerate(world.seats)
        if seat is not None and seat.away is not None and not seat.gone
    ]


def ending(referee: Referee, world: World) -> Draft:
    """Return the `game.ended` entry for a world whose game is finished."""
    return Draft("game.ended", _result(referee, world))


def _result(referee: Referee, world: World) -> dict[str, Any]:
    body: dict[str, Any] = {"result": world.finished, "seed": "0x" + world.seed}
    if world.unsettled:
        body["provisional"] = True
    if world.kept and world.round == 1 and (placed := referee.placement(world)) is not None:
        body["places"] = placed
    if world.stored and "aborted" not in (world.finished or {}):
        body["stored"] = world.stored
    if referee.settlement is not None:
        body["settlement"] = referee.settlement.result(world)
    return body
