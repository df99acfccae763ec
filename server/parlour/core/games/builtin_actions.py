"""The actions every game has, where its class allows them; posted as `game.action` like others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parlour.core.authoring.chance import commitment
from parlour.core.authoring.world import DRAWING, ENDED, PLAYING, WAITING
from parlour.core.games.plan import Plan
from parlour.core.games.seating import begin, begin_if_all_want, sit_bot, taken_seats
from parlour.core.room import Draft
from parlour.errors import Illegal, Invalid

Args = dict[str, Any]


def _start(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    world, fewest = plan.world, plan.referee.rules.fewest
    if world.status != WAITING:
        raise Illegal("The game has already begun.", reason="already_started")
    if taken_seats(plan.referee, world) < fewest or world.awaited():
        raise Illegal(f"The game needs {fewest} players.", reason="too_few_players")
    if plan.referee.unstaked(world):
        raise Illegal("The game begins when every stake is in.", reason="not_staked")
    plan.add(draft)
    begin(plan)


def _pause(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    if not plan.referee.game.pausable:
        raise Illegal("This game cannot be paused.", reason="not_pausable")
    if plan.world.status != PLAYING:
        raise Illegal("The game is not being played.", reason="not_started")
    if plan.world.paused_at is not None:
        raise Illegal("The game is paused.", reason="paused")
    plan.add(draft)
    plan.add(Draft("game.paused", {"seat": seat}))


def _resume(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    paused_at = plan.world.paused_at
    if paused_at is None:
        raise Illegal("The game is not paused.", reason="not_paused")
    if plan.world.owed:
        raise Illegal("The game goes on when every stake is in again.", reason="not_staked")
    plan.add(draft)
    plan.add(Draft("game.resumed", {"pausedMs": plan.command.at - paused_at, "seat": seat}))


def _rematch(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    if plan.world.status != ENDED:
        raise Illegal("The game is still on.", reason="not_over")
    if seat in plan.world.rematch:
        raise Illegal("You already asked for a rematch.", reason="already_asked")
    plan.add(draft)
    begin_if_all_want(plan)


def _add_bot(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    _check_bots(plan)
    plan.add(draft)
    sit_bot(plan)


def _remove_bot(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    _check_bots(plan)
    number, seats = args.get("seat"), plan.world.seats
    if not isinstance(number, int) or isinstance(number, bool):
        raise Invalid("seat is the number of a bot's seat.", details={"path": "args.seat"})
    if number not in seats.playing or not seats.players[number].bot:
        raise Illegal("No bot sits there.", reason="no_bot_there")
    plan.add(draft)
    plan.add(Draft("game.left", {"seat": number, "reason": "removed"}))
    if plan.world.status == ENDED:
        begin_if_all_want(plan)


def _check_bots(plan: Plan) -> None:
    """Check that bots may come and go: nobody's match changes by it, and a bot puts no stake in."""
    if not plan.referee.rules.has_bot:
        raise Illegal("This game has no bot.", reason="no_bot")
    if plan.world.status not in (WAITING, ENDED):
        raise Illegal("Bots come and go before a game and after it.", reason="already_started")
    if plan.referee.stake is not None or plan.referee.settlement is not None:
        raise Illegal("Bots play at no table with a stake.", reason="staked")


def _commit(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    _check_drawing(plan, seat)
    if seat in plan.world.commits:
        raise Illegal("You committed already.", reason="already_committed")
    _hex32(args, "hash")
    plan.add(draft)


def _contribute(plan: Plan, draft: Draft, seat: int, args: Args) -> None:
    _check_drawing(plan, seat)
    world = plan.world
    value = bytes.fromhex(_hex32(args, "value")[2:])
    if len(world.commits) < len(world.contributors()):
        raise Illegal("Not every player has committed yet.", reason="commit_first")
    if seat in world.values:
        raise Illegal("You contributed already.", reason="already_contributed")
    if commitment(value) != world.commits[seat]:
        raise Illegal("That is not what you committed to.", reason="wrong_contribution")
    plan.add(draft)


def _check_drawing(plan: Plan, seat: int) -> None:
    if plan.world.status != DRAWING:
        raise Illegal("Nobody is asked to contribute now.", reason="not_drawing")


def _hex32(args: Args, name: str) -> str:
    value = args.get(name)
    if not (isinstance(value, str) and len(value) == 66 and value.startswith("0x") and set(value[2:]) <= _HEX):
        raise Invalid(f"{name} is 32 bytes of lower-case hex after 0x.", details={"path": f"args.{name}"})
    return value


_HEX = frozenset("0123456789abcdef")

_ARGS = {"commit": {"hash"}, "contribute": {"value"}, "remove_bot": {"seat"}}

HANDLERS: dict[str, Callable[[Plan, Draft, int, Args], None]] = {
    "start": _start,
    "pause": _pause,
    "resume": _resume,
    "rematch": _rematch,
    "commit": _commit,
    "contribute": _contribute,
    "add_bot": _add_bot,
    "remove_bot": _remove_bot,
}


def do(plan: Plan, name: str, draft: Draft, seat: int, args: Args) -> None:
    """Check a built-in action and plan what it leads to; raises Illegal or Invalid."""
    if extra := args.keys() - _ARGS.get(name, set()):
        raise Invalid(f"{name} takes no {min(extra)!r}.", details={"path": f"args.{min(extra)}"})
    HANDLERS[name](plan, draft, seat, args)
