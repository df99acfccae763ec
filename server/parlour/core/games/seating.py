"""Seats players: who gets which seat, when the game begins, who leaves, who plays again."""

from __future__ import annotations

from typing import Any

from parlour.core.authoring.chance import commitment
from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, WAITING, World
from parlour.core.games.funding import follow_escrow
from parlour.core.games.plan import Plan
from parlour.core.games.referee import Referee
from parlour.core.room import Account, Draft, Entry, Leave
from parlour.errors import Illegal

MAX_REASON = 100
"""Characters kept of a reason to leave."""


def free_seats(referee: Referee, world: World) -> list[int]:
    """Return the seats a person may take now, in order; the last ones are kept for the room's bots."""
    if world.status == DRAWING or (world.status == PLAYING and not referee.game.late_join):
        return []
    free = empty_seats(world)
    return free[: max(0, len(free) - _awaited_bots(referee, world))]


def seat_for(referee: Referee, world: World, account: Account) -> int | None:
    """Return the seat that this account may take now: the one kept for it, or the first free one; None for none."""
    if not account or account.startswith("app:"):
        return None
    free = free_seats(referee, world)
    if not world.kept:
        return free[0] if free else None
    kept = world.kept.get(account)
    return kept if kept in free else None


def empty_seats(world: World) -> list[int]:
    """Return the seats that nobody plays from, in order."""
    return [number for number, seat in enumerate(world.seats) if seat is None or seat.gone]


def taken_seats(referee: Referee, world: World) -> int:
    """Return how many seats are taken; those of the room's bots are, from the beginning."""
    return len(world.seats.playing) + _awaited_bots(referee, world)


def _awaited_bots(referee: Referee, world: World) -> int:
    """Return how many of the room's bots have yet to sit down, which they do when the first game begins."""
    if world.round:
        return 0
    return max(0, referee.bots - sum(seat is not None and seat.bot for seat in world.seats))


def sit(plan: Plan, account: Account) -> int | None:
    """Seat an account that joins, and begin if nobody is missing; raises what `on_join` raises.

    Returns:
        The seat; None for a spectator.
    """
    world = plan.world
    seat = world.seat_of(account)
    if seat is not None:
        if world.seats.players[seat].away:
            plan.add(Draft("game.returned", {"seat": seat}))
        return seat
    taken = seat_for(plan.referee, world, account)
    if taken is None:
        return None
    body: dict[str, Any] = {"seat": taken, "account": account}
    if plan.world.status == PLAYING and (known := plan.command.remembered.get(account)):
        body["loaded"] = known
    draft = Draft("game.seated", body)
    plan.flush()
    plan.referee.check_join(plan.world, plan.fact(draft))
    plan.add(draft)
    begin_if_ready(plan)
    return taken


def sit_bot(plan: Plan) -> None:
    """Seat a bot, and begin if nobody is missing; raises Illegal where no seat is free, and what `on_join` raises."""
    empty = empty_seats(plan.world)
    if not empty:
        raise Illegal("No seat is free.", reason="no_seat_free")
    draft = Draft("game.seated", {"seat": empty[-1], "account": f"bot:{empty[-1]}", "bot": True})
    plan.referee.check_join(plan.world, plan.fact(draft))
    plan.add(draft)
    begin_if_ready(plan)


def begin_if_ready(plan: Plan) -> None:
    """Begin, or begin again, once no player and no stake is missing.

    Who may sit down during a game may also stake during it: such a game waits for nobody's stake once it has enough.
    """
    follow_escrow(plan)
    referee, world = plan.referee, plan.world
    if world.status == ENDED:
        begin_if_all_want(plan)
    elif world.status == WAITING and world.kept:
        if not world.awaited() and not referee.unstaked(world):
            begin(plan)
    elif world.status == WAITING:
        taken, unstaked = taken_seats(referee, world), len(referee.unstaked(world))
        late = referee.game.late_join
        if taken - unstaked >= referee.rules.fewest if late else taken >= referee.rules.most and not unstaked:
            begin(plan)


def begin(plan: Plan) -> None:
    """Seat the bots, draw the seed and commit to it, start the game."""
    if plan.world.round == 0:
        for _ in range(_awaited_bots(plan.referee, plan.world)):
            seat = next(number for number, taken in enumerate(plan.world.seats) if taken is None)
            plan.add(Draft("game.seated", {"seat": seat, "account": f"bot:{seat}", "bot": True}))
    world, seed = plan.world, plan.command.entropy
    first = world.seats.after(world.first if world.round else -1)
    plan.add(Draft("game.seed", {"seed": seed.hex()}))
    body: dict[str, Any] = {"round": world.round + 1, "first": first, "commitment": commitment(seed)}
    if (there := plan.referee.stakes(world)) is not None:
        body["stakes"] = [str(amount) for amount in there]
    known = plan.command.remembered
    if loaded := {account: known[account] for account in world.seats.numbers if known.get(account)}:
        body["loaded"] = loaded
    plan.add(Draft("game.started", {**body, "version": plan.referee.game.version}))


def begin_if_all_want(plan: Plan) -> None:
    """Begin a rematch once all still there asked for it (bots always do) and have staked; the next seat goes first."""
    follow_escrow(plan)
    world = plan.world
    there = world.seats.playing
    if plan.referee.unstaked(world):
        return
    if len(there) >= plan.referee.rules.fewest and all(n in world.rematch or world.seats.players[n].bot for n in there):
        begin(plan)


def depart(plan: Plan, account: Account, reason: str | None) -> None:
    """Let an account leave for good; a spectator's leaving is no entry."""
    seat = plan.world.seat_of(account)
    if seat is not None:
        plan.add(Draft("game.left", {"seat": seat, "reason": reason_to_leave(reason)}))
        follow_escrow(plan)


def reason_to_leave(reason: str | None) -> str:
    """Return the reason as `game.left` stores it."""
    return (reason or "left")[:MAX_REASON]


def repeats_leave(command: Leave, entry: Entry) -> bool:
    """Return whether a player's `Leave` asks for what an earlier entry of the same author and id already did."""
    if not isinstance(entry.body, dict):
        return True
    return entry.type == "game.left" and entry.body.get("reason") == reason_to_leave(command.reason)
