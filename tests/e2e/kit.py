"""What the protocol checks share: acks, refusals and the posts people make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from tests.e2e.stock import Stock

CODES = (
    *("unauthorized", "forbidden", "not_found", "invalid", "illegal", "conflict"),
    *("rate_limited", "too_large", "closed", "unavailable", "internal"),
)
ERROR_KEYS = frozenset({"code", "reason", "message", "retryable", "retryAfter", "details"})
ENTRY_KEYS = frozenset({"room", "seq", "id", "type", "author", "at", "body", "hash"})
ROOM_KEYS = frozenset(
    {"id", "kind", "title", "visibility", "owner", "createdAt", "members", "gate", "signed", "options", "rules", "game"}
)

_names: Iterator[int] = itertools.count(1)


def fresh(prefix: str = "room") -> str:
    """A name no other test uses."""
    return f"{prefix}-{next(_names)}"


def refusal(ack: dict[str, Any]) -> tuple[str, str | None]:
    """`(code, reason)` of a refused request, its shape checked (protocol §3)."""
    assert ack.keys() == {"ok", "error"}, ack
    assert ack["ok"] is False
    return error_of(ack["error"])


def error_of(error: dict[str, Any]) -> tuple[str, str | None]:
    assert error.keys() <= ERROR_KEYS, error
    assert {"code", "message", "retryable"} <= error.keys(), error
    assert error["code"] in CODES, error
    assert isinstance(error["message"], str)
    assert error["message"]
    assert isinstance(error["retryable"], bool)
    assert type(error.get("retryAfter", 1)) is int
    return error["code"], error.get("reason")


async def done(client: Stock, event: str, **data: Any) -> dict[str, Any]:
    """The ack of a request that must succeed."""
    ack = await client.ask(event, data)
    assert ack.pop("ok") is True, (event, data, ack)
    return ack


async def refused(client: Stock, event: str, **data: Any) -> tuple[str, str | None]:
    """`(code, reason)` of a request that must be refused."""
    return refusal(await client.ask(event, data))


async def made(client: Stock, kind: str = "chat", **settings: Any) -> str:
    """A new room of this client's."""
    room: str = settings.pop("id", None) or fresh()
    created = await done(client, "room:create", kind=kind, id=room, **settings)
    assert created["room"]["id"] == room
    return room


async def said(client: Stock, room: str, text: str = "gm", **more: Any) -> dict[str, Any]:
    """The ack of a message."""
    return await done(client, "room:post", **post(room, "chat.message", {"text": text, **more}))


def post(room: str, type: str, body: Any, id: str | None = None) -> dict[str, Any]:
    return {"room": room, "id": id or fresh("post"), "type": type, "body": body}


async def posted(client: Stock, room: str, type: str, body: Any, **more: Any) -> dict[str, Any]:
    """The ack of a post that must succeed."""
    return await done(client, "room:post", **post(room, type, body), **more)


async def post_refused(client: Stock, room: str, type: str, body: Any) -> tuple[str, str | None]:
    """`(code, reason)` of a post that must be refused."""
    return await refused(client, "room:post", **post(room, type, body))
