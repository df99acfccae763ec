"""Posts to webhooks, as protocol §7 "Webhooks" says. The answer's text is not read."""

from __future__ import annotations

from collections.abc import Callable

from parlour.adapters.outbound.signed_posts import NotAnswered, SignedPosts
from parlour.core.webhooks.hook import Hook

SECONDS = 5.0
"""For the whole answer: a receiver does its work later."""


class NotReceived(Exception):
    """A receiver did not take an entry. The text names no address."""


class Poster:
    """Posts bodies to webhooks.

    Args:
        now: the time in ms, which the signature covers.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._posts = SignedPosts(now)

    async def post(self, hook: Hook, body: bytes) -> None:
        """Post a body and return once the receiver answered 2xx; raises NotReceived."""
        try:
            async with self._posts.post(hook.url, hook.secret, body, SECONDS) as answer:
                status = answer.status
        except NotAnswered as error:
            raise NotReceived(str(error)) from None
        if not 200 <= status < 300:
            raise NotReceived(f"status {status}")

    async def close(self) -> None:
        """Close the connections."""
        await self._posts.close()
