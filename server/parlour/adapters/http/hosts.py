"""The list of hosts holds for everything that is served, not for sockets alone: a page whose name an attacker points at
this server (DNS rebinding) reads nothing of it."""

from __future__ import annotations

from aiohttp import web

from parlour.adapters.engine.admission import NOT_SERVED, Doorkeeper
from parlour.adapters.engine.polling import handshake_of
from parlour.adapters.http.auth import Handler, Middleware
from parlour.errors import Forbidden

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by address, by whatever looks after the process."""


def only_served_hosts(door: Doorkeeper, sockets: str) -> Middleware:
    """Refuse requests whose Host is not on the list. It stands after `json_errors`.

    Args:
        sockets: the engine's path; it refuses by itself, in words that Engine.IO clients know.
    """
    elsewhere = PROBES | {sockets, sockets.rstrip("/")}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in elsewhere and not door.serves(handshake_of(request)):
            raise Forbidden(NOT_SERVED)
        return await handler(request)

    return check
