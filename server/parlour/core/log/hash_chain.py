"""The hash chain of a room's log (protocol §6).

`bodyHash = SHA-256(salt ‖ JCS(body))`, `hash(seq) = SHA-256(hash(seq-1) ‖ JCS(nine keys))`; JCS is RFC 8785
(core/canonical_json.py).
"""

from __future__ import annotations

from hashlib import sha256

import orjson

from parlour.core.room import Draft, Entry, RoomId

ZERO_HASH = bytes(32)
"""What stands before the first entry."""
SALT_BYTES = 16
Place = tuple[RoomId, str, int, int, bytes]
"""Where an entry goes: room, epoch, seq, at (ms), and the hash of the entry before it."""


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
        body_hash=sha256(salt + raw).digest(),
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
