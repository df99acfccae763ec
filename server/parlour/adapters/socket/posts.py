"""Requests that say something in a room: entries, which are stored, and signals, which are not."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from typing import Any

import orjson

from parlour.adapters.socket.costs import spend_bytes
from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.canonical_json import canonical
from parlour.core.log.signed_posts import check_signature
from parlour.core.room import Post, Seen
from parlour.errors import Forbidden, Invalid, TooLarge, Unauthorized
from parlour.protocol.replies import Done, PostReceipt
from parlour.protocol.requests import RoomPost, RoomSignal, SeenHead, check_id, parse
from parlour.runtime.rooms.interface import RoomRequest
from parlour.runtime.rooms.room_ids import fits_room_id, named_room


def post(call: Call[RoomPost]) -> None:
    """Write an entry. This is the hot path: it makes no call that it can spare."""
    connection = call.client.connection
    command = parse_post(call.data)
    if not connection.account:
        raise Unauthorized()
    command.author, command.rank = connection.account, connection.rank
    if type(command.body) is bytes:
        spend_bytes(call.client, len(command.body))
    call.rooms.submit(call.data["room"], RoomRequest(command, call.reply))


def parse_post(data: Any) -> Post:
    """Read the command of a `room:post`, still without its author.

    An unsigned post, the hot path, is checked by hand with the rules of RoomPost; where one does not hold, the model
    names the fault.

    Raises:
        Invalid, NotFound.
    """
    if (
        type(data) is dict
        and type(data.get("id")) is str
        and 0 < len(data["id"]) <= 64
        and "\x00" not in data["id"]
        and not data["id"].startswith("server:")
        and type(data.get("type")) is str
        and 0 < len(data["type"]) <= 64
        and type(data.get("body")) in (dict, bytes)
        and type(data.get("room")) is str
        and fits_room_id(data["room"])
        and data.get("sig") is None
        and data.get("salt") is None
        and data.get("seen") is None
    ):
        return Post(id=data["id"], type=data["type"], body=data["body"])
    asked = parse(RoomPost, data)
    named_room(asked.room)
    check_id(asked.id)
    command = Post(id=asked.id, type=asked.type, body=asked.body)
    if asked.sig is not None:
        _sign(command, asked.sig, asked.salt, asked.seen)
    return command


def _sign(command: Post, sig: str, salt: str | None, seen: SeenHead | None) -> None:
    """Add the signature of a signed post, and the canonical body that its hash is made of."""
    if salt is None:
        raise Invalid("A signed post needs a salt: 0x and 32 hexadecimal digits.", details={"path": "salt"})
    command.raw = canonical(command.body)
    command.sig, command.salt = check_signature(sig), bytes.fromhex(salt[2:])
    if seen is not None:
        command.seen = Seen(seen.seq, bytes.fromhex(seen.hash[2:]))


def signal(call: Call[RoomSignal]) -> Coroutine[Any, Any, dict[str, Any]] | None:
    """Send a signal to everybody else in a room."""
    client = call.client
    asked, most = call.parsed(), call.backing.limits.signal_bytes
    client.signed_in()
    if signal_size(asked.body) > most:
        raise TooLarge(f"A signal is at most {most} bytes.")
    sent = call.rooms.signal(asked.room, client.connection, asked.type, asked.body)
    if sent is True:
        call.reply({"ok": True})
        return None
    return _refuse(call, asked.room) if isinstance(sent, bool) else _sent(call, asked.room, sent)


async def _sent(call: Call[RoomSignal], room: str, sent: Awaitable[bool]) -> dict[str, Any]:
    """Answer a signal once the room's owner has sent it."""
    return {} if await sent else await _refuse(call, room)


async def _refuse(call: Call[RoomSignal], room: str) -> dict[str, Any]:
    """Refuse a signal to a room that this socket has not joined, without revealing whether a hidden room exists."""
    await call.rooms.describe(named_room(room), call.client.caller)
    raise Forbidden("Join the room on this socket before you signal.", reason="role")


def signal_size(body: Any) -> int:
    """Count the bytes of a signal's body; raises Invalid for bytes inside JSON."""
    if isinstance(body, bytes):
        return len(body)
    try:
        return len(orjson.dumps(body))
    except TypeError as error:
        raise Invalid("A body is JSON or bytes, and never bytes inside JSON.", details={"path": "body"}) from error


SPECS = (
    RequestSpec("room:post", RoomPost, PostReceipt, post, cost="post", mutates=True),
    RequestSpec("room:signal", RoomSignal, Done, signal, cost="signal"),
)
