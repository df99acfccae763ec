"""The files that a message names: `files: [hash ≤ 10]` in `chat.message` and `chat.edit` (protocol §5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from parlour.core.room import Entry
from parlour.errors import Invalid, NotFound

MAX_FILES = 10
"""Files of one message: each is a picture or a line under it."""
NAMES_FILES = frozenset({"chat.message", "chat.edit"})
_HASH = re.compile(r"0x[0-9a-f]{64}\Z")


def wanted_files(body: Any) -> Sequence[bytes]:
    """Return the hashes that a body names in the right form, before anybody decides about it."""
    named = body.get("files") if isinstance(body, dict) else None
    if not isinstance(named, list):
        return ()
    return [bytes.fromhex(each[2:]) for each in named[:MAX_FILES] if isinstance(each, str) and _HASH.match(each)]


def check_files(body: dict[str, Any], attachable: Collection[bytes]) -> bool:
    """Return whether a message names files.

    Args:
        attachable: those that its author put on the room's list.

    Raises:
        Invalid: `files` is no list of hashes. NotFound: one of them is not the author's in this room.
    """
    named = body.get("files")
    if named is None and "files" not in body:
        return False
    found = wanted_files(body)
    if not isinstance(named, list) or len(named) > MAX_FILES or len(set(found)) < len(named):
        raise Invalid(f"files is a list of at most {MAX_FILES} hashes, each once.", details={"path": "body.files"})
    if not set(found).issubset(attachable):
        raise NotFound("Upload a file to this room before a message names it.", details={"path": "body.files"})
    return bool(found)


def wanted_emoji(rules: Any) -> Sequence[bytes]:
    """Return the hashes of the pictures that rules name for the room's own emoji, in the right form."""
    named = rules.get("emoji") if isinstance(rules, dict) else None
    if not isinstance(named, dict):
        return ()
    hashes = (each.lower() for each in named.values() if isinstance(each, str))
    return list(dict.fromkeys(bytes.fromhex(each[2:]) for each in hashes if _HASH.match(each)))


def check_emoji(rules: Any, attachable: Collection[bytes], known: dict[str, str]) -> None:
    """Raise NotFound where rules name a picture for an emoji that is neither the author's in this room nor known.

    Args:
        known: the emoji that the room has.
    """
    held = {*attachable, *wanted_emoji({"emoji": known})}
    if not held.issuperset(wanted_emoji(rules)):
        raise NotFound("Upload a picture to this room before an emoji names it.", details={"path": "rules.emoji"})


def attached(entry: Entry) -> Sequence[bytes]:
    """Return the hashes of the files that a stored entry names."""
    return wanted_files(entry.body) if entry.type in NAMES_FILES else ()
