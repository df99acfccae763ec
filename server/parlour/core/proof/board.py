"""Checks a board against the matches that it counts, and folds it again from its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parlour.core.boards.repeats import Repeats
from parlour.core.boards.results import said_by
from parlour.core.boards.room import COUNTED, BoardRoom
from parlour.core.boards.standings import Standings
from parlour.core.proof.match import Fault
from parlour.core.room import Entry, RoomId, dead_seqs


@dataclass(slots=True)
class BoardReport:
    """What was found of a board.

    Attributes:
        standings: the board, folded again.
        counted: matches that it counts.
        unseen: those of them whose transcript was not given.
        faults: entries that say another result than their match's log.
    """

    standings: Standings
    counted: int = 0
    unseen: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_board(log: Sequence[Entry], matches: Mapping[RoomId, Sequence[Entry]]) -> BoardReport:
    """Check each `board.counted` against its match.

    Args:
        log: of the board, from seq 1.
        matches: logs of matches, by their rooms in lower case.
    """
    board, dead, found = BoardRoom(log[0].room), dead_seqs(log), list[Fault]()
    for entry in log:
        if entry.seq in dead:
            continue
        if (problem := board.refuses(entry)) is not None:
            found.append(Fault(entry.seq, problem))
        board.apply(entry)
    report, repeats = BoardReport(board.standings, faults=found), Repeats()
    for entry in log:
        if entry.type != COUNTED or entry.seq in dead or not isinstance(entry.body, dict):
            continue
        report.counted += 1
        if repeats.met(entry.body.get("teams", ()), entry.at) > entry.body.get("weight", 1.0):
            report.faults.append(Fault(entry.seq, "wrong_weight"))
        match = matches.get(entry.body["room"].lower())
        if match is None:
            report.unseen += 1
        elif (problem := _problem(entry.body, match, board.options["score"])) is not None:
            report.faults.append(Fault(entry.seq, problem))
    return report


def _problem(counted: Mapping[str, Any], match: Sequence[Entry], score: str) -> str | None:
    """Return why a match does not lead to what the board counts, or None."""
    created, dead = match[0].body, dead_seqs(match)
    end = next(
        (e.body for e in match if e.seq == counted["seq"] and e.type == "game.ended" and e.seq not in dead), None
    )
    if not isinstance(end, dict) or "places" not in end:
        return "no_such_end"
    if not isinstance(created, dict) or "match" not in created:
        return "not_matched"
    if "scores" in counted:
        players = {player["account"]: player["seat"] for player in created["match"]["players"]}
        return None if said_by(score, end, players, ()) == {"scores": counted["scores"]} else "wrong_result"
    place = {seat: number for number, seats in enumerate(end["places"]) for seat in seats}
    place_of = {player["account"]: place.get(player["seat"]) for player in created["match"]["players"]}
    teams: list[list[str]] = counted["teams"]
    if sorted(account for team in teams for account in team) != sorted(place_of):
        return "wrong_players"
    best = [min(place_of[account] or 0 for account in team) for team in teams]
    return None if best == counted["ranks"] else "wrong_result"
