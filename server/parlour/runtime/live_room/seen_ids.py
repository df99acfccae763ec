"""Tells ids that are surely new from others without asking the store, which costs more than the post.

A chain of Bloom filters, each twice as large as the one before, kept in the room's snapshots. It never says "new" of an
id that was added; of a new one it says "perhaps seen" about once in two hundred times, and then the store is asked.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from hashlib import blake2b

SMALLEST, LARGEST = 1024, 32 * 1024
"""Bytes of the first filter and of the last: 40,000 ids in all; beyond, the last one slowly fills up."""
BITS_PER_ID = 13
PROBES = 4


class SeenIds:
    """Ids of posts by author."""

    def __init__(self) -> None:
        self._filters = [bytearray(SMALLEST)]
        self._added = 0

    def __bool__(self) -> bool:
        """Return whether any id was added."""
        return self._added > 0 or len(self._filters) > 1

    def add(self, author: str, id_: str) -> None:
        newest = self._filters[-1]
        if self._added * BITS_PER_ID >= len(newest) * 8 and len(newest) < LARGEST:
            newest = bytearray(2 * len(newest))
            self._filters.append(newest)
            self._added = 0
        self._added += 1
        digest, mask = _digest(author, id_), len(newest) * 8 - 1
        for _ in range(PROBES):
            bit = digest & mask
            newest[bit >> 3] |= 1 << (bit & 7)
            digest >>= 32

    def may_hold(self, author: str, id_: str) -> bool:
        """Return False only where the id was never added."""
        digest = _digest(author, id_)
        return any(_marked(held, digest) for held in self._filters)

    def dump(self) -> str:
        """Return the form for a snapshot: a few hundred characters for a small room, at most 90,000."""
        return f"{self._added}:{b64encode(zlib.compress(b''.join(self._filters), 1)).decode()}"

    @classmethod
    def load(cls, dumped: object) -> SeenIds | None:
        """Read what `dump` returned; None for anything else: then the store is asked about every id."""
        seen = cls()
        try:
            added, _, packed = str(dumped).partition(":")
            seen._added, whole = int(added), zlib.decompress(b64decode(packed))
        except (ValueError, zlib.error):
            return None
        if len(whole) % SMALLEST or not whole:
            return None
        seen._filters = []
        size, start = SMALLEST, 0
        while start < len(whole):
            seen._filters.append(bytearray(whole[start : start + size]))
            start, size = start + size, size * 2
        return seen


def _digest(author: str, id_: str) -> int:
    return int.from_bytes(blake2b(f"{author}\0{id_}".encode(), digest_size=PROBES * 4).digest())


def _marked(held: bytearray, digest: int) -> bool:
    """Return whether every bit of this digest is set; sizes are powers of two."""
    mask = len(held) * 8 - 1
    for _ in range(PROBES):
        bit = digest & mask
        if not held[bit >> 3] >> (bit & 7) & 1:
            return False
        digest >>= 32
    return True
