"""What follows in the log from an escrow's events: who is funded, whose stake is missing again, what was paid."""

from __future__ import annotations

from parlour.core.authoring.stakes import address_of
from parlour.core.authoring.world import DRAWING, PLAYING
from parlour.core.games.escrow import Settlement, coming, stakes_of
from parlour.core.games.plan import Plan
from parlour.core.room import Draft

REASON = "stake"
"""Of a `game.left` or a `game.paused` that the chain brought about."""


def follow_escrow(plan: Plan) -> None:
    """Add what a change of the escrow, or of the seats, means for the match; nothing where nothing is settled."""
    settlement = plan.referee.settlement
    if settlement is None:
        return
    _miss_stakes(plan, settlement)
    _tell_funded(plan, settlement)
    _go_on(plan)
    _tell_paid(plan, settlement)


def _miss_stakes(plan: Plan, settlement: Settlement) -> None:
    """Free the seat of a player whose stake was undone before the start; pause a match that is being played."""
    for seat in sorted(set(settlement.missing(plan.world)) & set(plan.world.funded)):
        type_ = "game.paused" if plan.world.status in (PLAYING, DRAWING) else "game.left"
        plan.add(Draft(type_, {"seat": seat, "reason": REASON}))


def _tell_funded(plan: Plan, settlement: Settlement) -> None:
    missing = settlement.missing(plan.world)
    for seat in plan.world.seats.playing:
        if seat not in missing and seat not in plan.world.funded:
            address = address_of(plan.world.seats.players[seat].account)
            tx = stakes_of(plan.world, coming(plan.world))[address]
            plan.add(Draft("game.funded", {"seat": seat, "chain": settlement.terms.chain, "tx": tx}))


def _go_on(plan: Plan) -> None:
    """Resume a match that missing stakes paused, once they are in again or their players left."""
    world = plan.world
    if plan.before.owed and not world.owed and world.paused_at is not None:
        plan.add(Draft("game.resumed", {"pausedMs": plan.command.at - world.paused_at}))


def _tell_paid(plan: Plan, settlement: Settlement) -> None:
    for nonce, round_ in list(plan.world.escrow.items()):
        if round_.get("state") == "settled" and round_.get("told") != round_["status"]:
            paid = {"chain": settlement.terms.chain, "tx": round_["tx"], "status": round_["status"]}
            plan.add(Draft("game.settled", {"round": int(nonce), **paid}))
