"""Wallets for tests: keys made from a name, and signing in with them.

alice = wallet("alice")
session = await sign_in(http, server.url, alice)      # {token, account, …}
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import aiohttp
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount


class SignInFailed(Exception):
    """The server refused; `status` and `error` are its answer."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error


def wallet(name: str) -> LocalAccount:
    """The same wallet for the same name, always; never money's."""
    account: LocalAccount = Account.from_key(sha256(b"parlour test wallet " + name.encode()).digest())
    return account


def siwe_text(challenge: Mapping[str, Any], address: str, **changed: Any) -> str:
    """The EIP-4361 message for an answer of `GET /auth/nonce`, with fields changed for the worse if asked.

    Args:
        changed: any of the challenge's keys, or `chainId`, with another value.
    """
    facts = {"chainId": challenge["chainIds"][0], **challenge, **changed}
    lines = [
        f"{facts['domain']} wants you to sign in with your Ethereum account:",
        address,
        "",
        *([facts["statement"]] if facts["statement"] else []),
        "",
        f"URI: {facts['uri']}",
        f"Version: {facts['version']}",
        f"Chain ID: {facts['chainId']}",
        f"Nonce: {facts['nonce']}",
        f"Issued At: {facts['issuedAt']}",
        f"Expiration Time: {facts['expirationTime']}",
    ]
    if facts.get("resources"):
        lines += ["Resources:", *(f"- {resource}" for resource in facts["resources"])]
    return "\n".join(lines)


def sign(signer: LocalAccount, text: str) -> str:
    """An EIP-191 personal signature, `0x` hex."""
    return "0x" + bytes(signer.sign_message(encode_defunct(text=text)).signature).hex()


async def ask_nonce(
    http: aiohttp.ClientSession, url: str, *, origin: str | None = None, **query: str
) -> dict[str, Any]:
    """What `GET /auth/nonce` answers; `query` is `sessionKey` and `room`. Raises SignInFailed."""
    async with http.get(f"{url}/auth/nonce", params=query, headers=_from(origin)) as answer:
        return await _checked(answer)


async def verify(
    http: aiohttp.ClientSession, url: str, message: str, signature: str, *, origin: str | None = None
) -> dict[str, Any]:
    """What `POST /auth/verify` answers; raises SignInFailed."""
    body = {"message": message, "signature": signature}
    async with http.post(f"{url}/auth/verify", json=body, headers=_from(origin)) as answer:
        return await _checked(answer)


async def sign_in(
    http: aiohttp.ClientSession,
    url: str,
    signer: LocalAccount,
    *,
    origin: str | None = None,
    session_key: str | None = None,
    room: str | None = None,
) -> dict[str, Any]:
    """Nonce, message, signature, session: `{token, account, expiresAt, …}`; raises SignInFailed.

    Args:
        session_key: address of a key that may sign entries, in `room` alone where one is given.
    """
    asked = {name: value for name, value in (("sessionKey", session_key), ("room", room)) if value is not None}
    challenge = await ask_nonce(http, url, origin=origin, **asked)
    urn = f"urn:parlour:session-key:{session_key}" + (f"?room={room}" if room else "")
    message = siwe_text(challenge, signer.address, **({"resources": [urn]} if session_key else {}))
    return await verify(http, url, message, sign(signer, message), origin=origin)


def _from(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}


async def _checked(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    body: dict[str, Any] = await answer.json(content_type=None)
    if answer.status >= 400:
        raise SignInFailed(answer.status, body.get("error", {}))
    return body
