"""Sign-in over HTTP (protocol §1): the routes of `/auth/*`.

app = web.Application(middlewares=[cors(origins), json_errors])
app.add_routes(routes(sign_in, ClientAddress(proxies), limits))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.bodies import read_body
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.limit import Limit, NoLimit
from parlour.adapters.http.routes import SESSION, Route
from parlour.core.identity.siwe import malformed
from parlour.errors import ParlourError, Unauthorized
from parlour.protocol.http_auth import (
    DevicesReply,
    NonceQuery,
    NonceReply,
    RevokedReply,
    SessionInfo,
    VerifyRequest,
)
from parlour.protocol.http_auth import Session as SessionReply
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.limits import network_key

MAX_BODY_BYTES = 32 * 1024
MAX_DEVICE_CHARS = 200

Observe = Callable[[str, str], None]
"""Called with every attempt to sign in: the method (or `-` where it failed), and `ok` or the code of the refusal."""


def _unobserved(method: str, result: str) -> None:
    return None


def routes(
    sign_in: SignIn,
    addresses: ClientAddress | None = None,
    limit: Limit | None = None,
    observe: Observe = _unobserved,
) -> list[Route]:
    """List the routes of `/auth/*`.

    Args:
        addresses: whose request it is, for the limits.
        limit: asked before any work, with the rules `nonce`, `sign_in` and `session` and the client's address, and
            `nonce_network` and its network: nonces wait in one table, of which no network takes all.
        observe: for metrics.
    """
    desk = _SignInRoutes(sign_in, addresses or ClientAddress(), limit or NoLimit(), observe)
    return [
        Route("GET", "/auth/nonce", desk.nonce, NonceReply, query=NonceQuery),
        Route("POST", "/auth/verify", desk.verify, SessionReply, body=VerifyRequest),
        Route("GET", "/auth/session", desk.session, SessionInfo, SESSION),
        Route("POST", "/auth/refresh", desk.refresh, SessionReply, SESSION),
        Route("GET", "/auth/sessions", desk.sessions, DevicesReply, SESSION),
        Route("DELETE", "/auth/sessions", desk.revoke_all, RevokedReply, SESSION),
        Route("DELETE", "/auth/sessions/{id}", desk.revoke, None, SESSION),
        Route("POST", "/auth/signout", desk.sign_out, None, SESSION),
    ]


class _SignInRoutes:
    def __init__(self, sign_in: SignIn, addresses: ClientAddress, limit: Limit, observe: Observe) -> None:
        self._sign_in = sign_in
        self._addresses = addresses
        self._limit = limit
        self._observe = observe

    async def nonce(self, request: web.Request) -> web.Response:
        """Answer a nonce and the values for a sign-in message."""
        await self._count("nonce", request)
        await self._limit.hit("nonce_network", network_key(self._addresses.of(request)))
        query = request.query
        return json_answer(await self._sign_in.nonce(self._origin(request), query.get("sessionKey"), query.get("room")))

    async def verify(self, request: web.Request) -> web.Response:
        """Sign in the account that signed a message."""
        try:
            token, session = await self._verify(request)
        except ParlourError as error:
            self._observe("-", error.code)
            raise
        self._observe(session.method, "ok")
        return json_answer({"token": token, **session.to_json()})

    async def _verify(self, request: web.Request) -> tuple[str, Session]:
        await self._count("sign_in", request)
        body = await _read_claim(request)
        message, signature = body.get("message"), body.get("signature")
        if not isinstance(message, str) or not isinstance(signature, str):
            raise malformed("message and signature are two strings")
        return await self._sign_in.verify(message, signature, self._origin(request), device_of(request))

    async def session(self, request: web.Request) -> web.Response:
        """Say whose session the token is, and until when."""
        return json_answer((await self._current(request)).to_json())

    async def refresh(self, request: web.Request) -> web.Response:
        """Answer a new token for the session, never beyond what the wallet signed."""
        await self._count("sign_in", request)
        token, session = await self._sign_in.refresh(bearer(request))
        return json_answer({"token": token, **session.to_json()})

    async def sessions(self, request: web.Request) -> web.Response:
        """List the account's sessions."""
        current = await self._current(request)
        mine = await self._sign_in.sessions(current.account)
        return json_answer({"sessions": [_device(session, current) for session in mine]})

    async def revoke(self, request: web.Request) -> web.Response:
        """End one of the account's sessions."""
        current = await self._current(request)
        await self._sign_in.revoke(current.account, request.match_info["id"])
        return web.Response(status=204)

    async def revoke_all(self, request: web.Request) -> web.Response:
        """End all of the account's sessions."""
        current = await self._current(request)
        return json_answer({"revoked": await self._sign_in.revoke_all(current.account)})

    async def sign_out(self, request: web.Request) -> web.Response:
        """End this session; its sockets are closed within a second."""
        await self._count("session", request)
        await self._sign_in.sign_out(bearer(request))
        return web.Response(status=204)

    async def _current(self, request: web.Request) -> Session:
        await self._count("session", request)
        return await authenticated(request, self._sign_in)

    async def _count(self, rule: str, request: web.Request) -> None:
        await self._limit.hit(rule, self._addresses.of(request))

    def _origin(self, request: web.Request) -> str | None:
        """Return the page's origin. Browsers send none with a GET to their own host; then a listed Host counts."""
        return request.headers.get("Origin") or self._sign_in.rules.domains.get(request.headers.get("Host", ""))


def bearer(request: web.Request) -> str:
    """Return the token of an `Authorization: Bearer` header (RFC 6750 section 2.1; never a query string).

    Raises:
        Unauthorized: there is none, or what could never be one.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise Unauthorized("Sign in first: send Authorization: Bearer <token>.")
    return token.strip()


def device_of(request: web.Request) -> str:
    """Return the client's User-Agent; bytes that are no text become question marks."""
    told = request.headers.get("User-Agent", "")[:MAX_DEVICE_CHARS]
    return told.encode(errors="replace").decode()


async def authenticated(request: web.Request, sign_in: SignIn) -> Session:
    """Return the session of a request.

    Raises:
        Unauthorized: no token, or one that is over.
    """
    session = await sign_in.authenticate(bearer(request))
    if session is None:
        raise Unauthorized("This session has ended or does not exist.")
    return session


async def _read_claim(request: web.Request) -> dict[str, Any]:
    """Read a sign-in's JSON object.

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


def _device(session: Session, current: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "current": session.id == current.id,
        "device": session.device,
        "createdAt": session.created_at,
        **session.to_json(),
    }
