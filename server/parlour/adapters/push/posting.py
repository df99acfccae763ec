"""Encrypts payloads for browsers and posts them to their push services (RFC 8030, RFC 8291)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from parlour.adapters.outbound.public_addresses import PublicResolver
from parlour.adapters.push.vapid import Vapid
from parlour.runtime.push.pusher import Sent
from parlour.runtime.push.subscriptions import Subscription

log = structlog.get_logger()

SECONDS = 5.0
"""For a service's answer."""
KEPT_SECONDS = 86_400
"""How long a service keeps a push for a browser that is off (`TTL`)."""
TOKEN_SECONDS = 43_200
"""How long a signature holds; RFC 8292 allows a day."""


class PushPosts:
    """Posts to push services over kept connections.

    Args:
        contact: whom a service reaches about this server.
        now: the time in ms.
    """

    def __init__(self, vapid: Vapid, contact: str, now: Callable[[], int]) -> None:
        self._vapid, self._contact, self._now = vapid, contact, now
        self._http: aiohttp.ClientSession | None = None

    async def send(self, to: Subscription, payload: bytes, topic: str) -> Sent:
        """Encrypt a payload for a browser, post it, and say what came of it."""
        try:
            body = _encrypted(to, payload)
        except ValueError:
            return "gone"  # a key that is no point of the curve: nothing will ever reach this browser
        parts = urlsplit(to.endpoint)
        token = self._vapid.authorization(
            f"{parts.scheme}://{parts.netloc}", self._contact, self._now() // 1000 + TOKEN_SECONDS
        )
        headers = {
            "Authorization": token, "TTL": str(KEPT_SECONDS), "Topic": topic, "Urgency": "normal",
            "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
        }  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                posted = self._session().post(to.endpoint, data=body, headers=headers, allow_redirects=False)
                async with posted as answer:
                    return meaning(answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.debug("push.not_answered", error=type(error).__name__)
            return "later"

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            connector = aiohttp.TCPConnector(resolver=PublicResolver())
            self._http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._http


def _encrypted(to: Subscription, payload: bytes) -> bytes:
    from pywebpush import WebPusher, WebPushException

    keys = {"p256dh": to.key, "auth": to.auth}
    try:
        encoded: Any = WebPusher({"endpoint": to.endpoint, "keys": keys}).encode(payload)
    except WebPushException as error:
        raise ValueError(str(error)) from None
    return bytes(encoded["body"])


def meaning(status: int) -> Sent:
    """Return what a service's status says of a push (RFC 8030, section 5 and 7.3)."""
    if 200 <= status < 300:
        return "sent"
    if status in (404, 410):
        return "gone"
    return "later" if status == 429 or status >= 500 else "refused"
