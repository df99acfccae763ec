"""Guards the console of `parlour dev`, which knows no operators: loopback names, and a token that its page brings."""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe

from aiohttp import web

from parlour.errors import Forbidden

COOKIE = "parlour_dev_console"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""Names of this machine that no DNS answer can give to another site, unlike a name that was rebound to 127.0.0.1."""


class DevConsole:
    """Gives the console's page a token, and lets in whoever brings it back.

    The cookie is `SameSite=Strict`: requests that another site makes do not carry it.
    """

    def __init__(self) -> None:
        self._token = token_urlsafe(32)

    def give(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the page that is answered bring the token from now on; a page under another name gets none."""
        if _is_loopback(request):
            # For every path, because a proxy may put a prefix before /api/admin.
            response.set_cookie(COOKIE, self._token, path="/", httponly=True, samesite="Strict")

    def knows(self, request: web.Request) -> bool:
        """Return whether the request brings the token."""
        return compare_digest(request.cookies.get(COOKIE, "").encode(), self._token.encode())

    def check(self, request: web.Request) -> None:
        """Raise Forbidden for a request under another Host, or without the token."""
        if not _is_loopback(request):
            raise Forbidden("The console of `parlour dev` answers under localhost only.")
        if not self.knows(request):
            raise Forbidden("Open /admin/ first: its page brings the token that the console's data needs.")


def _is_loopback(request: web.Request) -> bool:
    name, _, port = request.host.rpartition(":")
    host = name if name and port.isdecimal() else request.host
    return host.lower() in LOOPBACK
