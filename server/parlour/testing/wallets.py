"""Makes wallets for tests from a name, and signs in with them.

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
    """The server refused a sign-in.

    Attributes:
        status: the HTTP status.
        error: the `error` object of the answer (protocol §3).
    """

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error


def wallet(name: str) -> LocalAccount:
    """Make the wallet of a name, always the same; its key is public, so it must never hold money."""
    account: LocalAccount = Account.from_key(sha256(b"parlour test wallet " + name.encode()).digest())
    return account


def siwe_text(challenge: Mapping[str, Any], address: str, **changed: Any) -> str:
    """Write the EIP-4361 message for an answer of `GET /auth/nonce`, with some fields changed.

    Args:
        challenge: what `GET /auth/nonce` answered.
        address: the signer's address, with its checksum.
        changed: other values for keys of the challenge, or for `chainId`.
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
    """Sign a text as wallets do (EIP-191, personal_sign); the answer is `0x` hex."""
    return "0x" + bytes(signer.sign_message(encode_defunct(text=text)).signature).hex()


async def ask_nonce(
    http: aiohttp.ClientSession, url: str, *, origin: str | None = None, **query: str
) -> dict[str, Any]:
    """Ask `GET /auth/nonce` for a challenge; `query` may hold `sessionKey` and `room`. Raises SignInFailed."""
    async with http.get(f"{url}/auth/nonce", params=query, headers=_from(origin)) as answer:
        return await _checked(answer)


async def verify(
    http: aiohttp.ClientSession, url: str, message: str, signature: str, *, origin: str | None = None
) -> dict[str, Any]:
    """Send a signed message to `POST /auth/verify` and answer the session. Raises SignInFailed."""
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
    """Sign in with a wallet and answer the session: `{token, account, expiresAt, …}`.

    Args:
        origin: the `Origin` header of the page that signs in; none by default.
        session_key: address of a key that may then sign entries.
        room: the only room that key may sign in; any by default.

    Raises:
        SignInFailed: the server refused.
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
