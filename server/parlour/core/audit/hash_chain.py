"""The chain of audit rows: each row's hash covers the row before, so that one changed row shows.

Texts enter by a salted hash alone. When they are erased, the salt goes too, and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

ZERO_HASH = bytes(32)
"""What stands for the row before the first."""


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row as the chain sees it.

    Attributes:
        n: its place, from 1 on.
        digest: the salted hash of its texts.
        salt, texts: None once they are erased.
        hash: what the sealer wrote.
    """

    n: int
    by: str
    id: str
    what: str
    at: int
    digest: bytes
    salt: bytes | None
    texts: dict[str, Any] | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a chain holds: `rows` of them, up to `at` (ms) and `hash`; `wrong` says what is wrong with the next."""

    rows: int
    at: int | None
    hash: bytes
    wrong: str | None


def digest_of(salt: bytes, texts: Any) -> bytes:
    """Return the salted hash of texts, or of any JSON."""
    return sha256(salt + orjson.dumps(texts, option=orjson.OPT_SORT_KEYS)).digest()


def hash_of(previous: bytes, row: SealedRow) -> bytes:
    """Return the hash that a row has behind the row whose hash is `previous`."""
    facts = [row.n, row.by, row.id, row.what, row.at, row.digest.hex()]
    return sha256(previous + orjson.dumps(facts)).digest()


def judge(rows: Iterable[SealedRow], before: Verdict = Verdict(0, None, ZERO_HASH, None)) -> Verdict:
    """Return how far a chain holds, given rows in order.

    Args:
        before: the verdict on the rows in front of these.
    """
    count, at, previous = before.rows, before.at, before.hash
    for row in rows:
        if row.n != count + 1:
            return Verdict(count, at, previous, f"Row {count + 1} is missing.")
        if row.texts is not None and row.salt is not None and digest_of(row.salt, row.texts) != row.digest:
            return Verdict(count, at, previous, f"The texts of row {row.n} were changed.")
        if hash_of(previous, row) != row.hash:
            return Verdict(count, at, previous, f"Row {row.n} was changed.")
        count, at, previous = row.n, row.at, row.hash
    return Verdict(count, at, previous, None)
