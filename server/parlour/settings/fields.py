"""How a setting is declared: default, unit, meaning and reason in one place."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode


def _as_list(value: Any) -> Any:
    """Split `a,b` or a JSON list into its items, without blanks and closing slashes."""
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
    return tuple(str(item).strip().rstrip("/") for item in value if str(item).strip())


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_as_list)]
"""A list written as `a,b` or as JSON."""


def setting(
    default: Any,
    what: str,
    *,
    unit: str = "",
    why: str = "",
    told: bool = False,
    bounds: dict[str, Any] | None = None,
) -> Any:
    """Declare one setting; the field's name in capitals after `PARLOUR_` is its environment variable.

    Args:
        what: one sentence: what it sets.
        unit: what the number counts, such as "bytes" or "seconds".
        why: the reason for the default, or what another value costs.
        told: clients read it in `welcome.limits` (protocol §2), under its name in camelCase.
        bounds: pydantic's `ge`, `gt` and `le`; `at_least` and `above` make them. A number without any is above 0.
    """
    if bounds is None and type(default) in (int, float):
        bounds = above(0)
    extra: dict[str, Any] = {"unit": unit, "why": why, "told": told}
    return Field(default, description=what, json_schema_extra=extra, **(bounds or {}))


def at_least(least: float, most: float | None = None) -> dict[str, Any]:
    """Bounds of a number that may be `least` itself, and at most `most`."""
    return {"ge": least} if most is None else {"ge": least, "le": most}


def above(least: float, most: float | None = None) -> dict[str, Any]:
    """Bounds of a number that must be more than `least`, and at most `most`."""
    return {"gt": least} if most is None else {"gt": least, "le": most}
