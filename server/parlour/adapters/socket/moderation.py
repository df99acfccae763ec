"""Requests about who may be in a room: moderate, invite."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.identity.accounts import account_of
from parlour.core.room import Moderate
from parlour.errors import Invalid
from parlour.protocol.replies import InviteReply, ModerateReply
from parlour.protocol.requests import RoomInvite, RoomModerate
from parlour.runtime.rooms.interface import Invitation, RoomRequest
from parlour.runtime.rooms.room_ids import named_room


def moderate(call: Call[RoomModerate]) -> Coroutine[Any, Any, dict[str, Any]] | None:
    """Mute, kick, ban, give a role to an account below one's own; release a message; dismiss a report."""
    asked, client = call.parsed(), call.client
    if asked.action == "dismiss":
        return _dismiss(call, named_room(asked.room), asked.report)
    if asked.account is None and asked.action != "release":
        raise Invalid("Name the account to act on.", details={"path": "account"})
    command = Moderate(
        account="" if asked.account is None else account_of(asked.account),
        action=asked.action,
        role=asked.role,
        until=asked.until,
        reason=asked.reason,
        of=asked.seq,
    )
    named_room(asked.room)
    command.author, command.rank = client.signed_in(), client.rank
    call.rooms.submit(asked.room, RoomRequest(command, call.reply, request_id=asked.id))
    return None


async def _dismiss(call: Call[RoomModerate], room: str, report: str | None) -> dict[str, Any]:
    if report is None:
        raise Invalid("Name the report to dismiss.", details={"path": "report"})
    await call.backing.reports.dismiss(room, call.client.caller, report)
    return {}


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
