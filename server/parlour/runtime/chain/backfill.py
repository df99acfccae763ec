"""Watches that start: anchored at a block, with the history they missed, and no gap towards the following (F19, F23).

The final part is read by ranges beside the following, as nothing can change there any more. The rest is read by hash
between two steps, from the very headers the follower holds; so its end is the follower's head, to the block.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from parlour.core.chain.blocks import BEFORE_GENESIS, Fork, Header, Malformed
from parlour.core.chain.logs import Log, Route, Routes
from parlour.core.chain.watches import WatchRecord, check_start
from parlour.errors import TooLarge, Unavailable
from parlour.runtime.chain import reader
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.endpoints import Endpoints
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.node import Node, NodeError
from parlour.runtime.chain.reader import RangeReader
from parlour.runtime.chain.store import ChainStore, Step, Sub
from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

_LOOK_SECONDS = 2.0
"""Between looks for watches that another process wrote down."""
_MOST = 10
"""Times `max_backfill_events` that a history may hold; all of it stands in memory while it is read."""


class Follows(Protocol):
    """What joining needs of its follower."""

    config: ChainConfig
    endpoints: Endpoints
    fence: int
    between_steps: asyncio.Lock

    def ready(self) -> Ledger: ...

    async def write(self, ledger: Ledger, step: Step, fork: Fork | None = None) -> None: ...


class WatchBackfill:
    """Args: on_join: called before a watch is committed as `held`."""

    def __init__(self, follower: Follows, store: ChainStore, clock: Clock, on_join: Callable[[], None]) -> None:
        self._follower, self._store, self._clock, self._on_join = follower, store, clock, on_join
        self._looked_at = clock.monotonic()

    async def join(self, sub: Sub, from_block: int | None) -> Sub:
        """Start a watch, its history included; commits it as `held`.

        Args:
            sub: its record lacks `from` still.
            from_block: the first block that counts; None: the one after the head.

        Returns:
            The sub with `record.from`, the anchor: the block its events come after.

        Raises:
            Invalid, TooLarge: `from_block` lies in the future or too far back.
            Unavailable: the chain cannot be read now.
        """
        follower = self._follower
        ledger, node = follower.ready(), follower.endpoints.pick().node
        if from_block is not None:
            check_start(from_block, ledger.tracker.head.number, follower.config.max_backfill)
        try:
            anchor = None if from_block is None else await block_before(node, from_block)
            done = ledger.cursor.finalized
            logs = [] if anchor is None else await self._final_logs(ledger, node, anchored(sub, anchor), done)
            async with follower.between_steps:
                ledger = follower.ready()
                route = anchored(sub, anchor or ledger.tracker.head)
                await self._commit(ledger, node, sub, route, logs, done)
        except (NodeError, Malformed, StoreError) as error:
            raise Unavailable(f"Chain {follower.config.chain_id} could not be read: {error}.") from error
        return sub

    async def look(self, ledger: Ledger) -> None:
        """Take in watches that another process wrote down, and forget those it removed; as part of a step."""
        now = self._clock.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        stored = {sub.id: sub for sub in await self._store.subs(self._follower.config.chain_id)}
        for route in [r for r in ledger.routes if r.id not in stored]:
            ledger.routes.remove(route.id)
        for sub in stored.values():
            if sub.state == "new":
                await self._adopt(ledger, sub)

    async def _adopt(self, ledger: Ledger, sub: Sub) -> None:
        node, route = self._follower.endpoints.pick().node, Route(sub.room, sub.record)
        done = ledger.cursor.finalized
        logs = await self._final_logs(ledger, node, route, done)
        sub.state = "held"
        await self._commit(ledger, node, sub, route, logs, done)

    async def _commit(self, ledger: Ledger, node: Node, sub: Sub, route: Route, logs: Sequence[Log], done: int) -> None:
        """Between two steps: what the final part of the history (up to `done`) left, and the watch itself."""
        config = self._follower.config
        recent = await recent_logs(config, ledger, node, route, done)
        self._on_join()
        step = ledger.plan_join(sub, [*logs, *recent], self._follower.fence, config.max_backfill_events)
        await self._follower.write(ledger, step)

    async def _final_logs(self, ledger: Ledger, node: Node, route: Route, upto: int) -> list[Log]:
        if route.start >= upto:
            return []
        return await final_logs(self._follower.config, ledger, node, route, upto)


async def block_before(node: Node, number: int) -> Header:
    """The anchor of a watch from block `number` on; before genesis there is a block -1 of zeros."""
    if number == 0:
        return BEFORE_GENESIS
    return (await reader.headers_by_number(node, [number - 1]))[0]


def anchored(sub: Sub, anchor: Header) -> Route:
    """Fix the block that the watch's events come after."""
    sub.record = WatchRecord({**sub.record, "from": anchor.ref()})
    return Route(sub.room, sub.record)


async def final_logs(config: ChainConfig, ledger: Ledger, node: Node, route: Route, upto: int) -> list[Log]:
    """The wanted logs of final blocks from the watch's start up to `upto`.

    Raises:
        TooLarge: more than anybody would read; a later `fromBlock` helps.
        NodeError, Malformed: the node.
    """
    found: list[Log] = []
    most = _MOST * config.max_backfill_events
    reading = RangeReader(config.range_size).read(
        node, Routes([route]), route.start + 1, upto, tags=ledger.tagged, depth=config.depth
    )
    async for _, logs in reading:
        found += logs
        if len(found) > most:
            raise TooLarge(f"That history holds more than {most} events; choose a later fromBlock.")
    return found


async def recent_logs(config: ChainConfig, ledger: Ledger, node: Node, route: Route, after: int) -> list[Log]:
    """The wanted logs of our own blocks above `after`, by hash; only between two steps.

    Raises:
        Malformed: the watch's anchor is no longer a block of ours.
        NodeError: the node.
    """
    known = ledger.tracker.at(route.start)
    if known is not None and known.hash != route.anchor:
        raise Malformed(f"block {route.start} changed while the history was read")
    headers = ledger.tracker.headers(max(route.start, after), ledger.tracker.head.number)
    return await reader.block_logs(node, headers, Routes([route]), verify=config.verify, trust_bloom=config.trust_bloom)
