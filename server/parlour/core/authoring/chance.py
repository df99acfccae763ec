"""Chance that anybody can check: every draw is a hash of the match's seed and of where it was drawn.

Draw `n` (0, 1, 2 …) of entry `seq` is `SHA-256(seed ‖ seq ‖ n)`, seed 32 bytes, seq and n unsigned 64-bit big-endian.
Leaving one entry out moves no other entry's draws. From a draw `d`, read as a 256-bit big-endian integer:

    random()    (d >> 203) / 2^53            below(k)    d mod k   (bias under 2^-190 for k < 2^64)

`commitment = SHA-256(seed)` stands in `game.started`, the seed in `game.ended`. Where players contribute
(`fair = True`), each commits `SHA-256(value)` and, once all have, shows its 32-byte `value`; draws then use
`SHA-256(seed ‖ value of seat 0 ‖ value of seat 1 …)`, seats in order: the server is bound before it sees a value, and
no player sees another's before being bound. (What is left to a server that lies: it knows the seed from then on, and an
entry of its own put before a move gives that move the next number. The log shows every entry.) In a ticking game tick
`t` draws from `SHA-256(seed ‖ "tick")` with `t` as seq; the bot in seat s draws from `SHA-256(seed ‖ "bot:s")`.
Vectors: tests/vectors/chance.json.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
Draws = tuple[bytes, int, int]
"""Where an entry draws: the seed, its seq, and how many draws were made there before. `Chance(*draws)` makes them."""


class Chance:
    """The draws of one entry (`self.random`): the same seed and seq give the same draws on any machine."""

    __slots__ = ("_prefix", "drawn")

    def __init__(self, seed: bytes, seq: int, drawn: int = 0) -> None:
        self._prefix = seed + seq.to_bytes(8, "big")
        self.drawn = drawn

    def bits(self) -> int:
        """Return the next draw, 256 bits."""
        digest = sha256(self._prefix + self.drawn.to_bytes(8, "big")).digest()
        self.drawn += 1
        return int.from_bytes(digest, "big")

    def random(self) -> float:
        """Return a number, 0 ≤ x < 1."""
        return float(self.bits() >> 203) / (1 << 53)

    def below(self, limit: int) -> int:
        """Return a whole number, 0 ≤ n < limit."""
        return self.bits() % limit

    def between(self, low: int, high: int) -> int:
        """Return a whole number, low ≤ n ≤ high; a die is `between(1, 6)`."""
        return low + self.below(high - low + 1)

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Shuffle in place: Fisher-Yates from the last item down, one draw an item but the first."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Return `count` different items, in the order of a shuffle."""
        pool = list(items)
        self.shuffle(pool)
        return pool[:count]


def commitment(secret: bytes) -> str:
    """Return what is published before the secret: its SHA-256, `0x` hex."""
    return "0x" + sha256(secret).hexdigest()


def combined(seed: bytes, values: Sequence[bytes]) -> bytes:
    """Return the seed of the draws once players contributed: SHA-256(seed ‖ values in seat order)."""
    return sha256(seed + b"".join(values)).digest()


def derived(seed: bytes, purpose: str) -> bytes:
    """Return a seed for ticks (`tick`) or for one bot (`bot:<seat>`) alone."""
    return sha256(seed + purpose.encode()).digest()
