"""What the checks of sign-in share: a server that names its origins and chains, sign-ins, and times."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import ask_nonce, sign, siwe_text, verify, wallet

ORIGIN = "https://app.example"
SIGN_IN_ENV = {
    "PARLOUR_ORIGINS": f"{ORIGIN},https://other.example",
    "PARLOUR_SIGN_IN_CHAINS": "1,8453,solana:mainnet",
}
"""Settings of a server that lists two origins and takes wallets of three chains."""
SESSION = {"account", "address", "chainId", "method", "sessionKey", "expiresAt"}
"""Keys of a session, without its token."""
DAY = 86_400_000
"""Milliseconds."""


def at(seconds: float) -> str:
    """RFC 3339, so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now_ms() -> int:
    return int(time.time() * 1000)


def milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


async def signed_in(http: aiohttp.ClientSession, server: ServerProcess, name: str, **changed: Any) -> dict[str, Any]:
    """The session of a wallet that signs the server's message, with some of its fields changed."""
    challenge = await ask_nonce(http, server.url)
    text = siwe_text(challenge, wallet(name).address, **changed)
    return await verify(http, server.url, text, sign(wallet(name), text))


async def request(http: aiohttp.ClientSession, url: str, token: str, method: str = "GET") -> tuple[int, Any]:
    """Status and JSON of an HTTP request with a session's token."""
    async with http.request(method, url, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status, await answer.json() if answer.status != 204 else None
