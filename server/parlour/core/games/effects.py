"""What each `game.*` entry does to a game's world, the same while deciding and on replay.

What chain entries do is chain_effects.py, what ticks do is ticking.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from parlour.core.authoring.author_errors import aborted
from parlour.core.authoring.chance import combined
from parlour.core.authoring.seats import Seats
from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, WAITING, Fact, World
from parlour.core.games.chain_effects import chain_confirmed, chain_event, chain_moved
from parlour.core.games.escrow import PREFIX, forget_paid, note
from parlour.core.games.referee import Referee
from parlour.core.games.ticking import keep_time, ticked
from parlour.core.room import SERVER


def apply_fact(referee: Referee, world: World, fact: Fact) -> None:
    """Change `world` as the entry says; raises what an author's action raises, for `game.action` alone."""
    effect = _EFFECTS.get(fact.type)
    if effect is not None:
        effect(referee, world, fact)


def _action(referee: Referee, world: World, fact: Fact) -> None:
    name, args = fact.body["action"], fact.body.get("args", {})
    seat: Any = fact.body["seat"] if fact.author == SERVER else world.seat_of(fact.author)
    action = referee.rules.actions.get(name)
    if action is not None:
        referee.run_action(world, fact, seat, action, action.parse(args))
        return
    if name == "rematch":
        world.rematch = (*world.rematch, seat)
    elif name == "commit":
        world.commits = {**world.commits, seat: args["hash"]}
    elif name == "contribute":
        world.values = {**world.values, seat: args["value"]}
        if len(world.values) == len(world.contributors()):
            values = [bytes.fromhex(world.values[n][2:]) for n in sorted(world.values)]
            world.draw_seed = combined(bytes.fromhex(world.seed), values).hex()
            _begin(referee, world, fact)


def _seated(referee: Referee, world: World, fact: Fact) -> None:
    player = referee.take_seat(world, fact)
    if "loaded" in fact.body:
        world.loaded = {**world.loaded, player.account: fact.body["loaded"]}
    if world.status == ENDED:
        world.rematch = (*world.rematch, player.seat)
    else:
        referee.run_hook(world, fact, lambda game: game.on_join(player))


def _seed(referee: Referee, world: World, fact: Fact) -> None:
    world.seed = fact.body["seed"]
    world.secret = (*world.secret, fact.seq)


def _started(referee: Referee, world: World, fact: Fact) -> None:
    rematch = world.round > 0
    world.round, world.first = fact.body["round"], fact.body["first"]
    world.commitment = fact.body["commitment"]
    world.result = world.finished = world.timer = None
    world.hidden, world.rematch, world.commits, world.values = (), (), {}, {}
    world.tick, world.drawn, world.applied = 0, 0, {}
    world.loaded, world.stored = fact.body.get("loaded", {}), {}
    if rematch and referee.stake is None and referee.settlement is None:  # stakes are there before the round begins
        world.unsettled = ()
    forget_paid(world)
    world.seats = Seats(seat and (None if seat.gone else seat) for seat in world.seats)
    if rematch:
        world.state = referee.rules.state()
        for seat in world.seats.playing:
            referee.run_hook(world, fact, lambda game, seat=seat: game.on_join(world.seats.players[seat]))  # type: ignore[misc]
    if referee.game.fair:
        world.status, world.turn = DRAWING, None
        world.turn_at = fact.at
        return
    world.draw_seed = world.seed
    _begin(referee, world, fact)


def _begin(referee: Referee, world: World, fact: Fact) -> None:
    world.status = PLAYING
    world.tick_at = world.turn_at = fact.at
    world.turn = world.seats.after(world.first - 1) if referee.game.turns else None
    if referee.game.clock is not None:
        world.clocks = (round(referee.game.clock.seconds * 1000),) * len(world.seats)
    referee.run_hook(world, fact, lambda game: game.on_start())


def _dropped(referee: Referee, world: World, fact: Fact) -> None:
    seat = fact.body["seat"]
    taken = world.seats[seat]
    assert taken is not None
    world.seats = world.seats.replaced(seat, taken._replace(away=fact.at))
    referee.run_hook(world, fact, lambda game: game.on_drop(world.seats.players[seat]))


def _returned(referee: Referee, world: World, fact: Fact) -> None:
    seat = fact.body["seat"]
    taken = world.seats[seat]
    assert taken is not None
    world.seats = world.seats.replaced(seat, taken._replace(away=None))
    referee.run_hook(world, fact, lambda game: game.on_return(world.seats.players[seat]))


def _left(referee: Referee, world: World, fact: Fact) -> None:
    seat = fact.body["seat"]
    player = world.seats.players[seat]
    taken = world.seats[seat]
    assert taken is not None
    world.seats = world.seats.replaced(seat, None if world.status == WAITING else taken._replace(gone=True))
    world.funded, world.owed = _without(world.funded, seat), _without(world.owed, seat)
    if world.status == DRAWING:
        world.finished = aborted("left", seat=seat)
        return
    if world.status == ENDED:
        world.rematch = tuple(n for n in world.rematch if n != seat)
        return
    referee.run_hook(world, fact, lambda game: game.on_leave(player))
    if world.status == PLAYING and world.finished is None:
        if all(world.seats.players[n].bot for n in world.seats.playing):
            world.finished = aborted("abandoned")
        elif world.turn == seat:
            referee.pass_turn(world, world.seats.after(seat), fact.at)


def _timeout(referee: Referee, world: World, fact: Fact) -> None:
    seat = fact.body.get("seat")
    if world.status == DRAWING:
        world.finished = aborted("no_contribution", seats=fact.body["missing"])
        return
    if seat is None:
        world.timer = None
    elif world.clocks:
        world.set_clock(seat, 0)
    before = world.turn
    whose = None if seat is None else world.seats.players[seat]
    game = referee.run_hook(world, fact, lambda game: game.on_timeout(whose))
    if seat is None or world.finished is not None or (game is not None and game._turned):
        return
    if world.clocks:
        _out_of_time(world, seat)
    if world.turn == before:
        referee.pass_turn(world, world.seats.after(seat), fact.at)


def _out_of_time(world: World, seat: int) -> None:
    """Put a player out whose clock is at zero; the last one left wins."""
    taken = world.seats[seat]
    assert taken is not None
    world.seats = world.seats.replaced(seat, taken._replace(gone=True))
    left = world.seats.playing
    if len(left) <= 1:
        winner = world.seats.players[left[0]] if left else None
        world.finished = {"winner": winner and winner.seat, "account": winner and winner.account}
        world.finished["reason"] = "timeout"


def _paused(referee: Referee, world: World, fact: Fact) -> None:
    world.paused_at = fact.at if world.paused_at is None else world.paused_at
    if fact.body.get("reason") == "stake":
        world.funded = _without(world.funded, fact.body["seat"])
        world.owed = (*world.owed, fact.body["seat"])


def _resumed(referee: Referee, world: World, fact: Fact) -> None:
    """Move every deadline by the time the game stood still; what began meanwhile begins now."""
    ms = fact.body["pausedMs"]
    world.paused_at = None
    world.turn_at = min(world.turn_at + ms, fact.at)
    keep_time(referee, world, fact.at)
    if world.timer is not None:
        world.timer += ms
    if world.kept:
        world.confirm_by += ms
    world.seats = Seats(
        seat._replace(away=min(seat.away + ms, fact.at)) if seat is not None and seat.away is not None else seat
        for seat in world.seats
    )


def _ended(referee: Referee, world: World, fact: Fact) -> None:
    world.status, world.result = ENDED, fact.body["result"]
    world.turn = world.timer = world.paused_at = None
    world.finished = None
    world.hidden, world.secret = (), ()
    world.held = tuple(waiting for waiting in world.held if waiting["hook"].startswith(PREFIX))
    if referee.settlement is not None:
        note(world, world.round, ended=fact.seq)
        world.funded = world.owed = ()


def _funded(referee: Referee, world: World, fact: Fact) -> None:
    seat = fact.body["seat"]
    world.funded, world.owed = (*world.funded, seat), _without(world.owed, seat)


def _settled(referee: Referee, world: World, fact: Fact) -> None:
    note(world, fact.body["round"], told=fact.body["status"])


def _without(seats: tuple[int, ...], seat: int) -> tuple[int, ...]:
    return tuple(each for each in seats if each != seat)


def _migrated(referee: Referee, world: World, fact: Fact) -> None:
    world.become(World.load(orjson.loads(fact.body["world"]), referee.rules.state))
    world.secret = (*world.secret, fact.seq)


_EFFECTS: dict[str, Callable[[Referee, World, Fact], None]] = {
    "game.action": _action,
    "game.seated": _seated,
    "game.seed": _seed,
    "game.started": _started,
    "game.tick": ticked,
    "game.dropped": _dropped,
    "game.returned": _returned,
    "game.left": _left,
    "game.timeout": _timeout,
    "game.paused": _paused,
    "game.resumed": _resumed,
    "game.ended": _ended,
    "game.funded": _funded,
    "game.settled": _settled,
    "game.migrated": _migrated,
    "chain.event": chain_event,
    "chain.confirmed": chain_confirmed,
    "chain.moved": chain_moved,
}
