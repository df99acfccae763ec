"""Requests that create, list, configure and close rooms."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.gates.tree import read_gate
from parlour.core.room import Close, Configure, SetGate
from parlour.errors import Invalid
from parlour.protocol.replies import ConfigureReply, CreateReply, ListReply, Repeatable
from parlour.protocol.requests import RoomClose, RoomConfigure, RoomCreate, RoomList
from parlour.runtime.rooms.interface import ROOMS_LISTED, NewRoom, RoomQuery, RoomRequest
from parlour.runtime.rooms.room_ids import named_room


async def create(call: Call[RoomCreate]) -> dict[str, Any]:
    """Create a room that the caller owns."""
    asked, client = call.parsed(), call.client
    await call.backing.limiter.hit("rooms", client.signed_in())
    await call.backing.limiter.hit("rooms", client.address)
    return await call.rooms.create(client.caller, wanted_room(asked))


def wanted_room(asked: RoomCreate) -> NewRoom:
    """Read the room that a request asks for."""
    return NewRoom(
        asked.kind,
        asked.id,
        asked.title or "",
        asked.visibility or "public",
        asked.options,
        bool(asked.signed),
        None if asked.rules is None else asked.rules.named(),
        asked.gate,
        asked.settle,
    )


async def list_rooms(call: Call[RoomList]) -> dict[str, Any]:
    """Answer a page of rooms; with `live: true` the client gets changes from then on."""
    asked, client = call.parsed(), call.client
    query = wanted_page(asked)
    if asked.mine:
        client.signed_in()
    if asked.live:
        return await _follow(call, query)
    if asked.live is False:
        call.rooms.unfollow_list(client.connection)
    return await call.rooms.list(client.caller, query)


def wanted_page(asked: RoomList) -> RoomQuery:
    """Read which rooms a request asks for."""
    return RoomQuery(
        asked.kind,
        asked.query,
        bool(asked.open),
        bool(asked.mine),
        bool(asked.featured),
        asked.cursor,
        asked.limit or ROOMS_LISTED,
    )


async def _follow(call: Call[RoomList], query: RoomQuery) -> dict[str, Any]:
    for name in ("mine", "cursor"):
        if getattr(query, name):
            raise Invalid(
                "A live list shows the first page of public rooms: leave out mine and cursor.", details={"path": name}
            )
    if not call.client.connected:
        return {}
    return await call.rooms.follow_list(call.client.connection, query)


def configure(call: Call[RoomConfigure]) -> None:
    """Change a room's settings."""
    asked, client = call.parsed(), call.client
    named_room(asked.room)
    gate = None
    if "gate" in asked.model_fields_set:
        gate = SetGate(None if asked.gate is None else read_gate(asked.gate).json)
    command = Configure(
        client.signed_in(),
        client.rank,
        title=asked.title,
        visibility=asked.visibility,
        options=asked.options,
        rules=None if asked.rules is None else asked.rules.named(),
        gate=gate,
    )
    call.rooms.submit(asked.room, RoomRequest(command, call.reply, request_id=asked.id))


def close(call: Call[RoomClose]) -> None:
    """Close a room for good."""
    asked, client = call.parsed(), call.client
    named_room(asked.room)
    command = Close(client.signed_in(), client.rank, reason=asked.reason)
    call.rooms.submit(asked.room, RoomRequest(command, call.reply, request_id=asked.id))


SPECS = (
    RequestSpec("room:create", RoomCreate, CreateReply, create, cost="create", mutates=True),
    RequestSpec("room:list", RoomList, ListReply, list_rooms, cost="read", large=True),
    RequestSpec("room:configure", RoomConfigure, ConfigureReply, configure, cost="change", mutates=True),
    RequestSpec("room:close", RoomClose, Repeatable, close, cost="change", mutates=True),
)
