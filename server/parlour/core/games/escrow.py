"""What the escrow of a settled table says, folded into the world: whose stake is in, what was claimed and paid.

Each round of the table is a game of its own there, named by its terms and its nonce; `World.escrow` has one `Round` for
each. Events of other games at the same contract change nothing. What follows from it in the log is funding.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.core.authoring.game import Game
from parlour.core.authoring.marks import ChainMark, Finality
from parlour.core.authoring.methods import ChainHook, hook_of
from parlour.core.authoring.stakes import MAX_STRANGERS, address_of
from parlour.core.authoring.values import ChainLog
from parlour.core.authoring.world import DRAWING, PLAYING, World
from parlour.core.settlement.result import payouts, unsigned
from parlour.core.settlement.terms import NOBODY, Terms

PREFIX = "escrow."
"""Of the hooks' names, which no method can have."""
MAX_ROUNDS = 16
"""Rounds of a table that are remembered until they are paid; of older ones the escrow itself still knows."""
EVENTS = {
    "joined": "Joined(bytes32 indexed table, address indexed player, uint256 nonce, bytes32 id, uint256 amount)",
    "claimed": "Claimed(bytes32 indexed table, uint256 nonce, bytes32 id, bytes32 transcript, uint256 settleAt)",
    "disputed": "Disputed(bytes32 indexed table, uint256 nonce, bytes32 id, bytes32 transcript)",
    "settled": "Settled(bytes32 indexed table, uint256 nonce, bytes32 id, bytes32 transcript)",
    "refunded": "Refunded(bytes32 indexed table, address indexed player, uint256 nonce, bytes32 id, uint256 amount)",
}
"""What the contract says (contracts/ParlourEscrow.sol)."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The escrow of one room.

    Attributes:
        terms: of every round.
        table: names the room there, 32 bytes.
    """

    terms: Terms
    table: bytes

    def to_json(self) -> dict[str, Any]:
        """Return it for a snapshot."""
        return {**self.terms.to_json(), "table": "0x" + self.table.hex()}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Settlement:
        """Return what `to_json` wrote."""
        return cls(Terms.of_json(kept), bytes.fromhex(kept["table"][2:]))

    def wanted_watches(self) -> list[dict[str, Any]]:
        """Return the `room:watch` requests that bring the escrow's events of this table."""
        about = {
            "chain": self.terms.chain,
            "address": self.terms.address,
            "where": {"table": "0x" + self.table.hex()},
            "confirm": ["safe", "finalized"],
        }
        return [{**about, "event": event} for event in EVENTS.values()]

    def rests_on(self, watch: Mapping[str, Any]) -> bool:
        """Return whether a watch brings events of this table."""
        wanted = self.wanted_watches()[0]
        return all(watch.get(key) == wanted[key] for key in ("chain", "address", "where"))

    def hooks(self, finality: Finality) -> dict[str, ChainHook]:
        """Return what the events do to the world, by name; `finality` is how sure the chain must be of a stake."""
        made = {}
        effects: tuple[tuple[str, Callable[[World, ChainLog], None], Finality], ...] = (
            ("joined", _joined, finality),
            ("claimed", partial(_became, "claimed"), "included"),
            ("disputed", partial(_became, "disputed"), "included"),
            ("settled", partial(_became, "settled"), "included"),
            ("refunded", _refunded, "included"),
            ("final", partial(_became, "settled"), "finalized"),
        )
        for name, does, level in effects:
            event = EVENTS["settled" if name == "final" else name]
            method = partial(self._if_ours, does)
            made[PREFIX + name] = hook_of(PREFIX + name, ChainMark(event, level, None), method)
        return made

    def _if_ours(self, does: Callable[[World, ChainLog], None], game: Game[Any], log: ChainLog) -> None:
        """Let an event change the world where it is of a round of this table that is played here, or comes next."""
        world, nonce = game._world, log.args["nonce"]
        known = str(nonce) in world.escrow or world.round <= nonce <= coming(world)
        if log.args["id"] == self.terms.game_id(self.table, nonce) and known:
            does(world, log)

    def missing(self, world: World) -> list[int]:
        """Return the seats whose player's stake of the round being played, or of the next one, is not in.

        An address that has two seats put in once, for the first of them.
        """
        there, seen, missing = stakes_of(world, coming(world)), set[str](), []
        for seat in world.seats.playing:
            address = address_of(world.seats.players[seat].account)
            if address not in there or address in seen:
                missing.append(seat)
            seen.add(address)
        return missing

    def stakes(self, world: World) -> list[int]:
        """Return what stands on the table in wei, by seat."""
        there = stakes_of(world, coming(world))
        return [self.terms.stake if s is not None and address_of(s.account) in there else 0 for s in world.seats]

    def result(self, world: World) -> dict[str, Any]:
        """Return the `settlement` of a finished game, which only the log can complete (core/settlement/result.py)."""
        there, seats = stakes_of(world, world.round), dict[str, int]()
        for number, seat in enumerate(world.seats):
            if seat is not None and (address := address_of(seat.account)) in there:
                seats.setdefault(address, number)
        paid = payouts(world.finished or {}, list(seats.values()), self.terms.stake)
        return unsigned(self.terms, self.table, world.round, dict(zip(seats, paid, strict=True)))

    def shown(self, world: World) -> dict[str, Any]:
        """Return what every view shows: the terms, the round to pay into, and how the rounds before stand."""
        nonce = coming(world)
        return {
            **self.to_json(),
            "nonce": nonce,
            "id": self.terms.game_id(self.table, nonce),
            "funded": sorted(set(world.seats.playing) - set(self.missing(world))),
            "provisional": bool(world.unsettled),
            "rounds": {
                number: {"state": round_.get("state", self._unclaimed(round_)), **_told(round_)}
                for number, round_ in world.escrow.items()
                if "ended" in round_
            },
        }

    def _unclaimed(self, round_: Mapping[str, Any]) -> str:
        return "unsettled" if self.terms.referee == NOBODY else "open"


def coming(world: World) -> int:
    """Return the nonce of the round that is being played, or of the next one."""
    return world.round if world.status in (DRAWING, PLAYING) else world.round + 1


def stakes_of(world: World, nonce: int) -> Mapping[str, str]:
    """Return the transactions that brought the stakes of a round, by address."""
    stakes: Mapping[str, str] = world.escrow.get(str(nonce), {}).get("stakes", {})
    return stakes


def note(world: World, nonce: int | str, **changes: Any) -> None:
    """Change what is known of a round; None takes a fact away."""
    changed = {**world.escrow.get(str(nonce), {}), **changes}
    world.escrow = {**world.escrow, str(nonce): {key: value for key, value in changed.items() if value is not None}}


def forget_paid(world: World) -> None:
    """Forget rounds before the one that begins: those that are paid for good, and the oldest of too many."""
    paid = [nonce for nonce, round_ in world.escrow.items() if round_.get("told") == "finalized"]
    old = sorted((nonce for nonce in world.escrow if nonce not in paid), key=int)[:-MAX_ROUNDS]
    world.escrow = {nonce: each for nonce, each in world.escrow.items() if nonce not in (*paid, *old)}


def _joined(world: World, log: ChainLog) -> None:
    stakes = dict(stakes_of(world, log.args["nonce"]))
    seated = {address_of(seat.account) for seat in world.seats if seat is not None}
    strangers = [address for address in stakes if address not in seated]
    if log.args["player"] not in seated and len(strangers) >= MAX_STRANGERS:
        return
    note(world, log.args["nonce"], stakes={**stakes, log.args["player"]: log.tx})


def _refunded(world: World, log: ChainLog) -> None:
    left = {a: tx for a, tx in stakes_of(world, log.args["nonce"]).items() if a != log.args["player"]}
    before = world.escrow.get(str(log.args["nonce"]), {}).get("state", "refunded")
    note(world, log.args["nonce"], stakes=left, state=before, tx=log.tx)


def _became(state: str, world: World, log: ChainLog) -> None:
    level = "finalized" if log.status == "finalized" else "included"
    until = log.args.get("settleAt")
    note(world, log.args["nonce"], state=state, tx=log.tx, status=level, settleAt=until and until * 1000)


def _told(round_: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round_[key] for key in ("tx", "status", "settleAt") if key in round_}
