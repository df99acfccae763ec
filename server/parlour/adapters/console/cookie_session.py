"""The console's session in the browser: a cookie that no script reads, and the CSRF token that goes with it.

The page signs in as every client does, then trades its token for the cookie (`POST /auth/console`). What the cookie
authorises needs the CSRF token and the console's own Origin; a request with `Authorization` is never asked for it.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from parlour.adapters.console.secure_channel import is_encrypted
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.auth import bearer
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.limit import Limit
from parlour.adapters.http.routes import SESSION, Route
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.errors import Forbidden, Unauthorized
from parlour.protocol.http_console import ConsoleSession
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.sign_in import SignIn

COOKIE = "parlour_console"
CSRF = "X-CSRF-Token"


class CookieSessions:
    """Gives, reads and ends the console's cookies."""

    def __init__(self, sign_in: SignIn, key: ServerKey, addresses: ClientAddress, limit: Limit) -> None:
        self._sign_in = sign_in
        self._key = key
        self._addresses = addresses
        self._limit = limit

    def routes(self) -> list[Route]:
        """List the routes of the console's session."""
        path = "/auth/console"
        return [
            Route("POST", path, self.begin_console_session, ConsoleSession, SESSION),
            Route("GET", path, self.console_session, ConsoleSession, SESSION),
            Route("DELETE", path, self.end_console_session, None, SESSION),
        ]

    async def begin_console_session(self, request: web.Request) -> web.Response:
        """Trade a session's token for the console's cookie; the answer holds the CSRF token."""
        await self._limit.hit("session", self._addresses.of(request))
        self._check_origin(request)
        token = bearer(request)
        session = await self._live(token)
        response = json_answer(self._told(session))
        # For every path, because a proxy may put a prefix before /api/admin.
        secure = is_encrypted(request, self._addresses)
        response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="Strict", secure=secure)
        return response

    async def console_session(self, request: web.Request) -> web.Response:
        """Say whose session the console's cookie is; a page that was loaded again gets its CSRF token here."""
        await self._limit.hit("session", self._addresses.of(request))
        self._check_origin(request)
        return json_answer(self._told(await self._live(request.cookies.get(COOKIE, ""))))

    async def end_console_session(self, request: web.Request) -> web.Response:
        """End the console's session and take its cookie back."""
        await self._limit.hit("session", self._addresses.of(request))
        await self.find(request)
        await self._sign_in.sign_out(request.cookies[COOKIE])
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
        return response

    async def find(self, request: web.Request) -> Session:
        """Return the session of a request that the cookie authorises.

        Raises:
            Unauthorized: no cookie, or one whose session is over.
            Forbidden: another page's request, or one without the CSRF token.
        """
        session = await self._live(request.cookies.get(COOKIE, ""))
        self._check_origin(request)
        self._check_token(session, request.headers.get(CSRF))
        return session

    async def check_socket(self, cookie: str, *, own: bool, csrf: object) -> None:
        """Check a socket's handshake that the cookie authorises; raises as `find`.

        Args:
            own: whether the console's own page opens the socket.
            csrf: the CSRF token as the socket brings it.
        """
        session = await self._live(cookie)
        if not own:
            raise _foreign()
        self._check_token(session, csrf if isinstance(csrf, str) else None)

    async def _live(self, token: str) -> Session:
        session = await self._sign_in.authenticate(token) if token else None
        if session is None:
            raise Unauthorized("Sign in first.")
        return session

    def _check_origin(self, request: web.Request) -> None:
        """Raise Forbidden unless the console's own page asks: browsers send no Origin with a GET to their own host."""
        origin, own = request.headers.get("Origin"), urlsplit(self._addresses.asked_for(request))
        if origin is None and request.method in ("GET", "HEAD"):
            if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
                raise _foreign()
        elif origin != f"{own.scheme}://{own.netloc}":
            raise _foreign()

    def _check_token(self, session: Session, token: str | None) -> None:
        if token is None or not compare_digest(token.encode(), self._token(session).encode()):
            raise Forbidden(f"This needs the console's token in {CSRF}.", reason="csrf")

    def _token(self, session: Session) -> str:
        return self._key.code("csrf", session.id)

    def _told(self, session: Session) -> dict[str, Any]:
        role = next((role for role, rank in SERVER_ROLES.items() if rank == session.rank), None)
        return {
            "account": session.account,
            "role": role,
            "csrf": self._token(session),
            "expiresAt": session.expires_at,
        }


def _foreign() -> Forbidden:
    return Forbidden("Only the console's own page may ask this.", reason="origin")
