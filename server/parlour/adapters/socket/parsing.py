"""Checks that several requests share; each raises a ParlourError that names the fault."""

from __future__ import annotations

from typing import Any

from parlour.errors import Invalid, NotFound
from parlour.runtime.rooms.room_ids import is_room_id


def check_id(id_: str) -> None:
    """Raise Invalid for an id that only the server's entries have."""
    if id_.startswith("server:"):
        raise Invalid("Ids that start with server: are the server's.", details={"path": "id"})


def check_room(room: str) -> str:
    """Return the room's id; raise NotFound for one that cannot exist."""
    if not is_room_id(room):
        raise NotFound("There is no such room.")
    return room


def check_served(**settings: Any) -> None:
    """Raise Invalid for what belongs to a later version: a gate that is ignored would let everybody in."""
    for name, value in settings.items():
        if value:
            raise Invalid("Gates are not part of this version.", details={"path": name})
