"""Who sends an HTTP request, and what they may do: sessions, API keys with scopes, guests, operators."""

from __future__ import annotations

from aiohttp import web

from parlour.adapters.http.auth import authenticated, bearer
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.dev_console import DevConsole
from parlour.adapters.http.limit import Limit
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account
from parlour.errors import Forbidden, Unauthorized
from parlour.runtime.identity.api_keys import PREFIX, ApiKeys
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.rooms.interface import Caller

API_KEY_RANK = SERVER_ROLES["moderator"]
"""A DApp's own backend reaches private rooms too; its scopes say what it may do there."""


class Callers:
    """Finds the caller of a request and counts each account by the rule `http`; addresses are counted elsewhere.

    Attributes:
        guests: whether those without a token read public rooms.
        dev: lets everybody at this machine into the console, under `parlour dev`, which binds loopback only.
    """

    def __init__(
        self,
        sign_in: SignIn,
        keys: ApiKeys,
        limit: Limit,
        addresses: ClientAddress,
        *,
        guests: bool,
        dev: DevConsole | None,
    ) -> None:
        self._addresses = addresses
        self._sign_in = sign_in
        self._keys = keys
        self._limit = limit
        self._guests = guests
        self._dev = dev

    async def reader(self, request: web.Request, scope: str) -> Caller:
        """Return the caller of a read: an API key with the scope, a session, or a guest where guests are let in.

        Raises:
            Unauthorized, Forbidden, RateLimited.
        """
        if "Authorization" not in request.headers:
            if not self._guests:
                raise Unauthorized()
            return Caller(address=self._addresses.of(request))
        if bearer(request).startswith(PREFIX):
            return Caller(await self.key(request, scope), API_KEY_RANK)
        session = await self._sign_in.authenticate(bearer(request))
        if session is None:
            raise Unauthorized("That token is not valid; sign in again.")
        await self._limit.hit("http", session.account)
        return Caller(session.account, session.rank)

    async def key(self, request: web.Request, scope: str) -> Account:
        """Return the account of an API key that has the scope.

        Raises:
            Unauthorized, Forbidden, RateLimited.
        """
        key = await self._keys.authenticate(bearer(request))
        key.require(scope)
        await self._limit.hit("http", key.account)
        return key.account

    async def check_operator(self, request: web.Request, role: str) -> None:
        """Check that the caller has a server role, or an API key with the scope for it.

        Raises:
            Unauthorized, Forbidden.
        """
        if self._dev is not None and (self._dev.knows(request) or "Authorization" not in request.headers):
            self._dev.check(request)
            return
        if bearer(request).startswith(PREFIX):
            key = await self._keys.authenticate(bearer(request))
            key.require("admin:read" if role == "viewer" else "admin:operate")
            return
        session = await authenticated(request, self._sign_in)
        if session.rank < SERVER_ROLES[role]:
            raise Forbidden(f"The console needs the server role {role}.", reason="role")
