"""Tells connections of transactions that wait for a block, as far as the chain's endpoint pushes them: best effort.

An endpoint is subscribed to while somebody listens. What waits to be told is bounded; the oldest goes first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.transaction_signals import PendingFilter, pending_of
from parlour.errors import Illegal
from parlour.runtime.backoff import Backoff
from parlour.runtime.chain.chains import Chain, Chains
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.nodes.node import NodeError, Unsupported

MOST_WAITING = 1_000
"""Transactions that wait to be told: some seconds of mainnet."""
HASHES_AT_ONCE = 20
"""Transactions asked for by hash in one batch, where the endpoint pushes nothing but hashes."""
_PAUSES = Backoff(first_s=0.5, longest_s=30.0)
"""A subscription that ended is made again; nobody relies on this feed."""


class PendingFeed:
    """The pending transactions of one chain, for the connections that asked for them.

    Attributes:
        told, dropped: how many were told, and how many found no place in the queue.
    """

    def __init__(self, chain: Chain, encoder: Encoder, clock: Clock) -> None:
        self._chain, self._encoder, self._clock = chain, encoder, clock
        self._id = chain.config.chain_id
        self._filters: dict[Connection, PendingFilter] = {}
        self._waiting: deque[Any] = deque()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.told = self.dropped = 0

    def follow(self, connection: Connection, wanted: PendingFilter) -> None:
        """Tell a connection from now on; another filter takes the place of its last one."""
        self._filters[connection] = wanted
        if not self._tasks:
            self._tasks = [asyncio.create_task(work) for work in (self._listen(), self._tell_all())]

    def unfollow(self, connection: Connection) -> None:
        """Tell a connection no longer; the last one ends the subscription."""
        self._filters.pop(connection, None)
        if not self._filters:
            for task in self._tasks:
                task.cancel()
            self._tasks = []
            self._waiting.clear()

    async def stop(self) -> None:
        """Tell nobody any more."""
        tasks = list(self._tasks)
        for connection in list(self._filters):
            self.unfollow(connection)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        """Subscribe at the first endpoint that pushes, again and again."""
        failures = 0
        while True:
            for node in self._chain.nodes():
                try:
                    await node.follow_pending(self._note)
                except Unsupported:
                    continue
                except NodeError:
                    break
            failures += 1
            await self._clock.sleep(_PAUSES.pause_after(failures))

    def _note(self, pushed: Any) -> None:
        self._waiting.append(pushed)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._news.set()

    async def _tell_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(len(self._waiting), HASHES_AT_ONCE))]
                for raw in await self._whole(some):
                    self._tell(raw)
                await asyncio.sleep(0)

    async def _whole(self, pushed: Sequence[Any]) -> list[Any]:
        """Return pushed transactions; those known by hash alone are asked for, and left out where nobody knows them."""
        hashes = [each for each in pushed if isinstance(each, str)]
        found = [each for each in pushed if isinstance(each, dict)]
        if hashes and (nodes := self._chain.nodes()):
            try:
                asked = await nodes[0].batch([("eth_getTransactionByHash", [each]) for each in hashes])
            except NodeError:
                return found
            found += [each for each in asked if isinstance(each, dict)]
        return found

    def _tell(self, raw: dict[str, Any]) -> None:
        try:
            body = pending_of(self._id, raw)
        except Malformed:
            return
        listeners = [each for each, wanted in self._filters.items() if wanted.takes(body)]
        if not listeners:
            return
        author = {"account": "", "connection": ""}
        event = {"room": f"chain:{self._id}", "from": author, "type": "chain.pending", "body": body}
        self._encoder.write_to_all(listeners, self._encoder.frame("signal", event), volatile=True)
        self.told += 1


class PendingFeeds:
    """The pending transactions of every chain that has `pending` in its settings."""

    def __init__(self, chains: Chains, encoder: Encoder, clock: Clock) -> None:
        self._chains = chains
        self.feeds = {c.config.chain_id: PendingFeed(c, encoder, clock) for c in chains if c.config.pending}

    def follow(self, chain: int, connection: Connection, wanted: PendingFilter) -> None:
        """Tell a connection of a chain's pending transactions.

        Raises:
            NotFound: no such chain. Illegal: this server does not follow its pending transactions.
        """
        self._feed(chain).follow(connection, wanted)

    def unfollow(self, chain: int, connection: Connection) -> None:
        """Tell a connection no longer of this chain; raises as `follow`."""
        self._feed(chain).unfollow(connection)

    def _feed(self, chain: int) -> PendingFeed:
        self._chains.chain(chain)
        feed = self.feeds.get(chain)
        if feed is None:
            raise Illegal(f"This server does not follow pending transactions of chain {chain}.", reason="pending")
        return feed

    def forget(self, connection: Connection) -> None:
        """Tell a connection that ended of nothing more."""
        for feed in self.feeds.values():
            feed.unfollow(connection)

    async def stop(self) -> None:
        """End every feed."""
        for feed in self.feeds.values():
            await feed.stop()
