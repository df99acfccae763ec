"""`/metrics`: figures for Prometheus, for everybody or for requests with the key."""

from __future__ import annotations

from hmac import compare_digest

from aiohttp import web

from parlour.adapters.http.routes import Route
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.errors import Unauthorized


def metrics_route(telemetry: Telemetry, key: str | None) -> Route:
    """Make the route; `key` is the bearer token it requires, None for none."""

    async def metrics(request: web.Request) -> web.Response:
        """Answer figures for Prometheus."""
        given = request.headers.get("Authorization", "")
        if key is not None and not compare_digest(given.encode(), f"Bearer {key}".encode()):
            raise Unauthorized("Send the key of the metrics: Authorization: Bearer <key>.")
        return web.Response(body=telemetry.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    return Route("GET", "/metrics", metrics, str, media="text/plain")
