"""The types of entries that every room shares, and those that clients post (protocol §3, §5)."""

from __future__ import annotations

import re

SHARED_FAMILIES = frozenset(("room", "member", "chat", "chain", "app"))
"""First words of types that mean the same in every room."""
POSTED_IN_SOME_KIND = frozenset(("game.action", "doc.update", "wallet.track"))
"""Types of the protocol that clients post where the room is of the right kind."""
APP_TYPE = re.compile(r"app\.[A-Za-z0-9._:-]{1,60}")
"""A DApp's own entries, stored in any room as they are."""


def family(type_: str) -> str:
    """Return the first word of a type: `game` of `game.action`."""
    return type_.partition(".")[0]
