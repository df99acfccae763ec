"""Posts to webhooks, as protocol §7 "Webhooks" says. The answer's text is not read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from aiohttp.resolver import DefaultResolver
from yarl import URL

from parlour.adapters.outbound.public_addresses import PublicResolver, is_address, is_public
from parlour.adapters.outbound.signed_posts import NotAnswered, SignedPosts
from parlour.core.webhooks.hook import Hook
from parlour.errors import Invalid

SECONDS = 5.0
"""For the whole answer: a receiver does its work later."""
LOOK_SECONDS = 2.0
"""For the address of a name that an operator gives; one that is not found in time is looked up when it is posted to."""


class NotReceived(Exception):
    """A receiver did not take an entry. The text names no address."""


class Poster:
    """Posts bodies to webhooks.

    Args:
        now: the time in ms, which the signature covers.
        private: hosts of the operator's own network where webhooks that came by a request may be.
    """

    def __init__(self, now: Callable[[], int], private: Collection[str] = ()) -> None:
        self._posts = SignedPosts(now)
        self._public_posts = SignedPosts(now, PublicResolver(private=private))
        self._private = private

    async def post(self, hook: Hook, body: bytes) -> None:
        """Post a body and return once the receiver answered 2xx; raises NotReceived."""
        posts = self._public_posts if hook.public else self._posts
        if hook.public and self._is_inside(hook.url):
            raise NotReceived("no public address")
        try:
            async with posts.post(hook.url, hook.secret, body, SECONDS) as answer:
                status = answer.status
        except NotAnswered as error:
            raise NotReceived(str(error)) from None
        if not 200 <= status < 300:
            raise NotReceived(f"status {status}")

    async def check(self, url: str) -> None:
        """Raise Invalid unless a request may name this address: HTTP, and not known to be in a private network."""
        host = _host(url)
        if host is None:
            raise Invalid("url is an address such as https://example.org/parlour.", details={"path": "url"})
        if host in self._private:
            return
        found = [host] if is_address(host) else await _addresses(host)
        if found and not any(map(is_public, found)):
            said = "url leads into a private network; webhook_private_hosts names hosts where that may be."
            raise Invalid(said, details={"path": "url"})

    async def close(self) -> None:
        """Close the connections."""
        await self._posts.close()
        await self._public_posts.close()

    def _is_inside(self, url: str) -> bool:
        """Return whether a URL holds an address that is not public, and that no setting allows."""
        host = _host(url) or ""
        return host not in self._private and is_address(host) and not is_public(host)


def _host(url: str) -> str | None:
    """Return the host that a connection goes to; None for what is no HTTP address."""
    try:
        parsed = URL(url)
    except ValueError:
        return None
    return parsed.host if parsed.scheme in ("http", "https") else None


async def _addresses(host: str) -> list[str]:
    """Look a name up; nothing where it has no address now."""
    resolver = DefaultResolver()
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return [each["host"] for each in await resolver.resolve(host)]
    except (OSError, TimeoutError, UnicodeError):
        return []
    finally:
        await resolver.close()
