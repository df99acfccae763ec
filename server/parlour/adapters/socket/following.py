"""Requests about the people who follow a room: join, leave, presence, members."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.gates.merkle import read_proof
from parlour.core.identity.accounts import checksum
from parlour.core.room import Join, Leave
from parlour.errors import ParlourError
from parlour.protocol.replies import JoinReply, MembersReply, PresenceReply, Repeatable
from parlour.protocol.requests import RoomJoin, RoomLeave, RoomMembers, RoomPresence
from parlour.runtime.rooms.interface import RoomRequest, Since
from parlour.runtime.rooms.room_ids import named_room


def join(call: Call[RoomJoin]) -> None:
    """Let this socket follow a room, from the client's position on."""
    asked, client = call.parsed(), call.client
    named_room(asked.room)
    request = RoomRequest(
        Join(
            client.account,
            client.rank,
            as_=asked.as_,
            vector=asked.vector,
            vault=None if asked.vault is None else checksum(asked.vault),
            proof=read_proof(asked.proof or []),
        ),
        connection=client.connection,
        since=None if asked.since is None else Since.parse(asked.since),
        limit=asked.limit,
        invite=None if asked.invite is None else sha256(asked.invite.encode()).digest(),
    )

    def joined(answer: dict[str, Any] | ParlourError) -> None:
        key = asked.room.lower()
        if not isinstance(answer, ParlourError):
            client.rooms[key] = None
        call.reply(answer)
        if not client.connected:
            call.rooms.forget_connection(client.connection, [key])

    request.reply = joined
    call.rooms.submit(asked.room, request)


def leave(call: Call[RoomLeave]) -> None:
    """End this socket's following of a room; a player gives up the seat."""
    asked, client = call.parsed(), call.client
    key = named_room(asked.room).lower()

    def left(answer: dict[str, Any] | ParlourError) -> None:
        if not isinstance(answer, ParlourError) and not answer.get("duplicate"):
            client.rooms.pop(key, None)
        call.reply(answer)

    command = Leave(client.account, client.rank, reason=asked.reason)
    call.rooms.submit(key, RoomRequest(command, left, client.connection, request_id=asked.id))


async def presence(call: Call[RoomPresence]) -> dict[str, Any]:
    """Answer who is in a room now."""
    return await call.rooms.presence(named_room(call.parsed().room), call.client.caller)


async def members(call: Call[RoomMembers]) -> dict[str, Any]:
    """Answer the members of a room, with their verified names."""
    asked = call.parsed()
    room, limit = named_room(asked.room), asked.limit or 100
    answer = await call.rooms.members(room, call.client.caller, asked.cursor, limit)
    for member in answer["members"]:
        name = call.backing.names.name_of(member["account"])
        if name is not None:
            member["name"] = name
    return answer


SPECS = (
    RequestSpec("room:join", RoomJoin, JoinReply, join, cost="join", mutates=True, large=True),
    RequestSpec("room:leave", RoomLeave, Repeatable, leave, cost="join", mutates=True),
    RequestSpec("room:presence", RoomPresence, PresenceReply, presence, cost="read"),
    RequestSpec("room:members", RoomMembers, MembersReply, members, cost="read"),
)
