"""Encrypts payloads for browsers and posts them to their push services (RFC 8030, RFC 8291)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

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


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses alone, and the connection goes to the address that was looked at.

    A name that an operator allowed may point into the operator's network, by mistake or by who owns it. An address
    written into `push_hosts` is not resolved, so it may be private.

    Args:
        resolver: asks for the addresses; the system's by default.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a host; raises OSError where it has none."""
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if ipaddress.ip_address(each["host"].partition("%")[0]).is_global]
        if not public:
            raise OSError("the push service has no public address")
        return public

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._resolver.close()


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
