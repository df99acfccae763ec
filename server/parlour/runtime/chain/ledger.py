"""The follower's knowledge of its chain between two steps, and the transaction that each step stores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from parlour.core.chain.blocks import BlockTracker, Fork, Header, Heights, Levels, Malformed, level_height, raise_levels
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import (
    Delivered,
    News,
    Origin,
    Rise,
    Split,
    confirmation_news,
    correction_news,
    event_news,
    gap_news,
    split_moved,
    stalled_news,
)
from parlour.core.chain.routes import Route, Routes
from parlour.core.room import RoomId
from parlour.runtime.chain.backlogs import Backlogs, Place
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import ChainStore, Cursor, Kept, Step
from parlour.runtime.nodes.node import Node
from parlour.runtime.nodes.reader import ChainView
from parlour.runtime.slices import in_slices

KEEP_FINAL = 256
"""Blocks below finality whose headers, logs and records stay, for an operator's rewind."""
_IN_THREAD = 500
"""Undone events that are compared with new ones off the event loop: they take 2 ms."""
_PRUNE_EVERY = 16
"""Blocks between two prunings: each costs three deletions."""


@dataclass(frozen=True, slots=True)
class LedgerParts:
    """What a ledger works with: the watches and taps, the bound of what waits for a room, and the lease's fence."""

    routes: Routes
    backlogs: Backlogs
    fence: int


class Ledger:
    """The state of one follower under one lease; everything in it is in the store too.

    Attributes:
        cursor, tracker: where the follower stands, and our headers above finality.
        routes: the watches that have started.
        backlogs: how much may wait for each room.
        fence: the lease's; every step carries it.
        tagged: whether the node last asked names its final block; else depth counts.
    """

    def __init__(self, config: ChainConfig, store: ChainStore, kept: Kept, parts: LedgerParts) -> None:
        self._config, self._store = config, store
        self.fence = parts.fence
        self.cursor: Cursor = kept.cursor
        self.tracker = BlockTracker(kept.headers, kept.cursor.finalized, config.max_reorg)
        self.routes, self.backlogs = parts.routes, parts.backlogs
        self.tagged = config.finality == "tag"
        self._live: dict[int, set[tuple[RoomId, str]]] = {}
        for number, room, watch in kept.live:
            self._live.setdefault(number, set()).add((room, watch))
        self._pruned = kept.headers[0].number

    @property
    def origin(self) -> Origin:
        """The chain and the current branch, which name where news comes from."""
        return Origin(self.cursor.chain, self.cursor.branch)

    def levels(self, more: Iterable[str] = ()) -> Levels:
        """Return the current levels; a level that came into use just now starts at the cursor's."""
        c = self.cursor
        heights = Heights(c.number, c.safe, c.finalized)
        wanted = {"included", "safe", "finalized", *more} | self.routes.levels()
        return {name: c.levels[name] if name in c.levels else level_height(name, heights) for name in wanted}

    # ── planning a step ──────────────────────────────────────────────────────────────────────────────────────────

    async def plan(self, fork: Fork | None, logs: Sequence[Log], view: ChainView) -> Step:
        """Return the transaction for `fork`; for None only the safe and final heights move.

        Args:
            logs: the wanted logs of `fork.applied`, ascending.

        Raises:
            Malformed: the node's final block is not ours.
            StoreError: earlier logs could not be read.
        """
        c, old = self.cursor, self.levels()
        ancestor = fork.ancestor if fork else self.tracker.head
        head = fork.head if fork else ancestor
        undone = fork.reverted if fork else ()
        applied = fork.applied if fork else ()
        finalized = max(c.finalized, min(view.finalized, head.number))
        safe = max(finalized, min(view.safe, head.number))
        new = raise_levels(old, old, ancestor.number, Heights(head.number, safe, finalized))
        self._check_final(view, ancestor.number, applied)
        origin = Origin(c.chain, c.branch + bool(undone))
        for header in applied:
            header.branch = origin.branch
        due = []
        async for some in in_slices([*await self._deferred(old, ancestor.number), *logs]):
            due += self.routes.due(some, old, new, ancestor.number)
        split = await self._split(await self._undone_events(undone), due)
        events, records = await self.events(split.fresh, origin, new)
        moved = [replace(record, log=log) for record, log in split.moved]
        news = correction_news(origin, ancestor, split.moved, split.gone) + events
        live = self._live_after(undone, moved)
        news += confirmation_news(origin, self.routes, live, records, self._rise(old, new, fork))
        cursor = replace(
            c, number=head.number, hash=head.hash, safe=safe, finalized=finalized, branch=origin.branch,
            step=c.step + 1, levels=new, audited=c.audited if self._config.verify != "receipts" else finalized,
        )  # fmt: skip
        return Step(
            cursor, self.fence, (c.number, c.hash), [h.hash for h in undone], applied, logs, moved, records, news,
            self.prune_below(cursor),
        )  # fmt: skip

    async def describe(self, step: Step, node: Node, fork: Fork | None = None, *, whole: bool = True) -> PlannedStep:
        """Return a planned step as listeners see it; raises StoreError.

        Args:
            node: the endpoint it was read from.
            whole: whether `fork.applied` holds every block of the step.
        """
        c, at = self.cursor, step.cursor
        ancestor = fork.ancestor if fork else self.tracker.head
        undone = fork.reverted if fork else ()
        lost = await self._store.logs(c.chain, ancestor.number, c.number) if undone and self.routes.tapped else []
        return PlannedStep(
            Origin(c.chain, at.branch), fork.head if fork else ancestor, ancestor, undone, fork.applied if fork else (),
            lost, step.logs, Heights(c.number, c.safe, c.finalized), Heights(at.number, at.safe, at.finalized), node,
            whole=whole,
        )  # fmt: skip

    def _check_final(self, view: ChainView, ancestor: int, applied: Sequence[Header]) -> None:
        known = next((h for h in applied if h.number == view.finalized), None)
        if view.finalized <= ancestor:
            known = self.tracker.at(view.finalized)
        if view.finalized_hash and known is not None and known.hash != view.finalized_hash:
            raise Malformed(f"block {view.finalized} counts as final under another hash")

    async def _split(self, undone: Sequence[Delivered], due: Sequence[tuple[Route, Log]]) -> Split:
        if len(undone) > _IN_THREAD:
            return await asyncio.to_thread(split_moved, undone, due)
        return split_moved(undone, due)

    async def _deferred(self, old: Levels, ancestor: int) -> list[Log]:
        """Return stored logs whose block has not reached some watch's level yet."""
        low = min((min(old[r.level], ancestor) for r in self.routes if r.level != "included"), default=ancestor)
        return await self._store.logs(self.cursor.chain, low, ancestor) if low < ancestor else []

    async def _undone_events(self, undone: Sequence[Header]) -> list[Delivered]:
        blocks = [h.hash for h in undone if h.number in self._live]
        return await self._store.delivered(self.cursor.chain, blocks) if blocks else []

    async def events(
        self, due: Sequence[tuple[Route, Log]], origin: Origin, levels: Levels, *, late: bool = False
    ) -> tuple[list[News], list[Delivered]]:
        """Return the entries of due logs, and the records to store of them; others run between slices of them.

        Events of paced watches beyond what may wait for a room become a `chain.gap`.
        """
        news, records = [], []
        lost: dict[str, tuple[Route, list[Log]]] = {}
        kept_above, step = self.keep_above(levels["finalized"]), self.backlogs.begin()
        async for some in in_slices(due):
            for route, log in some:
                place = self.backlogs.place(route, step)
                if place is Place.GAP:
                    lost.setdefault(route.id, (route, []))[1].append(log)
                    continue
                if place is Place.STALLED:
                    self.backlogs.stalled.add(route.room)
                    news.append(stalled_news(route, log, origin, self.backlogs.waiting(route.room)))
                event, record = event_news(route, log, origin, levels, late=late)
                news.append(event)
                if log.number > kept_above:
                    records.append(record)
        news += [gap_news(route, origin, logs, "rate") for route, logs in lost.values()]
        return news, records

    def _live_after(self, undone: Sequence[Header], moved: Sequence[Delivered]) -> dict[int, set[tuple[RoomId, str]]]:
        """Return block number → (room, watch) of the delivered events once blocks are undone and events moved."""
        gone = {h.number for h in undone}
        live = {number: rooms for number, rooms in self._live.items() if number not in gone}
        for record in moved:
            number = record.log.number
            live[number] = live.get(number, set()) | {(record.room, record.watch)}
        return live

    def _rise(self, old: Levels, new: Levels, fork: Fork | None) -> Rise:
        ancestor = fork.ancestor.number if fork else self.tracker.head.number
        hashes = {h.number: h.hash for h in fork.applied} if fork else {}
        hashes |= self.hashes(n for n in new.values() if n not in hashes)
        return Rise({name: min(height, ancestor) for name, height in old.items()}, new, hashes)

    def hashes(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return the hashes of known blocks with these numbers."""
        return {n: h.hash for n in numbers if (h := self.tracker.at(n)) is not None}

    def keep_above(self, finalized: int) -> int:
        """Return the number above which logs and records are stored."""
        return min(finalized, self.cursor.audited) - KEEP_FINAL

    def prune_below(self, cursor: Cursor) -> int | None:
        """Return the number below which a step with this cursor deletes headers and logs, or None."""
        below = min(cursor.finalized, cursor.audited) - KEEP_FINAL
        return below if below >= self._pruned + _PRUNE_EVERY else None

    # ── once a step is stored ────────────────────────────────────────────────────────────────────────────────────

    def apply_committed(self, step: Step, fork: Fork | None = None) -> None:
        """Take over a step that was stored."""
        if fork is not None:
            for header in fork.reverted:
                self._live.pop(header.number, None)
            self.tracker.apply(fork)
        self.cursor = step.cursor
        self.tracker.finalize(step.cursor.finalized)
        for number, room, watch in {(r.log.number, r.room, r.watch) for r in (*step.moved, *step.delivered)}:
            self._live.setdefault(number, set()).add((room, watch))
        for number in [n for n in self._live if n <= step.cursor.finalized]:
            del self._live[number]
        if step.prune is not None:
            self._pruned = step.prune
            self.tracker.prune(step.prune)
