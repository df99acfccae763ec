"""The types of entries that every room shares, and those that clients post (protocol §3, §5)."""

from __future__ import annotations

import re

from parlour.errors import Forbidden, Invalid, ParlourError

SHARED_FAMILIES = frozenset(("room", "member", "chat", "chain", "app", "dm"))
"""First words of types that mean the same in every room."""
POSTED_IN_SOME_KIND = frozenset(("game.action", "doc.update"))
"""Types of the protocol that clients post where the room is of the right kind."""
APP_TYPE = re.compile(r"app\.[A-Za-z0-9._:-]{1,60}")
"""A DApp's own entries, stored in any room as they are."""


def refused_post(type_: str, kind: str) -> ParlourError:
    """Make the refusal of a post that a room of this kind does not take."""
    if type_ in POSTED_IN_SOME_KIND:
        return Invalid(f"A room of kind {kind!r} takes no {type_!r}.", details={"path": "type"})
    return Forbidden(f"Clients cannot post entries of type {type_!r} in a room of kind {kind!r}.", reason="role")


def family(type_: str) -> str:
    """Return the first word of a type: `game` of `game.action`."""
    return type_.partition(".")[0]
