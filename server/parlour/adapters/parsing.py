"""What a request must look like before anybody acts on it; each check raises a ParlourError that names the fault."""

from __future__ import annotations

from typing import Any

from parlour import protocol
from parlour.core.accounts import normal_account
from parlour.errors import Invalid, NotFound
from parlour.runtime.room_ids import is_room_id


def parse_post(data: Any) -> dict[str, Any]:
    """The hot path's own check: the same rules as protocol.RoomPost, which names the fault where one is found."""
    if (
        type(data) is dict
        and type(data.get("id")) is str
        and 0 < len(data["id"]) <= 64
        and "\x00" not in data["id"]
        and type(data.get("type")) is str
        and 0 < len(data["type"]) <= 64
        and type(data.get("body")) in (dict, bytes)
        and is_room_id(data.get("room"))
        and data.get("sig") is None
        and data.get("salt") is None
    ):
        if data["id"].startswith("server:"):
            raise Invalid("Ids that start with server: are the server's.", details={"path": "id"})
        return data
    parsed: protocol.RoomPost = protocol.parse(protocol.RoomPost, data)
    check_room(parsed.room)
    if parsed.id.startswith("server:"):
        raise Invalid("Ids that start with server: are the server's.", details={"path": "id"})
    check_served(sig=parsed.sig)
    return parsed.model_dump(by_alias=True)


def account_of(text: str) -> str:
    """The account in its one spelling; an API key's name is one already. Raises Invalid."""
    return text if text.startswith("app:") else normal_account(text)


def check_room(room: str) -> str:
    """An id that cannot exist names no room."""
    if not is_room_id(room):
        raise NotFound("There is no such room.")
    return room


def check_served(**settings: Any) -> None:
    """Raises Invalid for what belongs to a later version: a gate that is ignored would let everybody in, a signature
    that nobody checked would pass for one."""
    for name, value in settings.items():
        if value:
            raise Invalid("Signatures and gates are not part of this version.", details={"path": name})
