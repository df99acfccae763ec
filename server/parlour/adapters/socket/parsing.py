"""What a request must look like before anybody acts on it; each check raises a ParlourError that names the fault."""

from __future__ import annotations

from typing import Any

import orjson

from parlour.core.identity.accounts import normal_account
from parlour.core.log.hash_chain import canonical
from parlour.core.log.signed_posts import check_signature
from parlour.core.room import Account, Post, Seen
from parlour.errors import Invalid, NotFound
from parlour.protocol import requests as wire
from parlour.runtime.rooms.room_ids import is_room_id


def parse_post(data: Any, author: Account, rank: int) -> Post:
    """The command of a `room:post`; an unsigned one, the hot path, is checked by the same rules as wire.RoomPost,
    which names the fault where one is found."""
    if (
        type(data) is dict
        and type(data.get("id")) is str
        and 0 < len(data["id"]) <= 64
        and "\x00" not in data["id"]
        and type(data.get("type")) is str
        and 0 < len(data["type"]) <= 64
        and type(data.get("body")) in (dict, bytes)
        and is_room_id(data.get("room"))
        and data.get("sig") is None
        and data.get("salt") is None
        and data.get("seen") is None
    ):
        check_id(data["id"])
        return Post(author=author, rank=rank, id=data["id"], type=data["type"], body=data["body"])
    parsed: wire.RoomPost = wire.parse(wire.RoomPost, data)
    check_room(parsed.room)
    check_id(parsed.id)
    post = Post(author=author, rank=rank, id=parsed.id, type=parsed.type, body=parsed.body)
    if parsed.sig is not None:
        _sign(post, parsed.sig, parsed.salt, parsed.seen)
    return post


def _sign(post: Post, sig: str, salt: str | None, seen: wire.SeenHead | None) -> None:
    """What a signed post brings along, and its canonical body, for everything after hashes that."""
    if salt is None:
        raise Invalid("A signed post brings its salt: 0x and 32 hexadecimal digits.", details={"path": "salt"})
    post.raw = canonical(post.body)
    post.sig, post.salt = check_signature(sig), bytes.fromhex(salt[2:])
    if seen is not None:
        post.seen = Seen(seen.seq, bytes.fromhex(seen.hash[2:]))


def signal_size(body: Any) -> int:
    """Bytes of a signal's body. Raises Invalid for bytes inside JSON: a body is one or the other, as a post's is."""
    if isinstance(body, bytes):
        return len(body)
    try:
        return len(orjson.dumps(body))
    except TypeError as error:
        raise Invalid("A body is JSON, or bytes as a whole.", details={"path": "body"}) from error


def check_id(id_: str) -> None:
    """Raises Invalid for an id that only the server's entries have."""
    if id_.startswith("server:"):
        raise Invalid("Ids that start with server: are the server's.", details={"path": "id"})


def account_of(text: str) -> str:
    """The account in its one spelling; an API key's name is one already. Raises Invalid."""
    return text if text.startswith("app:") else normal_account(text)


def check_room(room: str) -> str:
    """An id that cannot exist names no room."""
    if not is_room_id(room):
        raise NotFound("There is no such room.")
    return room


def check_served(**settings: Any) -> None:
    """Raises Invalid for what belongs to a later version: a gate that is ignored would let everybody in."""
    for name, value in settings.items():
        if value:
            raise Invalid("Gates are not part of this version.", details={"path": name})
