"""The canonical form of an entry's body: JCS (RFC 8785), limited to what every JSON reader can hold.

Sorted orjson is byte-identical for ASCII keys, no floats and integers within ±(2^53 - 1); anything else goes through
the `rfc8785` package, eight times slower.
"""

from __future__ import annotations

from typing import Any

import orjson
import rfc8785

from parlour.core.room import Body
from parlour.errors import Invalid, TooLarge

MAX_SAFE_INTEGER = 2**53 - 1
FIRST_WITH_EXPONENT = 1e21
"""Below this RFC 8785 writes a double without an exponent: beyond 2^53 it would be an integer that nobody may send.
Parsers read 2^64 as a double without complaint."""
MAX_DEPTH = 32
"""Objects and arrays inside each other."""
MAX_KEYS = 1000
"""Keys of a whole body, at every depth."""
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
    """Return whether orjson with sorted keys gives the JCS form; raises Invalid for what no body may hold."""
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
            # The rules of atoms once more, in place: most values are one.
            atom = type(item)
            if item is None or atom is bool or (atom is str and "\x00" not in item):
                continue
            if atom is int and -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
                continue
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
