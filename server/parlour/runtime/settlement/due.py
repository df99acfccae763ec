"""Finds out which calls of its escrow a settled room waits for, from its state alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from parlour.core.chain.transactions import status_of
from parlour.core.games.escrow import Settlement
from parlour.core.games.room import GameRoom
from parlour.core.room import Account
from parlour.core.rooms.hall import Hall

_LEFT_ALONE = ("disputed", "refunded")
"""States of a round in which the server's result is worth nothing any more."""


@dataclass(frozen=True, slots=True)
class EscrowCall:
    """One call that anybody may send now.

    Attributes:
        nonce: the round, as the escrow counts.
        ended: seq of the `game.ended` whose result it brings.
    """

    function: Literal["claim", "settle"]
    nonce: int
    ended: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a room stands with its escrow.

    Attributes:
        calls: what is due, the oldest round first.
        sent: the room's tracked transactions of our account that are in no block yet, by seq of their track.
        again: from which block time (ms) on there may be more to do; None for never.
    """

    settlement: Settlement
    calls: list[EscrowCall]
    sent: dict[int, dict[str, Any]]
    again: int | None


def standing_of(hall: Hall, account: Account, now: int) -> Standing | None:
    """Return how a room stands; None where nothing is settled, or the match cannot be read.

    A result is brought once everything it rests on is final, so no reorganisation can make it a wrong one.

    Args:
        account: whose transactions to look for, EIP-55.
        now: the time of the chain's newest block, ms.
    """
    if not isinstance(hall, GameRoom) or hall.settlement is None or hall.match is None:
        return None
    world, calls, later = hall.match.log.world, list[EscrowCall](), list[int]()
    for number, round_ in sorted(world.escrow.items(), key=lambda item: int(item[0])):
        state, settle_at = round_.get("state", "open"), round_.get("settleAt", 0)
        if "ended" not in round_ or state in _LEFT_ALONE or round_.get("told") == "finalized":
            continue
        later.append(settle_at if state == "claimed" else 0)
        if state == "open" and not world.unsettled:
            calls.append(EscrowCall("claim", int(number), round_["ended"]))
        elif state == "claimed" and settle_at <= now:
            calls.append(EscrowCall("settle", int(number), round_["ended"]))
    sent = {
        seq: each["track"]
        for seq, each in hall.watches.tracks.open.items()
        if each["track"].get("from") == account.lower() and status_of(each) in ("submitted", "pending")
    }
    return Standing(hall.settlement, calls, sent, min(later, default=None))
