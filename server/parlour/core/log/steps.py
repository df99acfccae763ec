"""Writes the difference of two views that differ in numbers alone as a short text (docs/protocol.md section 4).

    old {"x": [100, 40], "score": [3, 3]}, new {"x": [112, 28], "score": [3, 3]}  →  "AAYZ"

The numbers of a view have an order: that of its arrays, and of its objects' keys sorted. Of each number the text has
what was added, as the base64 VLQ of source maps: one character where things move a little. A view of many moving things
then costs about one character for each coordinate, however its author named and nested them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from operator import sub
from typing import Any

MOST = 2**51 - 1
"""Numbers beyond it are not told as steps: the double of a difference is a whole number that JavaScript can hold."""
SHORTEST_RUN = 3
"""Fewer zeros in a row are written out: `AA` is as short as a run."""
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_RUN = "B"
"""Minus nothing, which is no difference: the count of a run of zeros follows."""
_PLAIN = {str, bool, type(None)}
_WHOLE = {int}


def steps(old: Any, new: Any) -> str | None:
    """Return the differences of all numbers in their order; None where anything else differs, or a number too much."""
    found: list[int] = []
    return _written(found) if _collect(old, new, found) else None


def _collect(old: Any, new: Any, out: list[int]) -> bool:
    """Add the differences of all numbers in two values; return whether nothing else differs."""
    kind = type(new)
    if kind is int:
        return _subtract(old, new, out)
    if kind is list:
        if type(old) is not list or len(old) != len(new):
            return False
        return _collect_items(old, new, out)
    if kind is dict:
        if type(old) is not dict or old.keys() != new.keys() or not all(map(str.isascii, new)):
            return False  # only ASCII keys are sorted alike in every language
        return all(_collect(old[key], new[key], out) for key in sorted(new))
    if kind is float:
        out.append(0)
        return type(old) in (int, float) and bool(old == new)
    return kind in _PLAIN and type(old) is kind and bool(old == new)


def _collect_items(old: list[Any], new: list[Any], out: list[int]) -> bool:
    """Do `_collect` for the items of two arrays of one length; columns of numbers and of names are taken at once."""
    kinds = {*map(type, old), *map(type, new)}
    if kinds <= _PLAIN:
        return old == new
    if kinds == _WHOLE and min(*old, *new, 0) >= -MOST and max(*old, *new, 0) <= MOST:
        out += map(sub, new, old)
        return True
    return all(map(_collect, old, new, repeat(out)))


def _subtract(old: Any, new: int, out: list[int]) -> bool:
    if type(old) is not int:
        out.append(0)
        return type(old) is float and old == new
    out.append(new - old)
    return new == old or (-MOST <= old <= MOST and -MOST <= new <= MOST)


def _written(differences: Iterable[int]) -> str:
    """Write differences; zeros at the end are left out."""
    out: list[str] = []
    zeros = 0
    for by in differences:
        if by == 0:
            zeros += 1
            continue
        if zeros:
            out.append("A" * zeros if zeros < SHORTEST_RUN else _RUN + _digits(zeros))
            zeros = 0
        number = by << 1 if by > 0 else -by << 1 | 1
        out.append(_DIGITS[number] if number < 32 else _digits(number))
    return "".join(out)


def _digits(number: int) -> str:
    """Return the base64 VLQ of a number that is not negative: five bits a character, the lowest first."""
    text = ""
    while number > 31:
        text += _DIGITS[number & 31 | 32]
        number >>= 5
    return text + _DIGITS[number]
