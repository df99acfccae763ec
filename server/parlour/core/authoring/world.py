"""The world of a match: the author's state, and the facts the referee keeps around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from parlour.core.authoring.seats import Seat, Seats
from parlour.core.room import Account
from parlour.core.rooms.state import State, clone

Phase = Literal["waiting", "drawing", "playing", "ended"]
WAITING: Final = "waiting"
DRAWING: Final = "drawing"
PLAYING: Final = "playing"
ENDED: Final = "ended"
"""waiting for players → (drawing: players contribute to chance) → playing → ended → a rematch plays again."""


class Fact(NamedTuple):
    """An entry as the referee reads it, numbered and dated also before the host has sealed it."""

    type: str
    body: dict[str, Any]
    author: Account
    seq: int
    at: int


@dataclass
class World:
    """Everything a game's log has led to. Times are `at` in ms.

    An entry changes a copy. Copies share all values but the state, so these are replaced and never changed in place.

    Attributes:
        state: the author's.
        version: of the rules.
        seats: by number, None where nobody sits.
        status: what the match is doing.
        round: 1 for the first game, one more for each rematch.
        first: the seat that goes first in this round.
        turn: the seat on turn.
        turn_at: since when.
        clocks: ms left by seat, in games with a clock.
        timer: when the author's own timer rings.
        paused_at: since when the game is paused.
        finished: the result that `finish` decided, until `game.ended` says so.
        result: from then on.
        seed: the server's, 32 bytes as hex, secret until the end.
        draw_seed: what draws come from: `seed`, or in a fair game what it makes with the players' values.
        commitment: SHA-256 of `seed`, `0x` hex.
        commits: what players committed to, by seat.
        values: what players contributed to chance, by seat.
        hidden: seqs of hidden actions not yet revealed.
        secret: seqs of entries nobody may read before the end: the seed, a migrated world.
        rematch: seats that asked for a rematch.
        held: chain events waiting for the finality their hook asked for.
        unsettled: (seq, chain, block) of events the state rests on that are not final.
        stakes: wei by address that the table's contract holds.
        escrow: what the escrow of a settled table says of each round, by its number (core/games/escrow.py).
        funded: seats of which the log says that their stake is in, for the round that is played or comes next.
        owed: those of them whose stake was undone while the match is played.
        tick: ticks played so far.
        tick_at: when tick 0 was.
        drawn: draws of the tick under way.
        applied: inputs of a ticking game that were played in this round, by seat.
        inputs: `<seat>:<id>` → (seq, digest) of the latest inputs of a ticking game, for safe retries.
        loaded: what earlier matches left of the accounts that play, as this round began.
        stored: what this round leaves of them, by account.
        kept: at a table of matchmaking, which seat is kept for whom; nobody else sits there.
        confirm_by: at such a table, until when they may come; the room closes then.
    """

    state: State
    version: int
    seats: Seats
    status: Phase = WAITING
    round: int = 0
    first: int = 0
    turn: int | None = None
    turn_at: int = 0
    clocks: tuple[int, ...] = ()
    timer: int | None = None
    paused_at: int | None = None
    finished: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    seed: str = ""
    draw_seed: str = ""
    commitment: str = ""
    commits: Mapping[int, str] = field(default_factory=dict)
    values: Mapping[int, str] = field(default_factory=dict)
    hidden: tuple[int, ...] = ()
    secret: tuple[int, ...] = ()
    rematch: tuple[int, ...] = ()
    held: tuple[dict[str, Any], ...] = ()
    unsettled: tuple[tuple[int, int, int], ...] = ()
    stakes: Mapping[str, int] = field(default_factory=dict)
    escrow: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    funded: tuple[int, ...] = ()
    owed: tuple[int, ...] = ()
    tick: int = 0
    tick_at: int = 0
    drawn: int = 0
    applied: Mapping[int, int] = field(default_factory=dict)
    inputs: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    loaded: Mapping[Account, Mapping[str, Any]] = field(default_factory=dict)
    stored: Mapping[Account, Mapping[str, Any]] = field(default_factory=dict)
    kept: Mapping[Account, int] = field(default_factory=dict)
    confirm_by: int = 0

    def copy(self) -> World:
        """Return a world that may be changed without touching this one."""
        twin = World.__new__(World)
        twin.__dict__ = facts = self.__dict__.copy()
        facts["state"] = clone(self.state)
        return twin

    def become(self, other: World) -> None:
        """Take over everything from another world, which is not used after that."""
        self.__dict__ = vars(other)

    def seat_of(self, account: Account) -> int | None:
        """Return the seat this account plays from; None for everybody else and for those who left."""
        return self.seats.numbers.get(account)

    def set_clock(self, seat: int, ms: int) -> None:
        """Set what is left on a seat's clock."""
        self.clocks = (*self.clocks[:seat], ms, *self.clocks[seat + 1 :])

    def awaited(self) -> list[Account]:
        """Return the accounts whose kept seats are not taken, of a table that has not begun."""
        return [each for each in self.kept if each not in self.seats.numbers] if self.status == WAITING else []

    def contributors(self) -> list[int]:
        """Return the seats that contribute to a fair game's chance: everybody but bots."""
        return [n for n, seat in enumerate(self.seats) if seat is not None and not seat.gone and not seat.bot]

    def owing(self) -> list[int]:
        """Return the seats whose commitment, or whose value once all have committed, is awaited."""
        asked = self.contributors()
        given = self.values if len(self.commits) == len(asked) else self.commits
        return [seat for seat in asked if seat not in given]

    @property
    def is_newer(self) -> bool:
        """Return whether `dump` holds a key that release 0.1.0 cannot load, in a room that it could open else."""
        return bool(self.applied or self.stakes or self.loaded or self.stored)

    def dump(self) -> dict[str, Any]:
        """Return all of it as JSON, secrets included: for snapshots, never for a view."""
        plain = vars(self).copy()
        plain["seats"] = [seat and list(seat) for seat in self.seats]
        for name in _LISTS:
            plain[name] = list(plain[name])
        plain["commits"] = {str(seat): value for seat, value in self.commits.items()}
        plain["values"] = {str(seat): value for seat, value in self.values.items()}
        del plain["applied"]
        if self.applied:
            plain["applied"] = {str(seat): number for seat, number in self.applied.items()}
        plain["inputs"] = {key: list(value) for key, value in self.inputs.items()}
        plain["unsettled"] = [list(event) for event in self.unsettled]
        del plain["stakes"], plain["kept"], plain["confirm_by"]
        if self.kept:
            plain |= {"kept": dict(self.kept), "confirm_by": self.confirm_by}
        if self.stakes:  # a table without them is stored as it always was
            plain["stakes"] = {address: str(amount) for address, amount in self.stakes.items()}
        for name in _OF_SETTLED:
            del plain[name]
        for name in _OF_REMEMBERING:
            if not plain[name]:
                del plain[name]
        if self.escrow or self.funded or self.owed:
            plain["escrow"] = dict(self.escrow)
            plain |= {"funded": list(self.funded), "owed": list(self.owed)}
        plain["state"] = self.state.model_dump(mode="json")
        dumped: dict[str, Any] = clone_json(plain)
        return dumped

    @classmethod
    def load(cls, plain: dict[str, Any], state: type[State]) -> World:
        """Return the world that `dump` wrote; raises ValueError where the author's part is not a `state`."""
        plain = clone_json(plain)
        plain.pop("started_at", None)  # servers before 0.1.0 wrote it, and nothing read it
        if "stakes" not in plain:
            _count_stakes(plain, state)
        if "applied" not in plain:
            plain["applied"] = _count_inputs(plain)
        return cls(
            **{
                **plain,
                "state": state.model_validate(plain["state"]),
                **{name: tuple(plain[name]) for name in _LISTS},
                "seats": Seats(seat and Seat(*seat) for seat in plain["seats"]),
                "commits": {int(seat): value for seat, value in plain["commits"].items()},
                "values": {int(seat): value for seat, value in plain["values"].items()},
                "inputs": {key: (seq, digest) for key, (seq, digest) in plain["inputs"].items()},
                "applied": {int(seat): number for seat, number in plain["applied"].items()},
                "unsettled": tuple(tuple(event) for event in plain["unsettled"]),
                "stakes": {address: int(amount) for address, amount in plain["stakes"].items()},
                "funded": tuple(plain.get("funded", ())),
                "owed": tuple(plain.get("owed", ())),
            }
        )


def _count_stakes(plain: dict[str, Any], state: type[State]) -> None:
    """Move the stakes of an older world to where they are now: tic-tac-toe counted its own, by seat."""
    plain["stakes"] = {}
    if {"staked", "pot"} & state.model_fields.keys() or not {"staked", "pot"} <= plain["state"].keys():
        return
    del plain["state"]["pot"]
    for seat, amount in zip(plain["seats"], plain["state"].pop("staked"), strict=False):
        if seat is not None and amount != "0":
            plain["stakes"][seat[0].rpartition(":")[2]] = amount


def _count_inputs(plain: dict[str, Any]) -> dict[int, int]:
    """Count the inputs of an older world's round by seat, which its ids tell: all but those long forgotten.

    Of a rematch that is over nobody knows any more where it began; the next round counts anew.
    """
    if plain["round"] > 1 and not plain["secret"]:
        return {}
    before = min(plain["secret"], default=0)  # the seed's entry, which comes after those of earlier rounds
    return Counter(int(key.partition(":")[0]) for key, (seq, _) in plain["inputs"].items() if seq > before)


def clone_json(value: Any) -> Any:
    """Return a deep copy of plain JSON."""
    if isinstance(value, dict):
        return {key: clone_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone_json(item) for item in value]
    return value


_LISTS = ("clocks", "hidden", "secret", "rematch", "held", "unsettled")
"""Attributes that JSON has as arrays."""
_OF_REMEMBERING = ("loaded", "stored")
"""Attributes that worlds are stored with only where something is remembered."""
_OF_SETTLED = ("escrow", "funded", "owed")
"""Attributes that only the worlds of settled tables are stored with."""
