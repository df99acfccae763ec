"""Who sends an HTTP request, and what they may do: sessions, API keys with scopes, guests."""

from __future__ import annotations

from aiohttp import web

from parlour.adapters.http.auth import authenticated, bearer
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.limit import Limit
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account
from parlour.errors import Unauthorized
from parlour.runtime.identity.api_keys import PREFIX, ApiKeys
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.rooms.interface import Caller

API_KEY_RANK = SERVER_ROLES["moderator"]
"""A DApp's own backend reaches private rooms too; its scopes say what it may do there."""


class Callers:
    """Finds the caller of a request and counts each account by the rule `http`; addresses are counted elsewhere.

    Attributes:
        guests: whether those without a token read public rooms.
    """

    def __init__(
        self,
        sign_in: SignIn,
        keys: ApiKeys,
        limit: Limit,
        addresses: ClientAddress,
        *,
        guests: bool,
    ) -> None:
        self._addresses = addresses
        self._sign_in = sign_in
        self._keys = keys
        self._limit = limit
        self._guests = guests

    async def reader(self, request: web.Request, scope: str) -> Caller:
        """Return the caller of a read: an API key with the scope, a session, or a guest where guests are let in.

        Raises:
            Unauthorized, Forbidden, RateLimited.
        """
        if "Authorization" not in request.headers:
            if not self._guests:
                raise Unauthorized()
            return Caller(address=self._addresses.of(request))
        return await self.writer(request, scope)

    async def writer(self, request: web.Request, scope: str) -> Caller:
        """Return the caller of a request that guests do not send: an API key with the scope, or a session.

        Raises:
            Unauthorized, Forbidden, RateLimited.
        """
        if bearer(request).startswith(PREFIX):
            return Caller(await self.key(request, scope), API_KEY_RANK)
        session = await self._sign_in.authenticate(bearer(request))
        if session is None:
            raise Unauthorized("That token is not valid; sign in again.")
        await self._limit.hit("http", session.account)
        return Caller(session.account, session.rank)

    async def account(self, request: web.Request) -> Account:
        """Return the account of a session; an API key has none of its own.

        Raises:
            Unauthorized, RateLimited.
        """
        session = await authenticated(request, self._sign_in)
        await self._limit.hit("http", session.account)
        return session.account

    async def key(self, request: web.Request, scope: str) -> Account:
        """Return the account of an API key that has the scope.

        Raises:
            Unauthorized, Forbidden, RateLimited.
        """
        key = await self._keys.authenticate(bearer(request))
        key.require(scope)
        await self._limit.hit("http", key.account)
        return key.account
