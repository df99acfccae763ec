"""`parlour verify`: checks a transcript without the server that wrote it (protocol §6 "Proof")."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from parlour.commands.options import AsJson, Games
from parlour.commands.outcome import FAILED, UNREACHABLE, USAGE, fail
from parlour.core.canonical_json import canonical
from parlour.core.games.room import GameRoom
from parlour.core.identity import secp256k1
from parlour.core.log.hash_chain import ZERO_HASH, first_break, hash_body
from parlour.core.log.signed_posts import head_digest
from parlour.core.proof.authors import Delegation, check_authors, read_delegation, read_seen
from parlour.core.proof.match import Fault, check_match, played_out
from parlour.core.room import Body, Entry
from parlour.errors import ParlourError
from parlour.runtime.games.discovery import game_rooms
from parlour.runtime.plugins import PluginNotFound

app = typer.Typer(add_completion=False)


@app.command()
def verify(
    transcript: Annotated[Path, typer.Argument(help="What GET /api/rooms/<id>/transcript answered; - reads stdin.")],
    key: Annotated[str | None, typer.Option(help="The address the server's key must have.")] = None,
    games: Games = None,
    as_json: AsJson = False,
) -> None:
    """Judge a transcript offline: hash chain, authors, server key, game result; exit code 1 if one is wrong."""
    try:
        lines = (sys.stdin.buffer if str(transcript) == "-" else transcript.open("rb")).readlines()
        report = verified(lines, games or (), key)
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


class NoTranscript(Exception):
    """The lines are not a transcript; the message says which one is wrong."""


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


@dataclass(slots=True)
class _Transcript:
    first: dict[str, Any]
    delegations: list[dict[str, Any]]
    entries: list[Entry]
    signed: dict[str, Any]


def verified(lines: Iterable[bytes], games: Iterable[str] = (), key: str | None = None) -> Report:
    """Check a transcript: hash chain, authors, the server's key, and the result of a finished game.

    Args:
        games: more games, as `module:Class`; a game's rules are needed to judge it.
        key: the address the server's key must have; without it the transcript only agrees with itself.

    Raises:
        NoTranscript: the lines are something else.
    """
    told = _read(lines)
    report = Report(told.first["room"], told.first["head"])
    report.note("hash chain", _breaks(told), f"{len(told.entries)} entries follow from each other")
    created = told.entries[0].body if told.entries and told.entries[0].type == "room.created" else None
    rooms = game_rooms(games)
    kind = rooms.get(created["kind"]) if isinstance(created, dict) else None
    _judge_authors(report, told, created, kind)
    report.checks["server key"] = _judge_server(told, key)
    if played := played_out(told.entries):
        if created is None:
            report.unchecked["game"] = "the transcript lacks the beginning of the log"
        elif kind is None:
            report.unchecked["game"] = "its rules are not here; name them with --games module:Class"
        else:
            report.note("game", check_match(kind, played), "every move and the result follow from the rules")
    return report


def _read(lines: Iterable[bytes]) -> _Transcript:
    entries: list[Entry] = []
    delegations: list[dict[str, Any]] = []
    first: dict[str, Any] = {}
    signed: dict[str, Any] = {}
    for number, line in enumerate(filter(None, (line.strip() for line in lines)), 1):
        try:
            told = orjson.loads(line)
            if number == 1:
                first = {"room": told["room"], "head": told["head"], **told}
            elif "entry" in told:
                entries.append(_entry(told["entry"]))
            elif "delegation" in told:
                delegations.append(told["delegation"])
            else:
                signed = told["signed"]
        except (KeyError, TypeError, ValueError, ParlourError) as error:
            raise NoTranscript(f"Line {number} is not one of a transcript: {type(error).__name__} {error}.") from None
    if not first or not signed:
        raise NoTranscript("The transcript is incomplete: its first or its last line is missing.")
    return _Transcript(first, delegations, entries, signed)


def _entry(told: Mapping[str, Any]) -> Entry:
    salt = bytes.fromhex(told["salt"][2:]) if "salt" in told else None
    body_hash = bytes.fromhex(told["bodyHash"][2:])
    body = _body(told["body"], salt, body_hash)
    raw = None if body is None else canonical(body)
    return Entry(
        told["room"], told["epoch"], told["seq"], told["id"], told["type"], told["author"], told["at"], body, raw,
        body_hash, bytes.fromhex(told["hash"][2:]), salt, told.get("sig"), seen=read_seen(told.get("seen")),
    )  # fmt: skip


def _body(told: Any, salt: bytes | None, body_hash: bytes) -> Body | None:
    """Return a body from JSON; `{b64}` is a binary body, unless that JSON itself was hashed."""
    if isinstance(told, dict) and told.keys() == {"b64"} and salt is not None:
        binary = b64decode(told["b64"])
        return binary if hash_body(salt, binary) == body_hash else told
    return told  # type: ignore[no-any-return]  # a JSON object, or None where hidden or erased


def _breaks(told: _Transcript) -> list[Fault]:
    floor = told.first.get("floor") or {"seq": 1, "previous": "0x" + ZERO_HASH.hex()}
    wanted = range(floor["seq"], told.first["head"] + 1)
    if [entry.seq for entry in told.entries] != list(wanted):
        missing = sorted(set(wanted) - {entry.seq for entry in told.entries})
        return [Fault(missing[0] if missing else 0, "missing")]
    for entry in told.entries:
        if entry.room != told.first["room"]:
            return [Fault(entry.seq, "another room")]
    broken = first_break(told.entries, bytes.fromhex(floor["previous"][2:]))
    return [] if broken is None else [Fault(broken, "broken")]


def _judge_authors(report: Report, told: _Transcript, created: Any, kind: type[GameRoom] | None) -> None:
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


def _judge_server(told: _Transcript, key: str | None) -> tuple[bool, str]:
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
