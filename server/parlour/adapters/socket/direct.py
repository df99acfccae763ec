"""Requests about direct rooms: open one, answer a request."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.protocol.inbox import DmAnswer, DmOpen, DmReply
from parlour.protocol.replies import Done
from parlour.runtime.rooms.room_ids import named_room


async def open_room(call: Call[DmOpen]) -> dict[str, Any]:
    """Open the direct room with some accounts."""
    asked = call.parsed()
    call.client.signed_in()
    return await call.backing.direct.open(call.client.caller, asked.accounts)


async def answer(call: Call[DmAnswer]) -> dict[str, Any]:
    """Accept a direct room, or decline it."""
    asked = call.parsed()
    call.client.signed_in()
    await call.backing.direct.answer(call.client.caller, named_room(asked.room), asked.accept)
    return {}


SPECS = (
    RequestSpec("dm:open", DmOpen, DmReply, open_room, cost="change", mutates=True),
    RequestSpec("dm:answer", DmAnswer, Done, answer, cost="change", mutates=True),
)
