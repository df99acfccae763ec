"""Requests about what one is told: notices, how much one wants to hear of a room."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.protocol.inbox import NoticesList, NoticesRead, NoticesReply, RoomNotify
from parlour.protocol.replies import Done
from parlour.runtime.rooms.room_ids import named_room


async def notices(call: Call[NoticesList]) -> dict[str, Any]:
    """Answer a page of the caller's notices."""
    asked = call.parsed()
    return await call.backing.notices.page(call.client.signed_in(), asked.cursor, asked.limit)


async def read(call: Call[NoticesRead]) -> dict[str, Any]:
    """Mark notices as read."""
    await call.backing.notices.read(call.client.signed_in(), call.parsed().up_to)
    return {}


async def notify(call: Call[RoomNotify]) -> dict[str, Any]:
    """Keep how much the caller wants to hear of a room or a thread."""
    asked = call.parsed()
    call.client.signed_in()
    room, caller = named_room(asked.room), call.client.caller
    await call.backing.notices.notify(room, caller, asked.thread, asked.level, asked.until)
    return {}


SPECS = (
    RequestSpec("notices:list", NoticesList, NoticesReply, notices, cost="read", large=True),
    RequestSpec("notices:read", NoticesRead, Done, read, cost="read", mutates=True),
    RequestSpec("room:notify", RoomNotify, Done, notify, cost="change", mutates=True),
)
