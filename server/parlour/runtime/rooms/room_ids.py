"""Room ids (protocol §3 "Rooms"): 1–128 of `A-Z a-z 0-9 . _ : -`, some prefixes reserved, compared without case."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable

from parlour.core.room import Account, Configure, Join, RoomId
from parlour.core.rooms.reserved import OWN_KINDS, prefix_of, reserved_of
from parlour.errors import Forbidden, Invalid, NoSuchRoom

_SHAPE = re.compile(r"(?!\.\.?\Z)[A-Za-z0-9._:-]{1,128}\Z")
fits_room_id = _SHAPE.match
"""Matches a text that may be a room's id; without a Python call, for the hot path."""
MakeRoom = Callable[[RoomId, Join], Awaitable[None]]
"""Creates the room that a Join asks for; raises NoSuchRoom where there is to be none."""
CheckConfigure = Callable[[Configure], None]
"""Raises the ParlourError that a Configure is refused with."""


def is_room_id(value: object) -> bool:
    """Return whether a room may have this id."""
    return isinstance(value, str) and fits_room_id(value) is not None


def named_room(room: RoomId) -> RoomId:
    """Return the id; raises NoSuchRoom for one that no room can have."""
    if not is_room_id(room):
        raise NoSuchRoom()
    return room


def check_room_id(room: RoomId | None, owner: Account, policy: str) -> RoomId:
    """Return the id of a room that a client is about to create: the wanted one, or 128 random bits.

    Raises:
        Invalid: not an id. Forbidden: reserved, or against `PARLOUR_ROOM_IDS` (`free` or `own`).
    """
    if room is None:
        return secrets.token_urlsafe(16)
    if not is_room_id(room):
        raise Invalid("A room id is 1 to 128 letters, digits and the characters . _ : - alone.", details={"path": "id"})
    if prefix_of(room) is not None:
        raise Forbidden("Room ids with that prefix are reserved.", reason="reserved")
    if policy == "own" and not room.lower().startswith(owner.lower()):
        raise Forbidden("On this server a room id must start with its owner's account.", reason="room_ids")
    return room


def check_made_by_server(room: RoomId | None, kind: str, owner: Account, visibility: str) -> RoomId:
    """Return the id of a reserved room that the server is about to create; raises ValueError for another."""
    reserved = None if room is None or not is_room_id(room) else reserved_of(room, owner)
    if room is None or reserved is None or reserved.kind != kind:
        raise ValueError(f"{room} is no id of a room of kind {kind} that the server creates.")
    if reserved.sealed and visibility != "private":
        raise ValueError(f"Rooms {reserved.prefix}… are private.")
    return room


def check_kind_for_clients(kind: str) -> None:
    """Raise Forbidden for a kind whose rooms the server alone creates."""
    if kind in OWN_KINDS:
        raise Forbidden(f"Only the server creates rooms of kind {kind}.", reason="reserved")


class ReservedRooms:
    """The calls that were registered for each reserved prefix, such as `wallet:`."""

    def __init__(self) -> None:
        self._makers: dict[str, MakeRoom] = {}
        self._checks: dict[str, CheckConfigure] = {}
        self._followers: dict[str, Callable[[RoomId], None]] = {}

    def make_at_join(self, prefix: str, make: MakeRoom) -> None:
        """Let `make` create rooms of this prefix when somebody first joins them."""
        self._makers[prefix] = make

    def before_configure(self, prefix: str, check: CheckConfigure) -> None:
        """Let `check` refuse a Configure of a room of this prefix."""
        self._checks[prefix] = check

    def after_configure(self, prefix: str, call: Callable[[RoomId], None]) -> None:
        """Let `call` know when a room of this prefix was configured."""
        self._followers[prefix] = call

    def maker(self, room: RoomId) -> MakeRoom | None:
        """Return what creates this room, if anything does."""
        reserved = prefix_of(room)
        return None if reserved is None else self._makers.get(reserved.prefix)

    def check_configure(self, room: RoomId, command: Configure) -> None:
        """Check a Configure before its room decides; raises what the registered check raises."""
        reserved = prefix_of(room)
        if reserved is not None and (check := self._checks.get(reserved.prefix)) is not None:
            check(command)

    def configured(self, room: RoomId) -> None:
        """Tell whoever follows the room's options that they changed."""
        reserved = prefix_of(room)
        if reserved is not None and (call := self._followers.get(reserved.prefix)) is not None:
            call(room)
