"""Guards the console of `parlour dev`, which has no operators: by loopback names and a token of its page."""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe

from aiohttp import web

from parlour.core.identity.sign_in import is_loopback_host
from parlour.errors import Forbidden

COOKIE = "parlour_dev_console"


class DevConsole:
    """Gives the console's page a token, and lets requests with that token in.

    The cookie is `SameSite=Strict`: requests that another site makes do not carry it.
    """

    def __init__(self) -> None:
        self._token = token_urlsafe(32)

    def give(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the token's cookie on this answer; a page under another host name gets none."""
        if is_loopback_host(request.host):
            # For every path, because a proxy may put a prefix before /api/admin.
            response.set_cookie(COOKIE, self._token, path="/", httponly=True, samesite="Strict")

    def knows(self, request: web.Request) -> bool:
        """Return whether the request has the token."""
        return self._is_token(request.cookies.get(COOKIE, ""))

    def is_its(self, cookie: str, host: str) -> bool:
        """Return whether a socket's handshake has the token, under a loopback name."""
        return is_loopback_host(host) and self._is_token(cookie)

    def _is_token(self, cookie: str) -> bool:
        return compare_digest(cookie.encode(), self._token.encode())

    def check(self, request: web.Request) -> None:
        """Raise Forbidden for a request under another Host, or without the token."""
        if not is_loopback_host(request.host):
            raise Forbidden("The console of `parlour dev` answers under localhost only.")
        if not self.knows(request):
            raise Forbidden("Open /admin/ first: that page gives your browser the token for the console's data.")
