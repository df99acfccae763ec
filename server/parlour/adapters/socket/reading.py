"""Requests that read a room's log: history, search, reading positions."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.protocol.replies import Done, HistoryReply, MessagesReply, SearchReply
from parlour.protocol.requests import RoomHistory, RoomRead, RoomSearch
from parlour.runtime.rooms.interface import Bounds
from parlour.runtime.rooms.room_ids import named_room


async def history(call: Call[RoomHistory]) -> dict[str, Any]:
    """Answer a page of entries, or of folded messages."""
    asked, caller = call.parsed(), call.client.caller
    room, bounds = named_room(asked.room), Bounds(asked.before, asked.after, asked.limit)
    if asked.view == "messages":
        return await call.rooms.messages(room, caller, bounds)
    return await call.rooms.history(room, caller, bounds, proof=bool(asked.proof))


async def search(call: Call[RoomSearch]) -> dict[str, Any]:
    """Answer messages that contain all words."""
    asked = call.parsed()
    bounds = Bounds(asked.before, None, asked.limit or 20)
    return await call.rooms.search(named_room(asked.room), call.client.caller, asked.query, bounds)


async def read(call: Call[RoomRead]) -> dict[str, Any]:
    """Move the caller's reading position forward."""
    asked = call.parsed()
    call.client.signed_in()
    await call.rooms.mark_read(named_room(asked.room), call.client.caller, asked.seq)
    return {}


SPECS = (
    RequestSpec("room:history", RoomHistory, HistoryReply | MessagesReply, history, cost="read", large=True),
    RequestSpec("room:search", RoomSearch, SearchReply, search, cost="search", large=True),
    RequestSpec("room:read", RoomRead, Done, read, cost="read", mutates=True),
)
