"""Middlewares of every application: JSON errors, security headers, and limits per client address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

import orjson
import structlog
from aiohttp import web

from parlour.adapters.http.answers import NO_STORE
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.limit import Limit
from parlour.adapters.http.routes import Handler
from parlour.errors import NO_SUCH_ROOM_SECONDS, Internal, Invalid, NoSuchRoom, NotFound, ParlourError, TooLarge
from parlour.runtime.store import StoreError, refusal_of

log = structlog.get_logger()

_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "too_large", 429: "rate_limited"}

CLIENT_LEFT = 499
"""For the access log alone, as nginx has it: the client went away while it was answered."""

Middleware = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as `{error}` (protocol §3); log the trace of unexpected ones."""
    began = monotonic()
    try:
        return await handler(request)
    except ParlourError as error:
        if isinstance(error, NoSuchRoom):
            await asyncio.sleep(began + NO_SUCH_ROOM_SECONDS - monotonic())
        return _error(error.to_json(), error.status)
    except StoreError as error:
        log.warning("http.store_failed", method=request.method, path=request.path, error=str(error))
        refusal = refusal_of(error)
        return _error(refusal.to_json(), refusal.status)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _http_error(error)
    except Exception as error:
        if isinstance(error, ConnectionError) and _has_gone(request):
            return web.Response(status=CLIENT_LEFT)
        log.exception("http.failed", method=request.method, path=request.path)
        return _error(Internal().to_json(), 500)


def _has_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def say_little(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that forbid content sniffing and hide the server's versions."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Server"] = "parlour"


def per_client(limit: Limit, addresses: ClientAddress, prefixes: Sequence[str], rule: str = "http") -> Middleware:
    """Count requests under the prefixes by the client's address. It stands after `json_errors`."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "OPTIONS" and request.path.startswith(tuple(prefixes)):
            await limit.hit(rule, addresses.of(request))
        return await handler(request)

    return counted


def _http_error(error: web.HTTPException) -> web.Response:
    fallback = "invalid" if error.status < 500 else "unavailable" if error.status == 503 else "internal"
    code = _CODES.get(error.status, fallback)
    message = _MESSAGES.get(error.status, f"{error.reason}.")
    response = _error({"code": code, "message": message, "retryable": error.status in (429, 503)}, error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


_MESSAGES = {
    400: Invalid.default_message,
    404: NotFound.default_message,
    405: "That method does not exist here.",
    413: TooLarge.default_message,
}


def _error(error: dict[str, Any], status: int) -> web.Response:
    headers = dict(NO_STORE)
    if "retryAfter" in error:
        headers["Retry-After"] = str(-(-error["retryAfter"] // 1000))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.json_response(body=orjson.dumps({"error": error}), status=status, headers=headers)
