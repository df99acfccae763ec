"""Subscribes to new heads, which only wake the follower; subscribes again when no heads come.

Nothing that a push says is believed: the follower then reads the chain itself. It is also woken when a subscription
stands again, so that what was mined in between does not wait for the next poll (chain.md F11, resubscribe gap).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from parlour.core.chain.quantities import quantity
from parlour.runtime.backoff import Backoff
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.endpoints import Endpoint, Endpoints
from parlour.runtime.nodes.node import NodeError, Unsupported

_PAUSES = Backoff(first_s=0.05, longest_s=5.0, growth=1.7)
"""A lost subscription is made again at once; the polling timer covers the longest pause."""
_UNPUSHED_HEADS = 2
"""Polls in a row that find a new head nobody pushed, after which a subscription counts as dead (chain.md F13)."""


class HeadSubscriptions:
    """One subscription for each endpoint that can push.

    Args:
        wake: called at every head, and when a subscription is lost or stands again.
    """

    def __init__(self, endpoints: Endpoints, clock: Clock, wake: Callable[[], None]) -> None:
        self._endpoints, self._clock, self._wake = endpoints, clock, wake
        self._tasks: dict[Endpoint, asyncio.Task[None]] = {}
        self._pushed = -1
        self._unpushed = 0
        self.resubscribed = 0

    def start(self) -> None:
        """Subscribe at every endpoint."""
        for endpoint in self._endpoints.all:
            self._subscribe(endpoint)

    async def stop(self) -> None:
        """End every subscription."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    def _subscribe(self, endpoint: Endpoint) -> None:
        if (task := self._tasks.get(endpoint)) is not None:
            task.cancel()
        self._tasks[endpoint] = asyncio.create_task(self._listen(endpoint))

    async def _listen(self, endpoint: Endpoint) -> None:
        lost = 0
        while True:
            try:
                await endpoint.node.follow_heads(self._on_head)
            except Unsupported:
                return
            except NodeError:
                endpoint.verified = False
            self._wake()
            lost += 1
            await self._clock.sleep(_PAUSES.pause_after(lost))

    def _on_head(self, raw: dict[str, Any]) -> None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            self._pushed = quantity(raw["number"])
        self._unpushed = 0
        self._wake()

    def check_pushed(self, endpoint: Endpoint, head: int) -> None:
        """Subscribe anew if a head that the follower just read was not pushed, twice in a row."""
        task = self._tasks.get(endpoint)
        if task is None or task.done() or head <= self._pushed:
            return
        self._unpushed += 1
        if self._unpushed >= _UNPUSHED_HEADS:
            self._unpushed = 0
            self.resubscribed += 1
            self._subscribe(endpoint)
