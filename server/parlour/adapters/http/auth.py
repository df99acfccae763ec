"""Signing in over HTTP (protocol §1), and two middlewares for the whole server: JSON errors and CORS.

app = web.Application(middlewares=[cors(origins), json_errors])
app.add_routes(routes(sign_in, ClientAddress(proxies), limits))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import orjson
import structlog
from aiohttp import web

from parlour.adapters.http.bodies import read_body
from parlour.adapters.http.client_address import ClientAddress
from parlour.core.identity.siwe import malformed
from parlour.errors import Internal, Invalid, NotFound, ParlourError, TooLarge, Unauthorized
from parlour.runtime.identity.sign_in import Session, SignIn
from parlour.runtime.store import StoreError

log = structlog.get_logger()

MAX_BODY_BYTES = 32 * 1024
MAX_DEVICE_CHARS = 200
CORS_PATHS = ("/auth", "/api")
CORS_MAX_AGE = "600"
_NO_STORE = {"Cache-Control": "no-store"}
_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "too_large", 429: "rate_limited"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Middleware = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


class Limit(Protocol):
    """Counts what a client does; `hit` raises RateLimited."""

    async def hit(self, rule: str, key: str) -> None: ...


class NoLimit:
    async def hit(self, rule: str, key: str) -> None:
        return None


Observe = Callable[[str, str], None]
"""Told of every attempt to sign in: the method (or `-` where it failed), and `ok` or the code of the refusal."""


def _unobserved(method: str, result: str) -> None:
    return None


def routes(
    sign_in: SignIn,
    addresses: ClientAddress | None = None,
    limit: Limit | None = None,
    observe: Observe = _unobserved,
) -> list[web.RouteDef]:
    """The routes of `/auth/*`.

    Args:
        sign_in: the desk they speak for.
        addresses: whose request it is, for the limits.
        limit: asked before any work, with the rules `nonce`, `sign_in` and `session` and the client's address.
        observe: for metrics.
    """
    desk = _Desk(sign_in, addresses or ClientAddress(), limit or NoLimit(), observe)
    return [
        web.get("/auth/nonce", desk.nonce),
        web.post("/auth/verify", desk.verify),
        web.get("/auth/session", desk.session),
        web.post("/auth/refresh", desk.refresh),
        web.get("/auth/sessions", desk.sessions),
        web.delete("/auth/sessions", desk.revoke_all),
        web.delete("/auth/sessions/{id}", desk.revoke),
        web.post("/auth/signout", desk.sign_out),
    ]


class _Desk:
    def __init__(self, sign_in: SignIn, addresses: ClientAddress, limit: Limit, observe: Observe) -> None:
        self._sign_in = sign_in
        self._addresses = addresses
        self._limit = limit
        self._observe = observe

    async def nonce(self, request: web.Request) -> web.Response:
        await self._count("nonce", request)
        query = request.query
        return _json(await self._sign_in.nonce(self._origin(request), query.get("sessionKey"), query.get("room")))

    async def verify(self, request: web.Request) -> web.Response:
        try:
            token, session = await self._verify(request)
        except ParlourError as error:
            self._observe("-", error.code)
            raise
        self._observe(session.method, "ok")
        return _json({"token": token, **session.to_json()})

    async def _verify(self, request: web.Request) -> tuple[str, Session]:
        await self._count("sign_in", request)
        body = await _read_claim(request)
        message, signature = body.get("message"), body.get("signature")
        if not isinstance(message, str) or not isinstance(signature, str):
            raise malformed("message and signature are two strings")
        return await self._sign_in.verify(message, signature, self._origin(request), device_of(request))

    async def session(self, request: web.Request) -> web.Response:
        return _json((await self._current(request)).to_json())

    async def refresh(self, request: web.Request) -> web.Response:
        await self._count("sign_in", request)
        token, session = await self._sign_in.refresh(bearer(request))
        return _json({"token": token, **session.to_json()})

    async def sessions(self, request: web.Request) -> web.Response:
        current = await self._current(request)
        mine = await self._sign_in.sessions(current.account)
        return _json({"sessions": [_device(session, current) for session in mine]})

    async def revoke(self, request: web.Request) -> web.Response:
        current = await self._current(request)
        await self._sign_in.revoke(current.account, request.match_info["id"])
        return web.Response(status=204)

    async def revoke_all(self, request: web.Request) -> web.Response:
        current = await self._current(request)
        return _json({"revoked": await self._sign_in.revoke_all(current.account)})

    async def sign_out(self, request: web.Request) -> web.Response:
        await self._count("session", request)
        await self._sign_in.sign_out(bearer(request))
        return web.Response(status=204)

    async def _current(self, request: web.Request) -> Session:
        await self._count("session", request)
        return await authenticated(request, self._sign_in)

    async def _count(self, rule: str, request: web.Request) -> None:
        await self._limit.hit(rule, self._addresses.of(request))

    def _origin(self, request: web.Request) -> str | None:
        """The page's origin. Browsers name none on a GET to their own host, so a listed Host stands for it."""
        return request.headers.get("Origin") or self._sign_in.rules.domains.get(request.headers.get("Host", ""))


def bearer(request: web.Request) -> str:
    """The token of an `Authorization: Bearer` header (RFC 6750 section 2.1; never a query string).

    Raises:
        Unauthorized: there is none, or what could never be one.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise Unauthorized("Sign in first: send Authorization: Bearer <token>.")
    return token.strip()


def device_of(request: web.Request) -> str:
    """What the client calls itself; bytes that are no text (a header may hold any) become question marks."""
    told = request.headers.get("User-Agent", "")[:MAX_DEVICE_CHARS]
    return told.encode(errors="replace").decode()


async def authenticated(request: web.Request, sign_in: SignIn) -> Session:
    """The session of a request.

    Raises:
        Unauthorized: no token, or one that is over.
    """
    session = await sign_in.authenticate(bearer(request))
    if session is None:
        raise Unauthorized("This session is over, or never was.")
    return session


async def _read_claim(request: web.Request) -> dict[str, Any]:
    """A sign-in's JSON object.

    Raises:
        TooLarge: more than MAX_BODY_BYTES; nothing beyond them is read.
        SignInRefused: malformed, not a JSON object.
    """
    try:
        body = orjson.loads(await read_body(request, MAX_BODY_BYTES))
    except orjson.JSONDecodeError:
        raise malformed("the body is not JSON") from None
    if not isinstance(body, dict):
        raise malformed("the body is not a JSON object")
    return body


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error of the server as `{error}` (protocol §3); only what nobody expected is logged with its trace."""
    try:
        return await handler(request)
    except ParlourError as error:
        return _error(error.to_json(), error.status)
    except StoreError as error:
        log.warning("http.store_failed", method=request.method, path=request.path, error=str(error))
        unavailable = {"code": "unavailable", "message": "The server cannot do that right now.", "retryable": True}
        return _error(unavailable, 503)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _http_error(error)
    except Exception:
        log.exception("http.failed", method=request.method, path=request.path)
        return _error(Internal().to_json(), 500)


def per_client(limit: Limit, addresses: ClientAddress, prefixes: Sequence[str], rule: str = "http") -> Middleware:
    """Count every request under one of the prefixes by its client's address. It stands after `json_errors`."""

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method != "OPTIONS" and request.path.startswith(tuple(prefixes)):
            await limit.hit(rule, addresses.of(request))
        return await handler(request)

    return counted


def cors(origins: Sequence[str]) -> Middleware:
    """CORS for the listed front ends on `/auth` and `/api`, preflights included; without credentials.

    It stands before `json_errors`, so that a page can read its errors too.
    """
    listed = frozenset(origins)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_cors_path(request.path):
            return await handler(request)
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = web.Response(status=204) if preflight else await handler(request)
        if response.prepared:
            return response
        response.headers.add("Vary", "Origin")
        if request.headers.get("Origin") in listed:
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
    headers = dict(_NO_STORE)
    if "retryAfter" in error:
        headers["Retry-After"] = str(-(-error["retryAfter"] // 1000))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.json_response(body=orjson.dumps({"error": error}), status=status, headers=headers)


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_response(body=orjson.dumps(body), headers=_NO_STORE)


def _device(session: Session, current: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "current": session.id == current.id,
        "device": session.device,
        "createdAt": session.created_at,
        **session.to_json(),
    }
