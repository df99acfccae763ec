"""Checks what lists show of a room: its title and its visibility."""

from __future__ import annotations

from typing import Any

from parlour.core.rooms.normal_form import is_line, shows_something
from parlour.errors import Invalid

MAX_TITLE = 120
"""Characters of a title: a line in a list."""


def check_title(title: Any) -> str:
    """Return a title as stored; raises Invalid."""
    if not isinstance(title, str) or len(title) > MAX_TITLE or not is_line(title):
        raise Invalid(f"A title is at most {MAX_TITLE} printable characters.", details={"path": "title"})
    if title and not shows_something(title):
        raise Invalid("A title must have a visible character, or be empty.", details={"path": "title"})
    return title


def check_visibility(visibility: Any) -> str:
    """Return a visibility as stored; raises Invalid."""
    if visibility not in ("public", "private"):
        raise Invalid("visibility is public or private.", details={"path": "visibility"})
    return str(visibility)
