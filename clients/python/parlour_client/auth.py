"""Signing in with a key the process holds: EIP-4361 over HTTP (protocol §1)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from parlour_client.errors import ConnectionLost, ParlourError, SignInRefused, Unavailable, error_from

RENEW_BEFORE_MS = 5 * 60_000
"""A token this close to its end is renewed before the next connection."""


def wallet(key: str | bytes | LocalAccount) -> LocalAccount:
    """The signer for a private key: hex, 32 bytes, `env:NAME`, or an eth-account LocalAccount.

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
    """The EIP-4361 text for an answer of `GET /auth/nonce`."""
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


class Session:
    """One signed-in wallet; `token()` signs in, refreshes and signs in again as needed.

    Args:
        http: used for every call; not closed here.
        chain_id: named in the message; by default the first the server lists.
        session_key: a key that the message lets sign entries, in `key_room` alone where one is named.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        signer: LocalAccount,
        *,
        chain_id: int | None = None,
        session_key: LocalAccount | None = None,
        key_room: str | None = None,
    ) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._signer = signer
        self._chain_id = chain_id
        self._query: dict[str, str] = {}
        self._resources: tuple[str, ...] = ()
        if session_key is not None:
            self._query = {"sessionKey": session_key.address, **({"room": key_room} if key_room else {})}
            scope = f"?room={key_room}" if key_room else ""
            self._resources = (f"urn:parlour:session-key:{session_key.address}{scope}",)
        self._token: str | None = None
        self._expires_at = 0

    @property
    def address(self) -> str:
        return str(self._signer.address)

    async def token(self) -> str:
        """A token good for at least a few minutes where the server allows one.

        Raises:
            SignInRefused: a rule of the sign-in failed.
            Unavailable: the server cannot answer now.
        """
        if self._token and self._left() > RENEW_BEFORE_MS:
            return self._token
        if self._token and self._left() > 0:
            await self._refresh()
        if not self._token or self._left() <= RENEW_BEFORE_MS:
            await self._sign_in()
        assert self._token
        return self._token

    def forget(self) -> None:
        """The server no longer takes the token; the next `token()` signs in."""
        self._token = None

    async def sign_out(self) -> None:
        if self._token:
            await self._call("POST", "/auth/signout", token=self._token)
            self._token = None

    def _left(self) -> float:
        return self._expires_at - time.time() * 1000

    async def _sign_in(self) -> None:
        try:
            self._keep(await self._verify())
        except SignInRefused as refused:
            if refused.code != "nonce":
                raise
            # the server restarted between the challenge and the answer, or took five minutes: ask once more
            self._keep(await self._verify())

    async def _verify(self) -> dict[str, Any]:
        challenge = await self._call("GET", "/auth/nonce", query=self._query)
        chain_id = self._chain_id if self._chain_id is not None else challenge["chainIds"][0]
        message = siwe_message(challenge, self.address, chain_id, *self._resources)
        signature = self._signer.sign_message(encode_defunct(text=message)).signature.hex()
        body = {"message": message, "signature": "0x" + signature.removeprefix("0x")}
        return await self._call("POST", "/auth/verify", body)

    async def _refresh(self) -> None:
        try:
            self._keep(await self._call("POST", "/auth/refresh", token=self._token))
        except Unavailable:
            raise
        except ParlourError:
            self.forget()

    def _keep(self, session: Mapping[str, Any]) -> None:
        self._token, self._expires_at = session["token"], session["expiresAt"]

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._http.request(method, self._url + path, json=body, headers=headers, params=query) as answer:
                parsed = await answer.json(content_type=None) if answer.status != 204 else {}
                if answer.status < 400:
                    return dict(parsed)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ConnectionLost(f"{self._url} does not answer: {error or type(error).__name__}.") from error
        fallback = SignInRefused if answer.status == 401 else Unavailable
        raise error_from(parsed.get("error") if isinstance(parsed, dict) else None, fallback)
