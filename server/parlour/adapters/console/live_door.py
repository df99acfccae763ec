"""LiveDoor: who may connect to the namespace `/console`: a token, or the console's cookie with its CSRF token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from parlour.adapters.console.cookie_session import COOKIE, CookieSessions
from parlour.adapters.console.operators import DEV_ACCOUNT, SCOPES, rank_of
from parlour.adapters.http import dev_console
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.dev_console import DevConsole
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account
from parlour.errors import Forbidden, Unauthorized
from parlour.runtime.identity.api_keys import PREFIX, ApiKeys
from parlour.runtime.identity.sign_in import SignIn

VIEWER = SERVER_ROLES["viewer"]
Holds = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who follows, with which rank; `holds` says whether they still may, and raises StoreError."""

    account: Account
    rank: int
    holds: Holds


class LiveDoor:
    """Lets operators of any role in."""

    def __init__(
        self, sign_in: SignIn, keys: ApiKeys, cookies: CookieSessions, addresses: ClientAddress, dev: DevConsole | None
    ) -> None:
        self._sign_in = sign_in
        self._keys = keys
        self._cookies = cookies
        self._addresses = addresses
        self._dev = dev

    async def admit(self, headers: Mapping[str, str], auth: object) -> Viewer:
        """Return who connects.

        Args:
            headers: of the handshake, names in lower case.
            auth: the CONNECT packet's data: `{token}`, or `{csrf}` beside the cookie.

        Raises:
            Unauthorized: nobody is signed in. Forbidden: no server role, another page, or no CSRF token. StoreError.
        """
        told = auth if isinstance(auth, dict) else {}
        token, cookies = told.get("token"), _cookies(headers.get("cookie", ""))
        if isinstance(token, str) and token.startswith(PREFIX):
            return await self._by_key(token)
        if isinstance(token, str):
            return await self._by_session(token)
        own = urlsplit(headers.get("origin", "")).netloc.lower() in self._addresses.hosts_of(headers)
        if self._dev is not None and self._dev.is_its(cookies.get(dev_console.COOKIE, ""), headers.get("host", "")):
            if not own:
                raise Forbidden("Only the console's own page may ask this.", reason="origin")
            return Viewer(DEV_ACCOUNT, SERVER_ROLES["admin"], _always)
        await self._cookies.check_socket(cookies.get(COOKIE, ""), own=own, csrf=told.get("csrf"))
        return await self._by_session(cookies[COOKIE])

    async def _by_key(self, text: str) -> Viewer:
        key = await self._keys.authenticate(text)
        rank = rank_of(key)
        if rank < VIEWER:
            raise Forbidden(f"This API key lacks the scope {SCOPES['viewer']}.", reason="role")

        async def holds() -> bool:
            try:
                await self._keys.authenticate(text)
            except Unauthorized:
                return False
            return True

        return Viewer(key.account, rank, holds)

    async def _by_session(self, token: str) -> Viewer:
        session = await self._sign_in.authenticate(token)
        if session is None:
            raise Unauthorized("That token is not valid; sign in again.")
        if session.rank < VIEWER:
            raise Forbidden("This needs the server role viewer.", reason="role")

        async def holds() -> bool:
            now = await self._sign_in.authenticate(token)
            return now is not None and now.rank >= VIEWER

        return Viewer(session.account, session.rank, holds)


async def _always() -> bool:
    return True


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
