"""Pushed heads as a wake-up, and a watch over the pushing itself.

What a push says is not believed, only that it came: the follower then looks by itself. After a subscription stands
(again), there is a wake-up too, so that nothing mined in between waits for the next poll (F11).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from parlour.runtime.backoff import Backoff
from parlour.runtime.chain.endpoints import Endpoint, Endpoints
from parlour.runtime.chain.node import NodeError, Unsupported
from parlour.runtime.clock import Clock

_PAUSES = Backoff(first_s=0.05, longest_s=5.0, growth=1.7)
"""A lost subscription is made again at once; the polling timer covers the longest pause."""
_SILENT_LOOKS = 2
"""Looks in a row that find a new head nobody pushed, after which a subscription counts as dead (F13)."""


class HeadSubscriptions:
    """One subscription per endpoint that can push; `wake` is set by every head, and when one is lost or made."""

    def __init__(self, endpoints: Endpoints, clock: Clock, wake: Callable[[], None]) -> None:
        self._endpoints, self._clock, self._wake = endpoints, clock, wake
        self._tasks: dict[Endpoint, asyncio.Task[None]] = {}
        self._pushed = -1
        self._silent = 0
        self.resubscribed = 0

    def start(self) -> None:
        for endpoint in self._endpoints.all:
            self._subscribe(endpoint)

    async def stop(self) -> None:
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
            self._pushed = int(raw["number"], 16)
        self._silent = 0
        self._wake()

    def found(self, endpoint: Endpoint, head: int) -> None:
        """A look found a head that is new to us: had it been pushed? If not for the second time, subscribe again."""
        task = self._tasks.get(endpoint)
        if task is None or task.done() or head <= self._pushed:
            return
        self._silent += 1
        if self._silent >= _SILENT_LOOKS:
            self._silent = 0
            self.resubscribed += 1
            self._subscribe(endpoint)
