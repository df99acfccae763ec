"""What somebody wants of a table's options: a value, a range `[min, max]`, or one of several values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from parlour.errors import Invalid

MAX_VALUES = 32
"""Values of one option that a ticket would take: they are compared with every other ticket's."""


def accepts(want: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Return whether options are as wanted; an option that nothing is said about may be anything."""
    return all(_fits(wanted, options.get(name)) for name, wanted in want.items())


def check_want(want: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise Invalid for a wish about an option that the kind does not have, or that nothing could meet."""
    for name, wanted in want.items():
        path = {"path": f"want.{name}"}
        if name not in known:
            raise Invalid(f"There is no option {name[:64]!r}.", details=path)
        if not isinstance(wanted, list):
            continue
        if not wanted or len(wanted) > MAX_VALUES:
            raise Invalid(f"Name 1 to {MAX_VALUES} values.", details=path)
        if _is_range(wanted) and wanted[0] > wanted[1]:
            raise Invalid("A range is [min, max].", details=path)


def _fits(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, list):
        return _same(wanted, value)
    if _is_range(wanted):
        return _is_number(value) and bool(wanted[0] <= value <= wanted[1])
    return any(_same(each, value) for each in wanted)


def _is_range(wanted: list[Any]) -> bool:
    return len(wanted) == 2 and all(map(_is_number, wanted))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(wanted: Any, value: Any) -> bool:
    """Compare as JSON does: `true` is not 1."""
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)
