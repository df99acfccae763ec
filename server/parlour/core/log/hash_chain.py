"""The hash chain of a room's log (protocol §6).

`bodyHash = SHA-256(salt ‖ JCS(body))`, `hash(seq) = SHA-256(hash(seq-1) ‖ JCS(nine keys))`; JCS is RFC 8785. Sorted
orjson is byte-identical for ASCII keys, no floats and integers within ±(2^53 - 1); anything else goes through the
`rfc8785` package, eight times slower.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import rfc8785

from parlour.core.room import Body, Draft, Entry, RoomId
from parlour.errors import Invalid, TooLarge

ZERO_HASH = bytes(32)
"""What stands before the first entry."""
SALT_BYTES = 16
MAX_SAFE_INTEGER = 2**53 - 1
FIRST_WITH_EXPONENT = 1e21
"""Below this RFC 8785 writes a double without an exponent: beyond 2^53 it would be an integer that nobody may send.
Parsers read 2^64 as a double without complaint."""
MAX_DEPTH = 32
"""Objects and arrays inside each other."""
MAX_KEYS = 1000
"""Keys of a whole body, at every depth."""
Place = tuple[RoomId, str, int, int, bytes]
"""Where an entry goes: room, epoch, seq, at (ms), and the hash of the entry before it."""
_TOO_LONG = "Integers beyond 2^53 - 1 travel as decimal strings."


def canonical(body: Body) -> bytes:
    """Return the bytes that are hashed and stored: JCS of a JSON object, a binary body as it is.

    Raises:
        Invalid: not JSON, too deep (32), too many keys (1000), a NUL, a non-ASCII key or a non-finite number.
    """
    if isinstance(body, bytes):
        return body
    budget = [MAX_KEYS]
    if _plain(body, MAX_DEPTH, budget):
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    try:
        return rfc8785.dumps(body)
    except rfc8785.CanonicalizationError as error:
        raise Invalid(f"The body is not canonical JSON: {error}.") from error


def _plain(value: Any, depth: int, budget: list[int]) -> bool:
    """Return whether sorted orjson equals JCS; raises Invalid for what no body may hold."""
    kind = type(value)
    if kind is str:
        if "\x00" in value:
            raise Invalid("A NUL character is not allowed.")
        return True
    if kind is int:
        if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            raise Invalid(_TOO_LONG)
        return True
    if value is None or kind is bool:
        return True
    if depth == 0:
        raise Invalid("The body is nested too deeply.")
    if kind is dict:
        budget[0] -= len(value)
        if budget[0] < 0:
            raise TooLarge("The body has too many keys.")
        plain = True
        for key, item in value.items():
            if type(key) is not str or not key.isascii() or "\x00" in key:
                raise Invalid("Keys are ASCII strings.")
            plain = _plain(item, depth - 1, budget) and plain
        return plain
    if kind is list:
        plain = True
        for item in value:
            plain = _plain(item, depth - 1, budget) and plain
        return plain
    if kind is float:
        if value != value or value in (float("inf"), float("-inf")):
            raise Invalid("NaN and Infinity are not JSON.")
        if MAX_SAFE_INTEGER < abs(value) < FIRST_WITH_EXPONENT:
            raise Invalid(_TOO_LONG)
        return False
    raise Invalid("The body is not JSON.")


def hash_body(salt: bytes, raw: bytes) -> bytes:
    """Return `bodyHash`, 32 bytes."""
    return sha256(salt + raw).digest()


def hash_entry(previous: bytes, entry: Entry) -> bytes:
    """Return `hash(seq)` from `hash(seq-1)`, 32 bytes; all nine keys are hashed, null where absent."""
    nine = {
        "at": entry.at,
        "author": entry.author,
        "body": "0x" + entry.body_hash.hex(),
        "epoch": entry.epoch,
        "id": entry.id,
        "room": entry.room,
        "seq": entry.seq,
        "sig": entry.sig,
        "type": entry.type,
    }
    return sha256(previous + orjson.dumps(nine)).digest()


def seal(draft: Draft, place: Place, salt: bytes, raw: bytes) -> Entry:
    """Make the entry of a draft: numbered, dated and hashed.

    Args:
        salt: 16 random bytes, used unless the draft brings its own.
        raw: `canonical(draft.body)`.
    """
    room, epoch, seq, at, previous = place
    salt = draft.salt or salt
    entry = Entry(
        room=room,
        epoch=epoch,
        seq=seq,
        id=draft.id or f"server:{seq}",
        type=draft.type,
        author=draft.author,
        at=at,
        body=draft.body,
        raw=raw,
        body_hash=hash_body(salt, raw),
        hash=ZERO_HASH,
        salt=salt,
        sig=draft.sig,
        source=draft.source,
        ref=draft.ref,
        seen=draft.seen,
    )
    entry.hash = hash_entry(previous, entry)
    return entry


def first_break(entries: list[Entry], previous: bytes) -> int | None:
    """Return the first seq whose hash does not follow, or None.

    The body hash is checked where body and salt are still there."""
    for entry in entries:
        if entry.raw is not None and entry.salt is not None and hash_body(entry.salt, entry.raw) != entry.body_hash:
            return entry.seq
        if hash_entry(previous, entry) != entry.hash:
            return entry.seq
        previous = entry.hash
    return None
