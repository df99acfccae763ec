"""Numbers and bytes of a node's answers, bounded: a node may send anything, and what it says ends up in rooms' entries.

An entry's number must be exact in JavaScript, and its text must be one that canonical JSON can hold. An answer outside
of these bounds is odd (`Malformed`, by whoever reads it) and never reaches a room, where it could not be stored.
"""

from __future__ import annotations

import re

MOST = 2**53 - 1
"""The largest whole number that JSON readers agree on: block numbers, gas and indexes stay far below."""
LATEST = 2**40
"""The latest time (seconds since 1970), 34,000 years away: its milliseconds are still below MOST."""
WORD = 2**256 - 1
"""The largest amount that the chain itself can name."""
LONGEST_WORD = 90
"""Characters of a transaction's name: a signature in base58 has 88."""
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DIGITS = "0123456789abcdef"


def quantity(given: object, most: int = MOST) -> int:
    """Return a JSON-RPC quantity (`0x1f`); raises ValueError for any other text, and for more than `most`."""
    if not isinstance(given, str) or _QUANTITY.fullmatch(given) is None:
        raise ValueError("no quantity")
    number = int(given, 16)
    if number > most:
        raise ValueError("a quantity that is too large")
    return number


def hex_bytes(given: str, size: int | None = None) -> str:
    """Return bytes as 0x hex in lower case; raises ValueError where they are none, or not `size` of them."""
    text = given.lower()
    if text[:2] != "0x" or len(text) % 2 or text[2:].strip(_DIGITS) or (size is not None and len(text) != 2 + 2 * size):
        raise ValueError("no bytes in hex")
    return text


def word(given: str) -> str:
    """Return a transaction's name in lower case; raises ValueError where it is no short plain word.

    Of an EVM chain it is 32 bytes in hex, of a Solana cluster a signature in base58.
    """
    if len(given) > LONGEST_WORD or not (given.isascii() and given.isalnum()):
        raise ValueError("no transaction's name")
    return given.lower()
