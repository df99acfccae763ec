"""Finds who asks `/api/admin/*` and whether they may: by server role, an API key's scope, or under `parlour dev`."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from parlour.adapters.console.cookie_session import COOKIE, CookieSessions
from parlour.adapters.http.auth import authenticated, bearer
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.dev_console import DevConsole
from parlour.adapters.http.limit import Limit
from parlour.adapters.http.routes import Access
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account
from parlour.errors import Forbidden
from parlour.runtime.identity.api_keys import PREFIX, ApiKey, ApiKeys
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.rooms.interface import Caller

SCOPES = dict(zip(SERVER_ROLES, ("admin:read", "admin:moderate", "admin:operate", "admin:all"), strict=True))
"""Role → the scope of an API key that may do as much."""
DEV_ACCOUNT = "app:dev-console"
"""Who acts in the console of `parlour dev`, where nobody signs in."""


def rank_of(key: ApiKey) -> int:
    """Return the rank of the highest server role that an API key has a scope of; 0 for none."""
    return max((SERVER_ROLES[role] for role, scope in SCOPES.items() if scope in key.scopes), default=0)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who asks, from where, with which rank."""

    account: Account
    rank: int
    remote: str

    @property
    def caller(self) -> Caller:
        """Return the operator as rooms know it."""
        return Caller(self.account, self.rank)


class Operators:
    """Lets operators in and counts each by the rule `http`."""

    def __init__(
        self,
        sign_in: SignIn,
        keys: ApiKeys,
        limit: Limit,
        addresses: ClientAddress,
        cookies: CookieSessions,
        *,
        dev: DevConsole | None,
    ) -> None:
        self._sign_in = sign_in
        self._keys = keys
        self._limit = limit
        self._addresses = addresses
        self._cookies = cookies
        self._dev = dev

    async def admit(self, request: web.Request, access: Access) -> Operator:
        """Return who asks.

        Raises:
            Unauthorized: nobody is signed in. Forbidden: the role or scope is too low. RateLimited.
        """
        account, rank = await self._find(request, access)
        await self._limit.hit("http", account)
        return Operator(account, rank, self._addresses.of(request))

    async def _find(self, request: web.Request, access: Access) -> tuple[Account, int]:
        role = access.role or "admin"
        if self._dev is not None and (self._dev.knows(request) or "Authorization" not in request.headers):
            self._dev.check(request)
            return DEV_ACCOUNT, SERVER_ROLES["admin"]
        if "Authorization" not in request.headers and COOKIE in request.cookies:
            session = await self._cookies.find(request)
        elif bearer(request).startswith(PREFIX):
            return await self._key(request, access, role)
        else:
            session = await authenticated(request, self._sign_in)
        if session.rank < SERVER_ROLES[role]:
            raise Forbidden(f"This needs the server role {role}.", reason="role")
        return session.account, session.rank

    async def _key(self, request: web.Request, access: Access, role: str) -> tuple[Account, int]:
        key = await self._keys.authenticate(bearer(request))
        if access.scope is None:
            raise Forbidden(f"No API key does this; it needs the server role {role}.", reason="role")
        rank = rank_of(key)
        if rank < SERVER_ROLES[role]:
            raise Forbidden(f"This API key lacks the scope {access.scope}.", reason="role")
        return key.account, rank
