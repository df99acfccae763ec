"""Room ids (protocol §3 "Rooms"): 1–128 of `A-Z a-z 0-9 . _ : -`, some prefixes reserved, compared without case."""

from __future__ import annotations

import re
import secrets

from parlour.core.room import Account, RoomId
from parlour.errors import Forbidden, Invalid, NoSuchRoom

_SHAPE = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")
RESERVED = ("wallet:", "chain:", "dm:")


def is_room_id(value: object) -> bool:
    """Return whether a room may have this id."""
    return isinstance(value, str) and _SHAPE.match(value) is not None and value not in (".", "..")


def named_room(room: RoomId) -> RoomId:
    """Return the id; raises NoSuchRoom for one that no room can have."""
    if not is_room_id(room):
        raise NoSuchRoom()
    return room


def check_room_id(room: RoomId | None, owner: Account, policy: str) -> RoomId:
    """Return the id of a room about to be created: the wanted one, or 128 random bits.

    Raises:
        Invalid: not an id. Forbidden: reserved, or against `PARLOUR_ROOM_IDS` (`free` or `own`).
    """
    if room is None:
        return secrets.token_urlsafe(16)
    if not is_room_id(room):
        raise Invalid("A room id is 1 to 128 letters, digits and the characters . _ : - alone.", details={"path": "id"})
    if room.lower().startswith(RESERVED):
        raise Forbidden("Room ids with that prefix are reserved.", reason="reserved")
    if policy == "own" and not room.lower().startswith(owner.lower()):
        raise Forbidden("On this server a room id must start with its owner's account.", reason="room_ids")
    return room
