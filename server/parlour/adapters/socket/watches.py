"""Requests about on-chain events: watch, unwatch."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.errors import Invalid
from parlour.protocol.replies import Repeatable, WatchReply
from parlour.protocol.requests import RoomUnwatch, RoomWatch
from parlour.runtime.rooms.room_ids import named_room


async def watch(call: Call[RoomWatch]) -> dict[str, Any]:
    """Add a contract's events to a room, or read those again that a gap left out."""
    asked = call.parsed()
    call.client.signed_in()
    if (asked.watch is None) == (asked.fill is None):
        raise Invalid("room:watch takes either watch or fill.", details={"path": "watch"})
    if asked.fill is not None:
        return await call.rooms.fill_gap(named_room(asked.room), call.client.caller, asked.fill)
    assert asked.watch is not None
    return await call.rooms.watch(named_room(asked.room), call.client.caller, asked.watch, asked.id)


async def unwatch(call: Call[RoomUnwatch]) -> dict[str, Any]:
    """End a watch."""
    asked = call.parsed()
    call.client.signed_in()
    return await call.rooms.unwatch(named_room(asked.room), call.client.caller, asked.watch, asked.id)


SPECS = (
    RequestSpec("room:watch", RoomWatch, WatchReply, watch, cost="change", mutates=True),
    RequestSpec("room:unwatch", RoomUnwatch, Repeatable, unwatch, cost="change", mutates=True),
)
