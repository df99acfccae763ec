"""Requests about reported messages: report one, list a room's reports."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.protocol.replies import Done, ReportsReply
from parlour.protocol.requests import RoomReport, RoomReports
from parlour.runtime.rooms.room_ids import named_room


async def report(call: Call[RoomReport]) -> dict[str, Any]:
    """Report a message to the moderators; nobody in the room learns who did."""
    asked, client = call.parsed(), call.client
    await call.backing.limiter.hit("report", client.signed_in())
    await call.backing.reports.file(named_room(asked.room), client.caller, asked.of, asked.reason, asked.note)
    return {}


async def reports(call: Call[RoomReports]) -> dict[str, Any]:
    """List a room's open reports, for its moderators."""
    asked = call.parsed()
    return await call.backing.reports.of_room(named_room(asked.room), call.client.caller, asked.cursor)


SPECS = (
    RequestSpec("room:report", RoomReport, Done, report, cost="change", mutates=True),
    RequestSpec("room:reports", RoomReports, ReportsReply, reports, cost="read", large=True),
)
