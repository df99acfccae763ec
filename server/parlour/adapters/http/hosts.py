"""Refuse HTTP requests for hosts that are not served.

Without this a page whose name an attacker points at this server (DNS rebinding) could read the HTTP API.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from parlour.adapters.http.middleware import Middleware
from parlour.adapters.http.routes import Handler
from parlour.errors import Forbidden

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that supervisors and metrics collectors ask for by IP address; they are answered for every host."""


def only_served_hosts(serves: Callable[[web.Request], bool], sockets: str) -> Middleware:
    """Build the middleware that refuses requests whose Host is not served; it stands after `json_errors`.

    Args:
        serves: whether a request names a host that is served.
        sockets: the engine's path, which refuses by itself with errors that Engine.IO clients know.
    """
    elsewhere = PROBES | {sockets, sockets.rstrip("/")}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in elsewhere and not serves(request):
            raise Forbidden("This host is not served here.")
        return await handler(request)

    return check
