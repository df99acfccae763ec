"""Starts watches: at an anchor block, with the history before it, and without a gap to the blocks that follow.

The final part of a history is read by ranges beside the following, as nothing can change there any more. The rest is
read by hash between two steps, from the very headers the follower holds, so it ends exactly at the follower's head
(chain.md F19 blocks mined while history is read, F23 history that can still change).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from parlour.core.chain.blocks import BEFORE_GENESIS, Fork, Header, Malformed
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Origin, Rise, confirmation_news, event_news, gap_news, source
from parlour.core.chain.routes import Route, Routes
from parlour.core.chain.watches import WatchRecord, check_start
from parlour.errors import Illegal, TooLarge, Unavailable
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.store import ChainStore, Step, Sub
from parlour.runtime.nodes import reader
from parlour.runtime.nodes.endpoints import Endpoints
from parlour.runtime.nodes.node import Node, NodeError
from parlour.runtime.nodes.ranges import RangeReader
from parlour.runtime.nodes.reader import Finality
from parlour.runtime.slices import in_slices
from parlour.runtime.store import StoreError

_MOST = 10
"""Times `max_backfill_events` that a history may hold; all of it stands in memory while it is read."""


class Follows(Protocol):
    """What starting a watch needs from the follower."""

    config: ChainConfig
    endpoints: Endpoints
    between_steps: asyncio.Lock

    def ready(self) -> Ledger:
        """Return the follower's ledger; raises Unavailable while there is none."""

    async def commit(self, ledger: Ledger, step: Step, fork: Fork | None = None) -> None:
        """Store a step and apply it to the ledger; raises StoreError."""


@dataclass(slots=True)
class _Start:
    """A watch that is being started.

    Attributes:
        sub, route: the watch; its route is anchored, `None` stands for the follower's head.
        node: whom its history is read from.
        final_logs: wanted logs of its history up to the final block `done`.
    """

    sub: Sub
    route: Route | None
    node: Node
    done: int
    final_logs: list[Log]


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that a limit held back: from one log to another, as (block number, index in the block), both included.

    Attributes:
        seq: of the `chain.gap`; part of the sources of what fills it.
        last_hash: the hash of the last block; while it stands, so do all of them.
    """

    seq: int
    first: tuple[int, int]
    last: tuple[int, int]
    last_hash: str

    @classmethod
    def read(cls, body: dict[str, Any], seq: int) -> Gap:
        """Read the body of a `chain.gap`; one without log indices covers its blocks whole."""
        first, last = body["from"], body["to"]
        ends = (first["number"], first.get("logIndex", 0)), (last["number"], last.get("logIndex", 2**31))
        return cls(seq, *ends, last["hash"])


class WatchBackfill:
    """Starts watches on one chain.

    Args:
        on_held: called before a watch is committed as `held`.
    """

    def __init__(self, follower: Follows, context: ChainContext, on_held: Callable[[], None]) -> None:
        self._follower, self._store, self._kinds, self._on_held = follower, context.store, context.routes, on_held

    async def start_watch(self, sub: Sub, from_block: int | None) -> Sub:
        """Start a watch with its history, and commit it as `held`.

        Args:
            sub: its record still lacks `from`.
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
            route = None if from_block is None else self._anchored(sub, await block_before(node, from_block))
            start = await self._read_final(ledger, _Start(sub, route, node, ledger.cursor.finalized, []))
            async with follower.between_steps:
                await self._commit(follower.ready(), start)
        except (NodeError, Malformed, StoreError) as error:
            raise Unavailable(f"Chain {follower.config.chain_id} could not be read: {error}; try again.") from error
        return sub

    async def adopt_stored(self, ledger: Ledger) -> None:
        """Start watches that another process stored, and stop those it removed; as part of a step."""
        stored = {sub.id: sub for sub in await self._store.subs(self._follower.config.chain_id)}
        for route in [r for r in ledger.routes if r.id not in stored]:
            ledger.routes.remove(route.id)
        for sub in stored.values():
            if sub.state == "new" and self._kinds.has(sub):
                node = self._follower.endpoints.pick().node
                start = _Start(sub, self._kinds.make(sub), node, ledger.cursor.finalized, [])
                start = await self._read_final(ledger, start)
                sub.state = "held"
                await self._commit(ledger, start)

    async def fill_gap(self, sub: Sub, gap: Gap) -> int:
        """Deliver the events of a gap that were not delivered yet; return how many.

        Raises:
            Illegal: its blocks are no longer on the chain.
            TooLarge: it holds too many events.
            Unavailable: the chain cannot be read now.
        """
        follower = self._follower
        ledger, node = follower.ready(), follower.endpoints.pick().node
        try:
            before = await block_before(node, gap.first[0])
            record = WatchRecord({**sub.record, "from": before.ref()})
            route = self._kinds.make(replace(sub, record=record))
            done = min(ledger.cursor.finalized, gap.last[0])
            start = await self._read_final(ledger, _Start(sub, route, node, done, []))
            async with follower.between_steps:
                ledger = follower.ready()
                await _check_stands(ledger, node, gap)
                logs = [*start.final_logs, *await recent_logs(follower.config, ledger, node, route, done, gap.last[0])]
                inside = [log for log in logs if gap.first <= (log.number, log.index) <= gap.last]
                step = await plan_fill(ledger, self._store, route, inside, gap.seq)
                await follower.commit(ledger, step)
        except (NodeError, Malformed, StoreError) as error:
            raise Unavailable(f"Chain {follower.config.chain_id} could not be read: {error}; try again.") from error
        return len(step.news)

    async def _read_final(self, ledger: Ledger, start: _Start) -> _Start:
        if start.route is None or start.route.start >= start.done:
            return start
        logs = await final_logs(self._follower.config, ledger, start.node, start.route, start.done)
        return replace(start, final_logs=logs)

    async def _commit(self, ledger: Ledger, start: _Start) -> None:
        """Read the recent part of the history and commit everything with the watch, between two steps."""
        config = self._follower.config
        route = start.route or self._anchored(start.sub, ledger.tracker.head)
        recent = await recent_logs(config, ledger, start.node, route, start.done)
        self._on_held()
        step = await plan_start(ledger, start.sub, route, [*start.final_logs, *recent], config.max_backfill_events)
        await self._follower.commit(ledger, step)
        ledger.routes.add(route)

    def _anchored(self, sub: Sub, anchor: Header) -> Route:
        """Fix the block that the watch's events come after, and return the watch's route."""
        sub.record = WatchRecord({**sub.record, "from": anchor.ref()})
        return self._kinds.make(sub)


async def block_before(node: Node, number: int) -> Header:
    """Read the anchor of a watch from block `number` on."""
    return (await reader.headers_by_number(node, [number - 1]))[0] if number > 0 else BEFORE_GENESIS


async def final_logs(config: ChainConfig, ledger: Ledger, node: Node, route: Route, upto: int) -> list[Log]:
    """Read the wanted logs of final blocks from the watch's start up to `upto`.

    Raises:
        TooLarge: more than a room would keep; a later `fromBlock` helps.
        NodeError, Malformed: the node.
    """
    found: list[Log] = []
    most = _MOST * config.max_backfill_events
    finality = Finality(ledger.tagged, config.depth)
    async for _, logs in RangeReader(config.range_size).read(node, Routes([route]), route.start + 1, upto, finality):
        found += logs
        if len(found) > most:
            raise TooLarge(f"That history holds more than {most} events; choose a later fromBlock.")
    return found


async def recent_logs(
    config: ChainConfig, ledger: Ledger, node: Node, route: Route, after: int, upto: int | None = None
) -> list[Log]:
    """Read the wanted logs of known blocks above `after`, and up to `upto`, by hash; only between two steps.

    Raises:
        Malformed: the watch's anchor is no longer a block of ours.
        NodeError: the node.
    """
    known = ledger.tracker.at(route.start)
    if known is not None and known.hash != route.anchor:
        raise Malformed(f"block {route.start} changed while the history was read")
    head = ledger.tracker.head.number
    headers = ledger.tracker.headers(max(route.start, after), head if upto is None else min(head, upto))
    return await reader.block_logs(node, headers, Routes([route]), verify=config.verify, trust_bloom=config.trust_bloom)


async def _check_stands(ledger: Ledger, node: Node, gap: Gap) -> None:
    """Raise Illegal where the gap's last block has left the chain: its events have been told anew, or are gone."""
    number = gap.last[0]
    ours = ledger.tracker.at(number) or (await reader.headers_by_number(node, [number]))[0]
    if ours.hash != gap.last_hash:
        raise Illegal("The blocks of that gap are no longer on the chain.", reason="gap")


async def plan_fill(ledger: Ledger, store: ChainStore, route: Route, logs: Sequence[Log], seq: int) -> Step:
    """Return the transaction that delivers events of a gap; those that were delivered are left out.

    Raises:
        StoreError: what was delivered could not be read.
    """
    c, levels, kept_above = ledger.cursor, ledger.levels({route.level}), ledger.keep_above(ledger.cursor.finalized)
    due = [log for log in logs if log.number <= levels[route.level]]
    delivered = await store.delivered(c.chain, sorted({log.block for log in due}))
    known = {(d.log.number, d.log.index) for d in delivered if d.watch == route.id}
    news, records = [], []
    async for some in in_slices([log for log in due if (log.number, log.index) not in known]):
        for log in some:
            event, record = event_news(route, log, ledger.origin, levels, late=True)
            key = source(Origin(c.chain, 0), log.block, log.index, f"fill-{seq}", route.id)
            event.source, event.body = key, {**event.body, "fill": seq}
            news.append(event)
            if log.number > kept_above:
                records.append(replace(record, source=key))
    cursor = replace(c, step=c.step + 1)
    return Step(cursor, ledger.fence, (c.number, c.hash), delivered=records, news=news)


async def plan_start(ledger: Ledger, sub: Sub, route: Route, logs: Sequence[Log], most_events: int) -> Step:
    """Return the transaction of a watch that starts here with its history.

    Args:
        logs: wanted logs from the watch's start up to the head, ascending.
        most_events: the newest so many are delivered; older ones become a gap.
    """
    c, origin = ledger.cursor, ledger.origin
    levels = ledger.levels({route.level, *route.confirm})
    due = [log for log in logs if route.start < log.number <= levels[route.level]]
    over, due = due[: max(0, len(due) - most_events)], due[-most_events:]
    news = [gap_news(route, origin, over, "backfill")] if over else []
    records = []
    async for some in in_slices(due):
        for log in some:
            event, record = event_news(route, log, origin, levels)
            news.append(event)
            records.append(record)
    rise = Rise(dict.fromkeys(levels, route.start), levels, ledger.hashes(levels.values()))
    news += confirmation_news(origin, Routes([route]), {}, records, rise)
    above = ledger.keep_above(c.finalized)
    return Step(
        replace(c, step=c.step + 1, levels=levels), ledger.fence, (c.number, c.hash),
        logs=[log for log in logs if log.number > above],
        delivered=[r for r in records if r.log.number > above], news=news, subs=[sub],
    )  # fmt: skip
