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
NEWS: RoomId = ""
"""Stands for a room where news of accounts and chains are meant, which belong to none."""
MATCHES = "queue:", "match."
"""How ids of rooms and types of entries begin that are news of matches: lines tell of the tables they make."""
NAME_BYTES = 6


@dataclass(frozen=True, slots=True)
class Hook:
    """A receiver of entries.

    Attributes:
        url: where each entry is posted to; it is the operator's secret as much as `secret`.
        secret: signs what is posted.
        rooms: pattern of room ids, in any case: `*` stands for any characters, `?` for one. `*` alone takes news too.
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

    @property
    def takes_news(self) -> bool:
        """Return whether it takes news: they belong to no room, so a receiver of certain rooms gets none."""
        return self.rooms == EVERYTHING

    def takes_type(self, type_: str) -> bool:
        """Return whether it takes entries or news of a type."""
        return any(fnmatchcase(type_, pattern) for pattern in self.types)


def named(text: str) -> str:
    """Return a webhook's name, made of a text that it does not show."""
    return "hook-" + sha256(text.encode()).digest()[:NAME_BYTES].hex()


def body_of(hook: Hook, room: RoomId, entry: Mapping[str, Any]) -> bytes:
    """Return the JSON that is posted for an entry, `{id, room, entry}`, or for news, `{id, room: null, type, data}`.

    Args:
        room: `NEWS` for a piece of news, which is `{id, type, data}` already.
        entry: as history answers it to an operator. Its hash is the id: the same in each repeat, another for each
            entry, and after a restore too.
    """
    if room == NEWS:
        return _news(entry["id"], entry["type"], entry["data"])
    prefix, family = MATCHES
    if hook.takes_news and room.lower().startswith(prefix) and entry["type"].startswith(family):
        told = {"queue": room, "seq": entry["seq"], "at": entry["at"], **(entry.get("body") or {})}
        return _news(entry["hash"], entry["type"], told)
    return orjson.dumps({"id": entry["hash"], "room": room, "entry": entry})


def _news(id_: str, type_: str, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"id": id_, "room": None, "type": type_, "data": data})
