"""`parlour verify`: checks a transcript without the server that wrote it (protocol §6 "Proof")."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from parlour.commands.audit_chain import verify_audit
from parlour.commands.options import AsJson, Database, Games
from parlour.commands.outcome import FAILED, UNREACHABLE, USAGE, fail
from parlour.core.boards.room import BoardRoom
from parlour.core.games.room import GameRoom
from parlour.core.identity import secp256k1
from parlour.core.log.signed_posts import head_digest
from parlour.core.proof.authors import Delegation, check_authors, read_delegation
from parlour.core.proof.board import check_board
from parlour.core.proof.match import Fault, check_match, played_out
from parlour.core.proof.transcript import NoTranscript, Transcript, breaks, read_transcript
from parlour.errors import ParlourError
from parlour.runtime.games.discovery import game_rooms
from parlour.runtime.plugins import PluginNotFound

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    transcript: Annotated[
        Path, typer.Argument(help="A room's GET …/transcript; - reads stdin; audit: the audit trail.")
    ],
    key: Annotated[str | None, typer.Option(help="The address the server's key must have.")] = None,
    games: Games = None,
    match: Annotated[list[Path] | None, typer.Option(help="Of a board: transcripts of matches that it counts.")] = None,
    as_json: AsJson = False,
    database_url: Database = None,
) -> None:
    """Judge a transcript offline, or the database's audit trail (`verify audit`); exit code 1 where wrong."""
    if str(transcript) == "audit":
        verify_audit(database_url, as_json=as_json)
        return
    try:
        lines = (sys.stdin.buffer if str(transcript) == "-" else transcript.open("rb")).readlines()
        report = verified(lines, games or (), key, [path.open("rb").readlines() for path in match or ()])
    except (NoTranscript, PluginNotFound) as error:
        fail(str(error), USAGE)
    except OSError as error:
        fail(str(error), UNREACHABLE)
    if as_json:
        checks = {name: {"ok": held, "detail": sentence} for name, (held, sentence) in report.checks.items()}
        told = {"room": report.room, "head": report.head, "ok": report.holds, "checks": checks}
        typer.echo(json.dumps({**told, "unchecked": report.unchecked}))
    else:
        for name, (held, sentence) in report.checks.items():
            typer.echo(f"{'ok   ' if held else 'WRONG'} {name}: {sentence}")
        for name, sentence in report.unchecked.items():
            typer.echo(f"--    {name}: {sentence}")
    if not report.holds:
        raise typer.Exit(FAILED)


@dataclass(slots=True)
class Report:
    """What was checked of a transcript, and what could not be checked.

    Attributes:
        room, head: the room's id and the number of its last entry.
        checks: name → (held, sentence); a check that the transcript has nothing for is left out.
        unchecked: name → what is missing for this check.
    """

    room: str
    head: int
    checks: dict[str, tuple[bool, str]] = field(default_factory=dict)
    unchecked: dict[str, str] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every check held."""
        return all(held for held, _ in self.checks.values())

    def note(self, name: str, faults: Sequence[Fault], good: str) -> None:
        """Add a check: its first five faults, or the sentence `good` if there are none."""
        told = ", ".join(f"entry {fault.seq}: {fault.problem}" for fault in faults[:5])
        self.checks[name] = (not faults, good if not faults else f"{len(faults)} wrong: {told}")


def verified(
    lines: Iterable[bytes],
    games: Iterable[str] = (),
    key: str | None = None,
    matches: Iterable[Iterable[bytes]] = (),
) -> Report:
    """Check a transcript: hash chain, authors, the server's key, and the result of a finished game.

    Args:
        games: more games, as `module:Class`; a game's rules are needed to judge it.
        key: the address the server's key must have; without it the transcript only agrees with itself.
        matches: of a board: transcripts of matches that it counts.

    Raises:
        NoTranscript: the lines are something else.
    """
    told = read_transcript(lines)
    report = Report(told.first["room"], told.first["head"])
    report.note("hash chain", breaks(told), f"{len(told.entries)} entries follow from each other")
    created = told.entries[0].body if told.entries and told.entries[0].type == "room.created" else None
    rooms = game_rooms(games)
    kind = rooms.get(created["kind"]) if isinstance(created, dict) else None
    _judge_authors(report, told, created, kind)
    report.checks["server key"] = _judge_server(told, key)
    if isinstance(created, dict) and created["kind"] == BoardRoom.kind:
        _judge_board(report, told, [read_transcript(each) for each in matches])
    if played := played_out(told.entries):
        if created is None:
            report.unchecked["game"] = "the transcript lacks the beginning of the log"
        elif kind is None:
            report.unchecked["game"] = "its rules are not here; name them with --games module:Class"
        else:
            report.note("game", check_match(kind, played), "every move and the result follow from the rules")
    return report


def _judge_board(report: Report, told: Transcript, matches: Sequence[Transcript]) -> None:
    """Fold a board again, and compare what it counts with the matches whose transcripts are whole."""
    whole = {match.first["room"].lower(): match.entries for match in matches if not breaks(match)}
    found = check_board(told.entries, whole)
    seen = found.counted - found.unseen
    best = ", ".join(f"{row['account']} {row['score']}" for row in found.standings.rows(1, 3))
    report.note("board", found.faults, f"{seen} of {found.counted} matches are as their logs say; first are {best}")
    if found.unseen:
        report.unchecked["matches"] = f"{found.unseen} have no whole transcript here; name them with --match"


def _judge_authors(report: Report, told: Transcript, created: Any, kind: type[GameRoom] | None) -> None:
    given: list[Delegation] = []
    for line in told.delegations:
        try:
            given.append(read_delegation(line))
        except (ParlourError, KeyError, TypeError, ValueError):
            report.checks["delegations"] = (False, f"that of {line.get('account')} proves nothing")
    floor = told.first.get("floor")
    before = {floor["seq"] - 1: bytes.fromhex(floor["previous"][2:])} if floor else {}
    facts = created if isinstance(created, dict) else {}
    staked = kind is not None and kind.holds_stake(facts.get("options", {}))
    found = check_authors(told.entries, given, signed=bool(facts.get("signed")), staked=staked, hashes=before)
    rpc = (
        f"; {len(found.needs_rpc)} of them rest on a contract's word, which needs its chain" if found.needs_rpc else ""
    )
    report.note("authors", found.faults, f"{found.checked} signatures are those of their authors{rpc}")


def _judge_server(told: Transcript, key: str | None) -> tuple[bool, str]:
    """Check the server's signatures: of the transcript's last line, and of the heads in `game.ended` entries."""
    by = told.signed.get("by")
    quoted = [
        e.body["signed"]
        for e in told.entries
        if e.type == "game.ended" and isinstance(e.body, dict) and "signed" in e.body
    ]
    # A hash holds its entry's epoch; a restored room signs the same log in its new one.
    hashes = {entry.seq: "0x" + entry.hash.hex() for entry in told.entries}
    for claim in [*quoted, told.signed]:
        if claim.get("by") != by or not _is_signed(claim):
            return False, f"its word about entry {claim.get('seq')} is not signed by {by}"
        if claim["room"] != told.first["room"] or hashes.get(claim["seq"]) != claim["hash"]:
            return False, f"it signed another log at entry {claim.get('seq')}"
    if told.signed["seq"] != told.first["head"]:
        return False, "it did not sign the head"
    if key is not None and key.lower() != str(by).lower():
        return False, f"the transcript is signed by {by}"
    return True, f"{by} signed the head" + ("" if key else "; compare that address with the server's")


def _is_signed(claim: Mapping[str, Any]) -> bool:
    try:
        signature = bytes.fromhex(str(claim.get("sig"))[2:])
    except ValueError:
        return False
    signer = secp256k1.recover(head_digest(claim), signature)
    return signer is not None and signer.address == claim.get("by")
