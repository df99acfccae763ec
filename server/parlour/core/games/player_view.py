"""Makes what viewers see of a game: the author's view, and the keys that every game has."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

import orjson
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from parlour.core.authoring.author_errors import PASSING
from parlour.core.authoring.rules import Rules
from parlour.core.authoring.world import World
from parlour.core.games.deadlines import next_timeout
from parlour.core.games.referee import Referee
from parlour.core.room import Account
from parlour.core.rooms.view_schema import view_schema, with_keys

Status = Literal["waiting", "drawing", "playing", "paused", "ended"]


class Facts(TypedDict):
    """What every view shows of a match. Seats are numbers from 0, times are ms.

    Attributes:
        status: what the match is doing.
        players: the account of each seat, None where it is free.
        away: seats whose player dropped or left.
        gone: those of `away` that left for good.
        round: 1 for the first game, one more for each rematch.
        winner: the winning seat, None for a draw and while it is undecided.
        result: all that `finish` was called with.
        deadline: when a turn, a timer or a clock runs out.
        turn: the seat on turn, in games with turns.
        clocks: ms left by seat, in games with a clock.
        applied: by seat how many inputs of the round were played, in games that tick; bots have none.
        stakes: wei by seat, at a table with a stake.
        unstaked: seats whose stake is not in: the game waits for them, and they make no moves.
        settlement: at a settled table the terms, the round to pay into, and how the rounds before stand in the escrow.
    """

    status: Status
    players: list[Account | None]
    away: list[int]
    gone: list[int]
    round: int
    winner: int | None
    result: dict[str, Any] | None
    deadline: int | None
    turn: NotRequired[int | None]
    clocks: NotRequired[list[int]]
    applied: NotRequired[list[int]]
    stakes: NotRequired[list[str]]
    unstaked: NotRequired[list[int]]
    settlement: NotRequired[dict[str, Any]]


MAX_VIEW_BYTES = 512 * 1024
"""Of an author's view as JSON: half of what waits for a slow client at most (protocol §2)."""


def schema(rules: Rules) -> dict[str, Any]:
    """Return the JSON Schema of the view: the author's keys and those every game has."""
    own = view_schema(rules.game.view if rules.has_view else None, rules.state)
    return with_keys(own, TypeAdapter(Facts).json_schema(mode="serialization"))


def view_of(referee: Referee, world: World, viewer: Account | None) -> dict[str, Any]:
    """Return the view of one account; None, and everybody without a seat, is a spectator."""
    if not referee.rules.has_view:
        return {**world.state.__pydantic_serializer__.to_python(world.state, mode="json"), **facts(referee, world)}
    seat = world.seat_of(viewer) if viewer else None
    # A copy, for a view must change nothing, whatever the author's code does.
    game = referee.game(world.copy(), referee.options, None, world.turn_at)
    try:
        shown = to_jsonable_python(game.view(None if seat is None else world.seats.players[seat]))
        if len(orjson.dumps(shown)) > MAX_VIEW_BYTES:
            raise ValueError(f"A view is {MAX_VIEW_BYTES} bytes of JSON at most.")
        return {**shown, **facts(referee, world)}
    except PASSING:
        raise
    except BaseException as error:
        # A view that raises must not take the room down with it, nor show what it would have hidden.
        referee.report("view", error)
        return {**facts(referee, world), "error": "view"}


def facts(referee: Referee, world: World) -> Facts:
    """Return the keys that every game's view has."""
    result, seats, paused = world.result, world.seats, world.paused_at is not None
    facts: Facts = {
        "status": "paused" if paused else world.status,
        "players": seats.accounts,
        "away": seats.absent,
        "gone": seats.left,
        "round": world.round,
        "winner": result["winner"] if result else None,
        "result": result,
        "deadline": None if paused or world.finished is not None else next_timeout(referee, world),
    }
    if referee.game.turns:
        facts["turn"] = world.turn
    if world.clocks:
        facts["clocks"] = list(world.clocks)
    if referee.game.tick_rate:
        facts["applied"] = [world.applied.get(seat, 0) for seat in range(len(seats))]
    if referee.is_staked and (there := referee.stakes(world)) is not None:
        facts["stakes"] = [str(amount) for amount in there]
        facts["unstaked"] = referee.unstaked(world)
    if referee.settlement is not None:
        facts["settlement"] = referee.settlement.shown(world)
    return facts


def status(world: World) -> Status:
    """Return the status of a match; only the room says `incompatible`."""
    return "paused" if world.paused_at is not None else world.status
