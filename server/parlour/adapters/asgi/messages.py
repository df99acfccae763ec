"""Names ASGI's own things: scopes, messages, and the two functions an application is given with each scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def headers_of(scope: Scope) -> list[tuple[str, str]]:
    """Return the request's headers, names in lower case, in the order they came; values decoded as aiohttp does."""
    return [
        (name.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape")) for name, value in scope["headers"]
    ]
