"""Decides on `game.action` posts: the author's actions, built-in ones, inputs of ticking games."""

from __future__ import annotations

from collections import Counter
from typing import Any

from parlour.core.authoring.author_errors import overrun
from parlour.core.authoring.methods import Action
from parlour.core.authoring.rules import BUILT_IN
from parlour.core.canonical_json import canonical
from parlour.core.games import builtin_actions
from parlour.core.games.deadlines import turn_ends
from parlour.core.games.game_log import GameLog
from parlour.core.games.plan import Plan
from parlour.core.games.referee import Referee
from parlour.core.games.ticking import MAX_INPUTS, digest
from parlour.core.log.signed_posts import signed_input
from parlour.core.room import Outcome, Post
from parlour.errors import Conflict, Forbidden, Illegal, Invalid, RateLimited

INPUTS_WAIT_MS = 200
"""Ticks that hold inputs are stored ten times a second."""

MOST_OVERRUNS = 3
"""After so many the room does not try that action, or its view, again: each costs everybody else a second."""


def act(referee: Referee, log: GameLog, overruns: Counter[str], post: Post) -> Outcome:
    """Decide on a `game.action`.

    Args:
        overruns: how often each action took too long in this room.

    Raises:
        Invalid: no such action, or wrong arguments. Forbidden: the author has no seat. Illegal, or what the author's
        code raises: not now. Conflict: the id stands for another input. Internal: the action took too long before.
    """
    rules = referee.rules
    name, args = _parse(post.body)
    if name not in rules.actions and name not in BUILT_IN:
        known = [*rules.actions, *sorted(BUILT_IN)]
        raise Invalid(f"There is no action {name[:64]!r}.", details={"path": "action", "known": known})
    present = log.live.world or log.world
    seat = present.seats.numbers.get(post.author)
    if seat is None:
        raise Forbidden("You have no seat in this game.", reason="not_seated")
    if name in BUILT_IN:
        plan = Plan(referee, log, post)
        plan.flush()
        builtin_actions.do(plan, name, post.draft(), seat, args)
        return plan.done()
    if overruns and overruns[name] >= MOST_OVERRUNS:
        raise overrun()
    if referee.game.tick_rate:
        return _input(referee, log, post, seat, (name, args))
    plan, action = Plan(referee, log, post), rules.actions[name]
    return _act(plan, post, seat, action, action.parse(args))


def _act(plan: Plan, post: Post, seat: int, action: Action, values: dict[str, Any]) -> Outcome:
    referee = plan.referee
    referee.check_action(plan.world, seat, action)
    if referee.game.turns and not action.anytime:
        # The host may be late to say that the time is up, and no player gains by that.
        ends = turn_ends(referee, plan.world)
        if ends is not None and post.at > ends:
            raise Illegal("Your time is up.", reason="not_your_turn")
    draft, after = post.draft(), plan.world.copy()
    referee.run_action(after, plan.fact(draft), seat, action, values)
    referee.check_state(after)
    plan.keep(draft, after)
    return plan.done()


def _input(referee: Referee, log: GameLog, post: Post, seat: int, asked: tuple[str, dict[str, Any]]) -> Outcome:
    """Let an input of a ticking game act now; its ack comes with the `game.tick` entry that will hold it."""
    name, args = asked
    canonical(args)  # what nobody could store has to be refused now, not when its tick is written
    referee.rules.actions[name].parse(args)
    known = _known_input(log, seat, post.id, asked)
    if known is not None:
        return known
    referee.check_action(log.present, seat, referee.rules.actions[name])
    if len(log.live.inputs) >= MAX_INPUTS:
        raise RateLimited(
            "Too many inputs wait for the next tick; try again.", reason="too_many_inputs", retry_after=INPUTS_WAIT_MS
        )
    log.live.input(
        referee, log.world, {"seat": seat, "action": name, "args": args, "id": post.id, **signed_input(post)}
    )
    return Outcome(deferred=True)


def _known_input(log: GameLog, seat: int, id_: str, asked: tuple[str, dict[str, Any]]) -> Outcome | None:
    """Return the answer to an input that came before under its id; None where none did."""
    if (stored := log.world.inputs.get(f"{seat}:{id_}")) is not None:
        outcome, before = Outcome(reply={"seq": stored[0], "duplicate": True}), stored[1]
    elif waiting := [given for given in log.live.inputs if given["seat"] == seat and given.get("id") == id_]:
        outcome, before = Outcome(deferred=True), digest(waiting[0]["action"], waiting[0]["args"])
    else:
        return None
    if digest(*asked) != before:
        raise Conflict()
    return outcome


def _parse(body: Any) -> tuple[str, dict[str, Any]]:
    """Read `{action, args?}`; raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid("A game.action is a JSON object {action, args}.", details={"path": "body"})
    name, args = body.get("action"), body.get("args", {})
    if not isinstance(name, str):
        raise Invalid("action is the name of an action.", details={"path": "action"})
    if not isinstance(args, dict):
        raise Invalid("args is an object.", details={"path": "args"})
    if extra := body.keys() - {"action", "args"}:
        raise Invalid(f"A game.action has no {min(extra)!r}.", details={"path": min(extra)})
    return name, args
