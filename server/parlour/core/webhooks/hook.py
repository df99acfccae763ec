"""Says which entries a webhook takes, and makes the body that is posted for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

import orjson

from parlour.core.room import RoomId
from parlour.core.rooms.reserved import prefix_of

EVERYTHING = "*"
NAME_BYTES = 6


@dataclass(frozen=True, slots=True)
class Hook:
    """A receiver of entries.

    Attributes:
        url: where each entry is posted to; it is the operator's secret as much as `secret`.
        secret: signs what is posted.
        rooms: pattern of room ids, in any case: `*` stands for any characters, `?` for one.
        types: patterns of entry types, such as `chat.*`.
        name: what logs, metrics and the console call it; by default one that is the same as long as the URL is.
        public: whether it must be at a public address, because a request named it.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)
    rooms: str = EVERYTHING
    types: tuple[str, ...] = (EVERYTHING,)
    name: str = ""
    public: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", named(self.url))

    def takes_room(self, room: RoomId) -> bool:
        """Return whether it takes entries of a room; those that nobody reads along in are never sent."""
        reserved = prefix_of(room)
        return not (reserved is not None and reserved.sealed) and fnmatchcase(room.lower(), self.rooms.lower())

    def takes_type(self, type_: str) -> bool:
        """Return whether it takes entries of a type."""
        return any(fnmatchcase(type_, pattern) for pattern in self.types)


def named(text: str) -> str:
    """Return a webhook's name, made of a text that it does not show."""
    return "hook-" + sha256(text.encode()).digest()[:NAME_BYTES].hex()


def body_of(room: RoomId, entry: Mapping[str, Any]) -> bytes:
    """Return the JSON that is posted for an entry: `{id, room, entry}`.

    Args:
        entry: as history answers it to an operator. Its hash is the id: the same in each repeat, another for each
            entry, and after a restore too.
    """
    return orjson.dumps({"id": entry["hash"], "room": room, "entry": entry})
