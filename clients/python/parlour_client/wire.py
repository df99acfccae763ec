"""Objects for the wire."""

from __future__ import annotations

from typing import Any


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {key: value for key, value in fields.items() if value is not None}
