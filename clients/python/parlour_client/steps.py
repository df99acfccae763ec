"""Steps: what was added to each number of a view, in one short text (docs/protocol.md, section 4 "Steps")."""

from __future__ import annotations

from typing import Any

_DIGITS = {
    digit: value for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_RUN = 1
"""Minus nothing: the count of a run of zeros follows."""
_MOST = 2**53 - 1
_MOST_SHIFT = 50
"""Eleven characters say all numbers up to 2^53."""


class StepsError(ValueError):
    """The text does not fit the view; it says why."""


def apply_steps(value: Any, text: str) -> Any:
    """Return a view with the steps of `text` taken; what no step changed is shared with `value`.

    Raises:
        StepsError: the text is malformed, says more numbers than there are, or adds to one that is not whole.
    """
    steps = _Steps(text)
    stepped = _stepped(value, steps)
    if not steps.done:
        raise StepsError("There are more steps than numbers.")
    return stepped


def _stepped(value: Any, steps: _Steps) -> Any:
    kind = type(value)
    if steps.done:
        return value
    if kind is list:
        items = [_stepped(item, steps) for item in value]
        return value if all(now is was for now, was in zip(items, value, strict=True)) else items
    if kind is dict:
        members = {key: _stepped(value[key], steps) for key in sorted(value)}
        if all(members[key] is value[key] for key in value):
            return value
        return {key: members[key] for key in value}
    if kind not in (int, float) or not (by := steps.next()):
        return value
    if kind is float and not value.is_integer():
        raise StepsError(f"{value!r} is not whole.")
    if abs(value + by) > _MOST:
        raise StepsError(f"{value!r} + {by} is beyond 2^53.")
    return int(value) + by


class _Steps:
    """Reads the differences of a text one by one.

    Attributes:
        done: nothing but zeros is left.
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise StepsError(f"{text!r} is no text.")
        self._text, self._at, self._zeros = text, 0, 0

    @property
    def done(self) -> bool:
        return not self._zeros and self._at == len(self._text)

    def next(self) -> int:
        """Return the next difference."""
        if self._zeros:
            self._zeros -= 1
            return 0
        digits = self._digits()
        if digits == _RUN:
            self._zeros = self._digits() - 1
            if self._zeros < 0:
                raise StepsError("A run of no zeros.")
            return 0
        return -(digits >> 1) if digits & 1 else digits >> 1

    def _digits(self) -> int:
        """Read one number: five bits a character, the lowest first."""
        number = shift = 0
        while True:
            digit = _DIGITS.get(self._text[self._at : self._at + 1])
            if digit is None:
                raise StepsError(f"Not base64 VLQ at {self._at}.")
            self._at += 1
            number |= (digit & 31) << shift
            if number > _MOST or shift > _MOST_SHIFT:
                raise StepsError(f"A number beyond 2^53 before {self._at}.")
            if digit < 32:
                return number
            shift += 5
