"""CORS (Fetch standard, "CORS protocol"): which pages of other origins may read this server's answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from parlour.adapters.http.middleware import Middleware
from parlour.adapters.http.routes import Handler

CORS_PATHS = ("/auth", "/api")
PUBLIC_PATH = "/parlour/"
"""What is below it is public code and no account's data: any page may read it, without credentials."""
EXPOSED = "Retry-After, Content-Disposition, Content-Range, ETag"
"""What a page may read of an answer's headers beside those that it always may."""
CORS_MAX_AGE = "600"
"""Seconds a browser may keep the answer to a preflight."""


def cors(accepts: Callable[[str | None], bool]) -> Middleware:
    """Answer preflights of the listed front ends for `/auth` and `/api`, and let any page read `/parlour/`.

    Args:
        accepts: says whether an origin may call.

    Credentials are never allowed. What the pages of those front ends may read is said by `readable`.
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
        if not preflight:
            return await handler(request)
        response = web.Response(status=204)
        if accepts(request.headers.get("Origin")):
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = CORS_MAX_AGE
        return response

    return answer


def readable(accepts: Callable[[str | None], bool]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Make what adds the headers by which a listed front end may read an answer, streams and errors included.

    Add it to `on_response_prepare`: a stream has sent its headers before any middleware sees it again.
    """

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        if not _is_cors_path(request.path):
            return
        response.headers.add("Vary", "Origin")
        if accepts(request.headers.get("Origin")):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = EXPOSED

    return add


def _is_cors_path(path: str) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in CORS_PATHS)
