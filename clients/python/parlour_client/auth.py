"""Signing in with a key the process holds: EIP-4361 over HTTP (protocol section 1)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from parlour_client.errors import ParlourError, SignInRefused, Unavailable, Unreachable
from parlour_client.ports import Http

RENEW_BEFORE_MS = 5 * 60_000
"""A token this close to its end is renewed: enough for some tries while the server is away."""
CLOCKS_AGREE_MS = 60_000
"""A smaller difference to the server's clock is taken for the time a challenge was under way."""
_SOONEST_S = 1.0
"""Between two renewals, where a server makes tokens that live for seconds."""


def wallet(key: str | bytes | LocalAccount) -> LocalAccount:
    """Return the signer for a private key: hex, 32 bytes, `env:NAME`, or an eth-account LocalAccount.

    Raises:
        ValueError: not a private key, or the variable is not set.
    """
    if isinstance(key, LocalAccount):
        return key
    if isinstance(key, str) and key.startswith("env:"):
        name = key.removeprefix("env:")
        if name not in os.environ:
            raise ValueError(f"The environment variable {name} is not set.")
        key = os.environ[name]
    try:
        return Account.from_key(key)  # type: ignore[no-any-return]  # untyped decorator in eth-account
    except Exception:
        raise ValueError("That is not a private key.") from None


def siwe_message(challenge: Mapping[str, Any], address: str, chain_id: int, *resources: str) -> str:
    """Return the EIP-4361 text for an answer of `GET /auth/nonce`."""
    statement = challenge.get("statement")
    lines = [
        f"{challenge['domain']} wants you to sign in with your Ethereum account:",
        address,
        "",
        *([statement] if statement else []),
        "",
        f"URI: {challenge['uri']}",
        f"Version: {challenge['version']}",
        f"Chain ID: {chain_id}",
        f"Nonce: {challenge['nonce']}",
        f"Issued At: {challenge['issuedAt']}",
        f"Expiration Time: {challenge['expirationTime']}",
        *(["Resources:", *(f"- {resource}" for resource in resources)] if resources else []),
    ]
    return "\n".join(lines)


def session_key_scope(key: LocalAccount, room: str | None) -> tuple[dict[str, str], str]:
    """Return what names a session key in a sign-in: the query of `GET /auth/nonce`, and the message's resource."""
    query = {"sessionKey": str(key.address), **({"room": room} if room else {})}
    return query, f"urn:parlour:session-key:{key.address}" + (f"?room={room}" if room else "")


def now_ms() -> float:
    """Return the wall time in milliseconds since 1970 UTC."""
    return time.time() * 1000


def _ahead_ms(issued_at: str, now: float) -> float:
    """Return how far the clock that wrote an ISO 8601 time is ahead of ours; 0 where they agree or it is none."""
    try:
        difference = datetime.fromisoformat(issued_at).timestamp() * 1000 - now
    except ValueError:
        return 0.0
    return difference if abs(difference) > CLOCKS_AGREE_MS else 0.0


class Session:
    """One signed-in wallet; `token()` signs in, refreshes and signs in again as needed.

    Implements `parlour_client.ports.Tokens`.

    Args:
        http: carries every call.
        signer: the wallet.
        chain_id: named in the message; by default the first the server lists.
        session_key: a key that the message lets sign entries, with the room it may sign in (None: every room).
        now: milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        http: Http,
        signer: LocalAccount,
        *,
        chain_id: int | None = None,
        session_key: tuple[LocalAccount, str | None] | None = None,
        now: Callable[[], float] = now_ms,
    ) -> None:
        self._http = http
        self._signer = signer
        self._chain_id = chain_id
        self._now = now
        self._query: dict[str, str] = {}
        self._resources: tuple[str, ...] = ()
        if session_key is not None:
            self._query, resource = session_key_scope(*session_key)
            self._resources = (resource,)
        self._token: str | None = None
        self._expires_at = 0.0
        self._ahead_ms = 0.0  # of the server's clock before ours: the end of a session is by the server's

    @property
    def address(self) -> str:
        """The wallet's address."""
        return str(self._signer.address)

    async def token(self) -> str:
        """Return a token that is good for at least five minutes where the server allows one.

        Raises:
            SignInRefused: a rule of the sign-in failed.
            Unavailable: the server cannot answer now.
        """
        if self._token and self._left() > RENEW_BEFORE_MS:
            return self._token
        if self._token and self._left() > 0:
            await self._refresh(self._token)
        if not self._token or self._left() <= RENEW_BEFORE_MS:
            await self._sign_in()
        assert self._token
        return self._token

    def renew_in(self) -> float:
        """Seconds until `token()` should be asked again: five minutes before the end, or half of a shorter life."""
        left = self._left()
        return max((left - RENEW_BEFORE_MS if left > RENEW_BEFORE_MS else left / 2) / 1000, _SOONEST_S)

    def forget(self, token: str) -> None:
        """Drop this token, which the server no longer takes; the next `token()` signs in."""
        if self._token == token:
            self._token = None

    async def sign_out(self) -> None:
        """End the session; the server closes its sockets. Raises ParlourError."""
        if self._token:
            await self._http.call("POST", "/auth/signout", token=self._token)
            self._token = None

    def _left(self) -> float:
        return self._expires_at - self._now() - self._ahead_ms

    async def _sign_in(self) -> None:
        try:
            self._keep(await self._verify())
        except SignInRefused as refused:
            if refused.code != "nonce":
                raise
            # the server restarted between the challenge and the answer, or took five minutes: ask once more
            self._keep(await self._verify())

    async def _verify(self) -> dict[str, Any]:
        challenge = await self._http.call("GET", "/auth/nonce", query=self._query)
        try:
            chain_id = self._chain_id if self._chain_id is not None else challenge["chainIds"][0]
            self._ahead_ms = _ahead_ms(challenge["issuedAt"], self._now())
            message = siwe_message(challenge, self.address, chain_id, *self._resources)
        except (LookupError, TypeError) as error:
            raise Unreachable("What answers there is no Parlour server: it makes no challenge.") from error
        signature = self._signer.sign_message(encode_defunct(text=message)).signature.hex()
        body = {"message": message, "signature": "0x" + signature.removeprefix("0x")}
        return await self._http.call("POST", "/auth/verify", body)

    async def _refresh(self, token: str) -> None:
        try:
            self._keep(await self._http.call("POST", "/auth/refresh", token=token))
        except Unavailable:
            raise
        except ParlourError:
            self.forget(token)

    def _keep(self, session: Mapping[str, Any]) -> None:
        try:
            self._token, self._expires_at = session["token"], session["expiresAt"]
        except LookupError as error:
            raise Unreachable("What answers there is no Parlour server: it gives no session.") from error
