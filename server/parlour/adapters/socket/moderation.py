"""Requests about who may be in a room: moderate, invite."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.identity.accounts import account_of
from parlour.core.room import Moderate
from parlour.protocol.replies import InviteReply, ModerateReply
from parlour.protocol.requests import RoomInvite, RoomModerate
from parlour.runtime.rooms.interface import Invitation, RoomRequest
from parlour.runtime.rooms.room_ids import named_room


def moderate(call: Call[RoomModerate]) -> None:
    """Mute, kick, ban or give a role to an account below the caller's role."""
    asked, client = call.parsed(), call.client
    command = Moderate(
        account=account_of(asked.account),
        action=asked.action,
        role=asked.role,
        until=asked.until,
        reason=asked.reason,
    )
    named_room(asked.room)
    command.author, command.rank = client.signed_in(), client.rank
    call.rooms.submit(asked.room, RoomRequest(command, call.reply, request_id=asked.id))


async def invite(call: Call[RoomInvite]) -> dict[str, Any]:
    """Make an invitation."""
    asked = call.parsed()
    call.client.signed_in()
    wanted = Invitation(asked.account, asked.uses, asked.until, asked.id)
    return await call.rooms.invite(named_room(asked.room), call.client.caller, wanted)


SPECS = (
    RequestSpec("room:moderate", RoomModerate, ModerateReply, moderate, cost="change", mutates=True),
    RequestSpec("room:invite", RoomInvite, InviteReply, invite, cost="change", mutates=True),
)
