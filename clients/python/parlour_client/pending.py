"""Transactions that wait for a block, as a chain's node hears of them (protocol section 5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from parlour_client.errors import ParlourError
from parlour_client.listeners import Guard
from parlour_client.ports import Requests
from parlour_client.wire import given

KEPT = 1_000
"""Transactions that wait for a slow reader; the oldest go first, as on the server."""


class Pending:
    """Hears of pending transactions, as a client does; its `_pending` is the client's."""

    _pending: PendingTransactions

    def pending(
        self,
        chain: int,
        *,
        to: Sequence[str] | None = None,
        from_: Sequence[str] | None = None,
        selector: str | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield transactions that wait for a block of a chain, best effort; a later call for the chain takes over.

        Args:
            to, from_: accounts, any of them; only operators hear of everything.
            selector: the first four bytes of the data.

        Raises:
            ParlourError: the server refuses.
        """
        return self._pending.feed(chain, to, from_, selector)


class PendingTransactions:
    """What this client hears of pending transactions; asked again on every new socket.

    One filter a chain: a later one replaces it, here as on the server.
    """

    def __init__(self, requests: Requests, guard: Guard) -> None:
        self._requests, self._guard = requests, guard
        self._feeds: dict[int, _Feed] = {}

    async def feed(
        self, chain: int, to: Sequence[str] | None, from_: Sequence[str] | None, selector: str | None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield transactions until the reader stops. Raises ParlourError."""
        filters = given(to=to and list(to), selector=selector, **{"from": from_ and list(from_)})
        feed = self._feeds[chain] = _Feed({"chain": chain, **filters})
        try:
            await self._ask(feed)
            while True:
                item = await feed.queue.get()
                if isinstance(item, ParlourError):
                    raise item
                yield item
        finally:
            if self._feeds.get(chain) is feed:
                del self._feeds[chain]
                if not feed.over:
                    with suppress(ParlourError):
                        await self._requests.request("chain:pending", {"chain": chain, "on": False}, timeout=2.0)

    def receive(self, signal: Mapping[str, Any]) -> None:
        """Hand a transaction to whoever reads its chain's."""
        feed = self._feeds.get(signal["body"]["chain"])
        if feed is not None:
            if feed.queue.qsize() >= KEPT:
                feed.queue.get_nowait()
            feed.queue.put_nowait(dict(signal["body"]))

    def reconnected(self) -> None:
        """Ask for every feed on a new socket."""
        for feed in self._feeds.values():
            self._guard.start(self._ask(feed), "parlour pending transactions")

    def fail(self, error: ParlourError) -> None:
        """End every feed: the connection is closed for good."""
        for feed in self._feeds.values():
            feed.over = True
            feed.queue.put_nowait(error)

    async def _ask(self, feed: _Feed) -> None:
        await self._requests.request("chain:pending", feed.asked)


class _Feed:
    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.over = False
        self.queue: asyncio.Queue[dict[str, Any] | ParlourError] = asyncio.Queue()
