"""Requests that read a room's log: history, search, reading positions."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.identity.accounts import spelled
from parlour.errors import Invalid
from parlour.protocol.replies import Done, FoundReply, HistoryReply, MessagesReply, SearchReply
from parlour.protocol.requests import RoomHistory, RoomRead, RoomSearch, Search
from parlour.runtime.rooms.interface import Bounds, TextSearch
from parlour.runtime.rooms.room_ids import named_room


async def history(call: Call[RoomHistory]) -> dict[str, Any]:
    """Answer a page of entries or of folded messages, the pinned messages, or the edits of one."""
    asked, caller = call.parsed(), call.client.caller
    room = named_room(asked.room)
    bounds = Bounds(asked.before, asked.after, asked.limit, asked.thread, asked.threads is not False)
    if asked.view == "messages":
        return await call.rooms.messages(room, caller, bounds)
    if asked.view == "pins":
        return await call.rooms.pins(room, caller)
    if asked.view == "edits":
        if asked.of is None:
            raise Invalid("Name the message whose edits you want.", details={"path": "of"})
        return await call.rooms.edits(room, caller, asked.of)
    return await call.rooms.history(room, caller, bounds, proof=bool(asked.proof))


async def search(call: Call[RoomSearch]) -> dict[str, Any]:
    """Answer messages of a room that hold all words."""
    asked = call.parsed()
    return await call.rooms.search(named_room(asked.room), call.client.caller, _search(asked))


async def search_rooms(call: Call[Search]) -> dict[str, Any]:
    """Answer messages of many rooms that hold all words."""
    asked = call.parsed()
    rooms = None if asked.rooms is None else [named_room(room) for room in asked.rooms]
    return await call.rooms.search_rooms(call.client.caller, rooms, _search(asked))


def _search(asked: RoomSearch | Search) -> TextSearch:
    author = None if asked.from_ is None else spelled(asked.from_)
    return TextSearch(asked.query, author, asked.type, asked.before, asked.after, asked.limit, asked.cursor)


async def read(call: Call[RoomRead]) -> dict[str, Any]:
    """Move the caller's reading position forward."""
    asked = call.parsed()
    call.client.signed_in()
    await call.rooms.mark_read(named_room(asked.room), call.client.caller, asked.seq, asked.thread)
    return {}


SPECS = (
    RequestSpec("room:history", RoomHistory, HistoryReply | MessagesReply, history, cost="read", large=True),
    RequestSpec("room:search", RoomSearch, SearchReply, search, cost="search", large=True),
    RequestSpec("search", Search, FoundReply, search_rooms, cost="search", large=True),
    RequestSpec("room:read", RoomRead, Done, read, cost="read", mutates=True),
)
