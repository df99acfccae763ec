"""Posts JSON to services that the operator runs, signed with `Parlour-Signature` (protocol §7).

Addresses of the settings may be private; those that came by a request may not. No redirect is followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver

from parlour.core.webhooks.signature import signature


class NotAnswered(Exception):
    """A service gave no whole answer in time. The text names no address."""


class SignedPosts:
    """Posts over kept connections; how many are open at once is bounded by who posts.

    Args:
        now: the time in ms, which the signature covers.
        resolver: finds the addresses of names; the system's by default.
    """

    def __init__(self, now: Callable[[], int], resolver: AbstractResolver | None = None) -> None:
        self._now = now
        self._resolver = resolver
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(
        self, url: str, secret: str | None, body: bytes, seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Post a body and yield the answer, whose text may be read until the block ends.

        Args:
            secret: signs the body; None sends no signature.
            seconds: for the whole answer, until the block ends.

        Raises:
            NotAnswered: it could not be reached, or was too slow.
        """
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["Parlour-Signature"] = signature(secret, self._now(), body)
        try:
            async with asyncio.timeout(seconds):
                async with self._session().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                    yield answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotAnswered(type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            connector = aiohttp.TCPConnector(limit=0, resolver=self._resolver)
            self._http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._http
