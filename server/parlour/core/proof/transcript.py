"""Reads a transcript (protocol §6): its lines as entries, and whether they follow from each other."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import ZERO_HASH, first_break, hash_body
from parlour.core.proof.authors import read_seen
from parlour.core.proof.match import Fault
from parlour.core.room import Body, Entry
from parlour.errors import ParlourError


class NoTranscript(Exception):
    """The lines are not a transcript; the message says which one is wrong."""


@dataclass(slots=True)
class Transcript:
    """What a transcript says: its first line, delegations, entries, and the server's signature."""

    first: dict[str, Any]
    delegations: list[dict[str, Any]]
    entries: list[Entry]
    signed: dict[str, Any]


def read_transcript(lines: Iterable[bytes]) -> Transcript:
    """Read the lines; raises NoTranscript."""
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
    return Transcript(first, delegations, entries, signed)


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


def breaks(told: Transcript) -> list[Fault]:
    """Return where the hash chain breaks: nothing, or the first such place."""
    floor = told.first.get("floor") or {"seq": 1, "previous": "0x" + ZERO_HASH.hex()}
    wanted = range(floor["seq"], told.first["head"] + 1)
    if [entry.seq for entry in told.entries] != list(wanted):
        missing = sorted(set(wanted) - {entry.seq for entry in told.entries})
        return [Fault(missing[0] if missing else 0, "missing")]
    for entry in told.entries:
        if entry.room != told.first["room"]:
            return [Fault(entry.seq, "another room")]
        if entry.raw is not None and entry.salt is None:
            return [Fault(entry.seq, "no salt")]  # a server tells it with every body: without it no hash holds the body
    broken = first_break(told.entries, bytes.fromhex(floor["previous"][2:]))
    return [] if broken is None else [Fault(broken, "broken")]
