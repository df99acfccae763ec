"""Checks from the log alone that a finished match followed its rules.

Every action is asked again of the rules, the seed is compared with its commitment, players' contributions with theirs,
and the announced result with what the entries lead to. Because draws follow from the seed and the entry's number,
replaying the log checks every die as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.authoring.chance import commitment
from parlour.core.games.room import GameRoom
from parlour.core.room import Entry, dead_seqs


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that breaks the rules.

    Attributes:
        seq: of the entry.
        problem: why, such as `not_your_turn`, `wrong_seed` or `wrong_result`.
    """

    seq: int
    problem: str


def end_of_match(entries: Sequence[Entry]) -> int:
    """Return the seq at which the last finished match of a log ended; 0 where none has."""
    dead = dead_seqs(entries)
    return max((e.seq for e in entries if e.type == "game.ended" and e.seq not in dead), default=0)


def played_out(entries: Sequence[Entry]) -> list[Entry]:
    """Return the log up to the end of its last finished match; a rematch under way hides its seed."""
    dead, end = dead_seqs(entries), end_of_match(entries)
    return [entry for entry in entries if entry.seq <= end and entry.seq not in dead]


def check_match(kind: type[GameRoom], entries: Iterable[Entry]) -> list[Fault]:
    """Return the faults of a finished match.

    Args:
        kind: the room class of the game, at the version the match was played with.
        entries: the whole log from seq 1, bodies and all.
    """
    log = list(entries)
    room, dead, faults = kind("match"), dead_seqs(log), []
    promised = ""
    for entry in log:
        if entry.seq in dead:
            continue
        body = entry.body if isinstance(entry.body, dict) else {}
        if entry.type == "game.started":
            promised = body["commitment"]
        problem = _problem(room, entry, body, promised)
        if problem is not None:
            faults.append(Fault(entry.seq, problem))
        room.apply(entry)
        if room.match is None:
            return [*faults, Fault(entry.seq, "incompatible")]
    return faults


def _problem(room: GameRoom, entry: Entry, body: dict[str, Any], promised: str) -> str | None:
    if room.match is None:
        return None
    if entry.type.startswith("game.") and entry.body is None:
        return "redacted"
    world = room.match.log.world
    if entry.type == "game.started" and commitment(bytes.fromhex(world.seed)) != promised:
        return "wrong_seed"
    if entry.type == "game.ended":
        if commitment(bytes.fromhex(body["seed"][2:])) != promised:
            return "wrong_seed"
        return "wrong_result" if room.refuses(entry) else None
    if entry.type == "game.action" and body["action"] == "contribute":
        seat = world.seat_of(entry.author)
        promise = None if seat is None else world.commits.get(seat)
        if commitment(bytes.fromhex(body["args"]["value"][2:])) != promise:
            return "wrong_contribution"
    return room.refuses(entry)
