"""Makes a copy of a room from its transcript: the same authors, times and bodies, in a new room with its own hashes.

Signatures are left out: they speak of the room they were made for. Erased bodies stay erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import ZERO_HASH, hash_entry, seal
from parlour.core.operating.standing import ANNOUNCED
from parlour.core.proof.transcript import Transcript, breaks
from parlour.core.room import SERVER, Draft, Entry, RoomId
from parlour.errors import OperatorError

KINDS = ("chat", "document")
"""Kinds of rooms that are copied: games and what lives on a chain rest on the room they were played in."""
REFERS = ("chat.edit", "chat.delete", "chat.reaction", "chat.pin", "chat.resolve", "chat.held", "chat.released")
"""Types whose `of` is the entry they correct."""


class NoCopy(OperatorError):
    """The transcript cannot become a room; the message says why."""


@dataclass(frozen=True, slots=True)
class NewPlace:
    """Where and when (ms) a copy is made; `salt` is of the entry that says what it is a copy of."""

    room: RoomId
    epoch: str
    salt: bytes
    at: int


def copied(told: Transcript, place: NewPlace) -> list[Entry]:
    """Return the entries of a copy; the last one says what it is a copy of.

    Raises:
        NoCopy: the hash chain is broken, its beginning or something hidden is missing, or it is of another kind.
    """
    if faults := breaks(told):
        raise NoCopy(f"Entry {faults[0].seq} does not follow from the one before: the file was changed.")
    created = told.entries[0] if told.entries else None
    if created is None or created.type != "room.created" or not isinstance(created.body, dict):
        raise NoCopy("The beginning of the log is missing; retention removed it.")
    if created.body["kind"] not in KINDS:
        raise NoCopy(f"A room of kind {created.body['kind']} cannot be copied; only {' and '.join(KINDS)} can.")
    previous, entries = ZERO_HASH, list[Entry]()
    for entry in told.entries:
        if entry.type == "room.watched":
            raise NoCopy("The room watches a chain; a copy would not.")
        copy = replace(entry, room=place.room, epoch=place.epoch, sig=None, seen=None, ref=_ref(entry))
        copy.hash = previous = hash_entry(previous, copy)
        entries.append(copy)
    return [*entries, _origin(told, place, entries)]


def _origin(told: Transcript, place: NewPlace, entries: Sequence[Entry]) -> Entry:
    text = f"This room is a copy of {told.first['room']} up to entry {told.first['head']}."
    draft = Draft(ANNOUNCED, {"by": SERVER, "text": text})
    last = entries[-1]
    where = (place.room, place.epoch, last.seq + 1, max(place.at, last.at), last.hash)
    return seal(draft, where, place.salt, canonical(draft.body))


def _ref(entry: Entry) -> int | None:
    """Return the entry that this one refers to, as the room that wrote it had it."""
    if not isinstance(entry.body, dict):
        return None
    if entry.type in REFERS:
        of = entry.body.get("of")
    else:
        of = entry.body.get("thread") if entry.type == "chat.message" else None
    return of if type(of) is int else None
