"""What `chain.*` entries do to a game's world: they run `@on_chain` hooks at the finality each asked for."""

from __future__ import annotations

from typing import Any

from parlour.core.authoring.methods import ChainHook
from parlour.core.authoring.values import ChainLog
from parlour.core.authoring.world import Fact, World
from parlour.core.games.referee import Referee

_LEVELS = {"included": 0, "safe": 1, "finalized": 2}
_HELD_KEYS = ("seq", "chain", "address", "event", "args", "block", "tx", "logIndex", "status")
"""What is kept of an event that waits for its finality."""


def chain_event(referee: Referee, world: World, fact: Fact) -> None:
    """Run the hooks whose finality the event has; keep the event for the others."""
    event = {"seq": fact.seq, **fact.body}
    for hook in referee.hooks.values():
        if not _is_for(referee, hook, event):
            continue
        if _LEVELS[event["status"]] >= _LEVELS[hook.finality]:
            _run(referee, world, fact, hook, event)
        else:
            waiting = {"hook": hook.name, "event": {key: event[key] for key in _HELD_KEYS}}
            world.held = (*world.held, waiting)


def chain_confirmed(referee: Referee, world: World, fact: Fact) -> None:
    """Run the hooks that waited for this finality, in the order of their events."""
    body = fact.body
    level, chain, upto = _LEVELS[body["status"]], body["chain"], body["upTo"]["number"]
    if level == _LEVELS["finalized"]:
        world.unsettled = tuple(e for e in world.unsettled if e[1] != chain or e[2] > upto)
    held, world.held = world.held, ()
    for waiting in held:
        hook, event = referee.hooks[waiting["hook"]], waiting["event"]
        covered = event["chain"] == chain and event["block"]["number"] <= upto
        if covered and level >= _LEVELS[hook.finality]:
            _run(referee, world, fact, hook, {**event, "status": body["status"]})
        else:
            world.held = (*world.held, waiting)


def chain_moved(referee: Referee, world: World, fact: Fact) -> None:
    """Note that the same events are in another block now."""
    of, block = fact.body["of"], fact.body["block"]
    world.held = tuple(
        {**waiting, "event": {**waiting["event"], "block": block}} if waiting["event"]["seq"] in of else waiting
        for waiting in world.held
    )
    world.unsettled = tuple((s, c, block["number"] if s in of else n) for s, c, n in world.unsettled)


def _is_for(referee: Referee, hook: ChainHook, event: dict[str, Any]) -> bool:
    """Return whether the hook is for this event; an undecodable log is for none."""
    if "args" not in event or not hook.means(event["event"], event["args"]):
        return False
    if not referee.names_contract(hook):
        return True
    contract = referee.contract_of(hook)
    if contract is None or contract.chain != event["chain"]:
        return False
    return bool(contract.address.lower() == event["address"].lower())


def _run(referee: Referee, world: World, fact: Fact, hook: ChainHook, event: dict[str, Any]) -> None:
    number, status = event["block"]["number"], event["status"]
    log = ChainLog(
        chain=event["chain"],
        address=event["address"],
        event=hook.event.name,
        args={k: int(v) if k in hook.numbers else v for k, v in event["args"].items()},
        block=number,
        tx=event["tx"],
        log_index=event["logIndex"],
        status=status,
    )
    if status != "finalized":
        world.unsettled = (*world.unsettled, (event["seq"], event["chain"], number))
    referee.run_hook(world, fact, lambda game: hook.method(game, log))
