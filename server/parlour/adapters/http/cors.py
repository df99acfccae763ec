"""CORS (Fetch standard, "CORS protocol"): which pages of other origins may read this server's answers."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from parlour.adapters.http.middleware import Middleware
from parlour.adapters.http.routes import Handler

CORS_PATHS = ("/auth", "/api")
PUBLIC_PATH = "/parlour/"
"""What is below it is public code and no account's data: any page may read it, without credentials."""
CORS_MAX_AGE = "600"
"""Seconds a browser may keep the answer to a preflight."""


def cors(accepts: Callable[[str | None], bool]) -> Middleware:
    """Allow the listed front ends to read `/auth` and `/api`, preflights included, and any page to read `/parlour/`.

    Args:
        accepts: says whether an origin may call.

    Credentials are never allowed. It stands before `json_errors`, so that a page can read its errors too.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PUBLIC_PATH):
            response = await handler(request)
            response.headers["Access-Control-Allow-Origin"] = "*"
            return response
        if not _is_cors_path(request.path):
            return await handler(request)
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = web.Response(status=204) if preflight else await handler(request)
        if response.prepared:
            return response
        response.headers.add("Vary", "Origin")
        if accepts(request.headers.get("Origin")):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            if preflight:
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = CORS_MAX_AGE
        return response

    return answer


def _is_cors_path(path: str) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in CORS_PATHS)
