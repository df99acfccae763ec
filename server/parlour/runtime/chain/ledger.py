"""What a follower knows of its chain, and what one step writes: plans a `Step`, and takes it in once it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from parlour.core.chain.blocks import BlockTracker, Fork, Header, Levels, Malformed, level_height, raise_levels
from parlour.core.chain.logs import Log, Route, Routes
from parlour.core.chain.room_news import (
    Delivered,
    News,
    apply_news,
    arrivals,
    confirm_news,
    correction_news,
    gap_news,
    keep_moved,
    settle,
)
from parlour.core.room import RoomId
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.reader import View
from parlour.runtime.chain.store import ChainStore, Cursor, Kept, Step, Sub

KEEP_FINAL = 256
"""Blocks below finality whose headers, logs and records stay, for an operator's rewind."""
_PRUNE_EVERY = 16
_BURST_SECONDS = 10.0


class Budget:
    """A token bucket per room, on the chain's own time: what piled up while we were away is no flood."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left: dict[RoomId, tuple[float, int]] = {}

    def take(self, room: RoomId, time: int) -> bool:
        """Whether the room may have one more event of a block with this time (seconds)."""
        full = self._rate * _BURST_SECONDS
        left, at = self._left.get(room, (full, time))
        left = min(full, left + max(0, time - at) * self._rate)
        self._left[room] = (left - 1 if left >= 1 else left, max(at, time))
        return left >= 1


class Ledger:
    """State of one follower between two steps; everything in it is in the store too."""

    def __init__(self, config: ChainConfig, store: ChainStore, kept: Kept, subs: Iterable[Sub]) -> None:
        self._config, self._store = config, store
        self.cursor: Cursor = kept.cursor
        self.tracker = BlockTracker(kept.headers, kept.cursor.finalized, config.max_reorg)
        self.routes = Routes(Route(s.room, s.record) for s in subs if s.state != "new")
        self._live: dict[int, set[tuple[RoomId, str]]] = {}
        for number, room, watch in kept.live:
            self._live.setdefault(number, set()).add((room, watch))
        self._budget = Budget(config.events_per_second)
        self._pruned = kept.headers[0].number
        self.tagged = config.finality == "tag"
        """Whether the node last asked names its final block; else depth counts."""

    # ── planning ─────────────────────────────────────────────────────────────────────────────────────────────────

    def levels(self, more: Iterable[str] = ()) -> Levels:
        """Today's heights; a level that just came into use stands where the cursor puts it."""
        c = self.cursor
        wanted = {"included", "safe", "finalized", *more} | self.routes.levels()
        return {
            name: c.levels.get(name, level_height(name, head=c.number, safe=c.safe, finalized=c.finalized))
            for name in wanted
        }

    async def plan(self, fork: Fork | None, logs: Sequence[Log], view: View, fence: int) -> Step:
        """The transaction that follows `fork` (None: only safe and final moved).

        Args:
            logs: the wanted logs of `fork.applied`, ascending.
        """
        old, c = self.levels(), self.cursor
        head = fork.head if fork else self.tracker.head
        ancestor = fork.ancestor if fork else head
        undone = fork.reverted if fork else ()
        finalized = max(c.finalized, min(view.finalized, head.number))
        safe = max(finalized, min(view.safe, head.number))
        new = raise_levels(old, old, ancestor=ancestor.number, head=head.number, safe=safe, finalized=finalized)
        self._check_final(view, ancestor.number, fork.applied if fork else ())
        branch = c.branch + bool(undone)
        told = arrivals(self.routes, [*await self._waiting(old, ancestor.number), *logs], old, new, ancestor.number)
        kept, gone, fresh = keep_moved(await self._told(undone), told)
        events, records = self._events(fresh, branch, new)
        news = correction_news(c.chain, branch, ancestor, kept, gone) + events
        settled = [settle(record, log) for record, log in kept]
        news += self._confirmations(old, new, branch, fork, settled, records)
        cursor = replace(
            c, number=head.number, hash=head.hash, safe=safe, finalized=finalized, branch=branch, step=c.step + 1,
            levels=new, audited=c.audited if self._config.verify != "receipts" else finalized,
        )  # fmt: skip
        return Step(
            cursor, fence, (c.number, c.hash), [h.hash for h in undone], fork.applied if fork else (), logs,
            settled, records, news, self._prune_below(cursor),
        )  # fmt: skip

    def _check_final(self, view: View, ancestor: int, applied: Sequence[Header]) -> None:
        known = next((h for h in applied if h.number == view.finalized), None)
        if view.finalized <= ancestor:
            known = self.tracker.at(view.finalized)
        if view.finalized_hash and known is not None and known.hash != view.finalized_hash:
            raise Malformed(f"block {view.finalized} counts as final under another hash")

    async def _waiting(self, old: Levels, ancestor: int) -> list[Log]:
        """Stored logs that some deferred level has not passed yet."""
        low = min((min(old[r.level], ancestor) for r in self.routes if r.level != "included"), default=ancestor)
        return await self._store.logs(self.cursor.chain, low, ancestor) if low < ancestor else []

    async def _told(self, undone: Sequence[Header]) -> list[Delivered]:
        blocks = [h.hash for h in undone if h.number in self._live]
        return await self._store.delivered(self.cursor.chain, blocks) if blocks else []

    def _events(
        self, fresh: Sequence[tuple[Route, Log]], branch: int, levels: Levels, *, late: bool = False
    ) -> tuple[list[News], list[Delivered]]:
        news, records = [], []
        lost: dict[str, tuple[Route, list[Log]]] = {}
        for route, log in fresh:
            if not self._budget.take(route.room, log.time):
                lost.setdefault(route.id, (route, []))[1].append(log)
                continue
            event, record = apply_news(route, log, branch, levels, late=late)
            news.append(event)
            if log.number > self._keep_above(levels["finalized"]):
                records.append(record)
        news += [gap_news(route, branch, logs, "rate") for route, logs in lost.values()]
        return news, records

    def _confirmations(
        self, old: Levels, new: Levels, branch: int, fork: Fork | None, settled: list[Delivered], fresh: list[Delivered]
    ) -> list[News]:
        undone = {h.number for h in fork.reverted} if fork else set()
        live = {n: set(rooms) for n, rooms in self._live.items() if n not in undone}
        for record in settled:
            live.setdefault(record.log.number, set()).add((record.room, record.watch))
        ancestor = fork.ancestor.number if fork else self.tracker.head.number
        before = {name: min(height, ancestor) for name, height in old.items()}
        hashes = {h.number: h.hash for h in fork.applied} if fork else {}
        hashes |= {n: h.hash for n in new.values() if n not in hashes and (h := self.tracker.at(n)) is not None}
        return confirm_news(self.cursor.chain, branch, self.routes, live, fresh, before, new, hashes)

    def _keep_above(self, finalized: int) -> int:
        return min(finalized, self.cursor.audited) - KEEP_FINAL

    def _prune_below(self, cursor: Cursor) -> int | None:
        below = min(cursor.finalized, cursor.audited) - KEEP_FINAL
        return below if below >= self._pruned + _PRUNE_EVERY else None

    def plan_audit(self, late: Sequence[Log], upto: int, fence: int) -> Step:
        """Logs that only a second reading at finality brought to light, told late (F6)."""
        c, levels = self.cursor, self.levels()
        told = [(r, log) for log in late for r in self.routes.match(log) if r.start < log.number <= levels[r.level]]
        news, records = self._events(told, c.branch, levels, late=True)
        cursor = replace(c, audited=upto, step=c.step + 1)
        prune = self._prune_below(cursor)
        return Step(cursor, fence, (c.number, c.hash), logs=late, delivered=records, news=news, prune=prune)

    def plan_join(self, sub: Sub, logs: Sequence[Log], fence: int, cap: int) -> Step:
        """A watch that starts here, with its history: `logs` from its start up to the head."""
        c, route = self.cursor, Route(sub.room, sub.record)
        levels = self.levels({route.level, *route.confirm})
        height = levels[route.level]
        told = [log for log in logs if route.start < log.number <= height]
        over, told = told[: max(0, len(told) - cap)], told[-cap:]
        news = [gap_news(route, c.branch, over, "backfill")] if over else []
        records = []
        for log in told:
            event, record = apply_news(route, log, c.branch, levels)
            news.append(event)
            records.append(record)
        start = dict.fromkeys(levels, route.start)
        hashes = {n: h.hash for n in levels.values() if (h := self.tracker.at(n)) is not None}
        news += confirm_news(c.chain, c.branch, Routes([route]), {}, records, start, levels, hashes)
        above = self._keep_above(c.finalized)
        return Step(
            replace(c, step=c.step + 1, levels=levels), fence, (c.number, c.hash),
            logs=[log for log in logs if log.number > above],
            delivered=[r for r in records if r.log.number > above], news=news, subs=[sub],
        )  # fmt: skip

    async def plan_rewind(self, target: Header, genesis: str, fence: int) -> Step:
        """Back to `target`, whatever finality said: everything told above it is reverted. For operators."""
        c = self.cursor
        undone = self.tracker.headers(target.number, c.number)
        replaced = [h for h in self.tracker.headers(target.number - 1, target.number) if h.hash != target.hash]
        gone = await self._store.delivered(c.chain, [h.hash for h in (*undone, *replaced)])
        levels = {name: min(height, target.number) for name, height in self.levels().items()}
        cursor = replace(
            c, genesis=genesis, number=target.number, hash=target.hash, safe=min(c.safe, target.number),
            finalized=min(c.finalized, target.number), audited=min(c.audited, target.number), branch=c.branch + 1,
            step=c.step + 1, levels=levels, halted="",
        )  # fmt: skip
        news = correction_news(c.chain, cursor.branch, target, [], gone)
        fresh = [] if self.tracker.knows(target.hash) else [target]
        return Step(cursor, fence, (c.number, c.hash), [h.hash for h in (*undone, *replaced)], fresh, news=news)

    # ── taking in what was stored ────────────────────────────────────────────────────────────────────────────────

    def took(self, step: Step, fork: Fork | None = None) -> None:
        """`step` is stored: make it the state."""
        if fork is not None:
            for header in fork.reverted:
                self._live.pop(header.number, None)
            self.tracker.take(fork)
        self.cursor = step.cursor
        self.tracker.finalize(step.cursor.finalized)
        for record in (*step.settled, *step.delivered):
            self._live.setdefault(record.log.number, set()).add((record.room, record.watch))
        for number in [n for n in self._live if n <= step.cursor.finalized]:
            del self._live[number]
        if step.prune is not None:
            self._pruned = step.prune
            self.tracker.prune(step.prune)
        for sub in step.subs:
            self.routes.add(Route(sub.room, sub.record))
