"""One follower of one chain, a small state machine; the only writer of that chain.

    starting → following ⇄ lagging          lagging: the node shows an ancestor of our head; wait, undo nothing
                  ⇅                         catching-up: far behind finality, read in ranges
    catching-up · disconnected · standby    standby: another process holds the lease
                  ↓
               halted                       a fork below finality or another genesis: an operator must decide

A step looks at one pinned endpoint, walks parents by hash down to a block we know, reads the logs of the new blocks by
hash, and commits headers, logs, outbox rows and cursor in one transaction. Everything is fetched before anything is
written; any doubt drops the step. Pushed heads only wake it: a timer would too, later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import structlog

from parlour.core.blocks import Fork, Header, Malformed, TooDeep
from parlour.core.logs import Log, Route
from parlour.errors import Invalid, Unavailable
from parlour.runtime import chain_reader as reader
from parlour.runtime import history
from parlour.runtime.chain_config import ChainConfig
from parlour.runtime.chain_reader import ForeignChain, RangeReader, View
from parlour.runtime.chain_store import ChainStore, Cursor, Kept, Step, Sub
from parlour.runtime.clock import Clock
from parlour.runtime.endpoints import Endpoint, Endpoints
from parlour.runtime.heads import Heads
from parlour.runtime.ledger import Ledger
from parlour.runtime.node import Node, NodeError
from parlour.runtime.store import Fenced, StoreError

log = structlog.get_logger()

LEASE_MS = 15_000
_BLOCKS_PER_COMMIT = 50
_WALK_BY_HASH = 4
"""A gap up to this many blocks is walked by parent hash; a longer one is read by number, and linked up afterwards."""
_HEADERS_AT_ONCE = 100
_AUDIT_BLOCKS, _AUDIT_SECONDS = 32, 2.0
_SUBS_SECONDS = 2.0


class Halted(Exception):
    """The chain stands still until an operator decides; the message says why."""


@dataclass(slots=True)
class Counts:
    """What operators count."""

    blocks: int = 0
    logs: int = 0
    reorgs: int = 0
    reorged_blocks: int = 0
    deepest: int = 0
    rejected: int = 0
    late: int = 0


class Follower:
    """Follows one chain until `stop`.

    Args:
        nodes: its endpoints, the preferred one first.
        owner: names this process in the lease.
        on_news: called after a commit that wrote outbox rows.
        on_join: called before a watch is committed as `held`.
    """

    def __init__(
        self,
        config: ChainConfig,
        nodes: Sequence[Node],
        store: ChainStore,
        clock: Clock,
        *,
        owner: str = "here",
        on_news: Callable[[], None] = lambda: None,
        on_join: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config
        self.endpoints = Endpoints(nodes, clock)
        self.counts = Counts()
        self.state = "starting"
        self.reason = ""
        self._store, self._clock, self._owner = store, clock, owner
        self._on_news, self._on_join = on_news, on_join
        self._ledger: Ledger | None = None
        self._fence = 0
        self._leased_at = float("-inf")
        self._tags = config.finality == "tag"
        self._ranges = RangeReader(config.range_size)
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self.heads = Heads(self.endpoints, clock, self.wake)
        self._task: asyncio.Task[None] | None = None
        self._suspects: set[int] = set()
        self._audited_at = self._subs_at = self._moved_at = clock.monotonic()
        self._seen = -1

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"chain-{self.config.chain_id}")
        self.heads.start()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.heads.stop()
        self.state = "stopped"
        with contextlib.suppress(StoreError):
            await self._store.release(self.config.chain_id, self._owner)
        await self.endpoints.close()

    def wake(self) -> None:
        """There may be news: look now."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            pause = await self.step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()

    async def step(self) -> float:
        """One step, whatever happens in it: the seconds after which to step again unless woken."""
        try:
            async with self._lock:
                return await self._step()
        except Halted as halt:
            await self._halt(str(halt))
            return 3600.0
        except Fenced as fenced:
            self._ledger, self.state, self.reason = None, "standby", str(fenced)
            return LEASE_MS / 3000
        except StoreError as error:
            self._ledger, self.reason = None, f"the store: {error}"
            return 0.5

    async def _step(self) -> float:
        await self._keep_lease()
        endpoint = self.endpoints.pick()
        began = self._clock.monotonic()
        try:
            ledger = await self._settle_in(endpoint)
            await self._join_new()
            more = await self._look_and_follow(ledger, endpoint)
        except (NodeError, Malformed, ForeignChain, TooDeep) as error:
            return await self._trouble(endpoint, error)
        self._suspects.clear()
        self.endpoints.refresh()
        if self.state != "lagging":
            self.endpoints.worked(endpoint, self._seen, self._clock.monotonic() - began)
        return 0.0 if more else self.config.poll

    async def _keep_lease(self) -> None:
        now = self._clock.monotonic()
        if now - self._leased_at > LEASE_MS / 3000:
            chain = self.config.chain_id
            fence = await self._store.acquire(chain, self._owner, LEASE_MS, self._clock.now())
            if fence != self._fence:
                self._ledger = None
            self._fence, self._leased_at = fence, now

    async def _trouble(self, endpoint: Endpoint, error: Exception) -> float:
        self.counts.rejected += isinstance(error, Malformed)
        self.endpoints.failed(endpoint, error)
        if isinstance(error, ForeignChain):
            endpoint.foreign = str(error)
        if isinstance(error, TooDeep | ForeignChain):
            await self._suspect(endpoint, error)
        self.reason = endpoint.last_error
        if self.endpoints.healthy == 0:
            if self.state != "disconnected":
                log.warning("chain.disconnected", chain=self.config.chain_id, reason=self.reason)
            self.state = "disconnected"
        return min(self.endpoints.pause(), self.config.poll)

    async def _suspect(self, endpoint: Endpoint, error: Exception) -> None:
        """Halt only when no other endpoint tells another story: failing over may look like a deep fork."""
        self._suspects.add(id(endpoint))
        if any(id(e) not in self._suspects and e.failures < 3 for e in self.endpoints.all):
            return
        if isinstance(error, TooDeep):
            error = await self._deeper_reason(endpoint) or error
        raise Halted(str(error))

    async def _deeper_reason(self, endpoint: Endpoint) -> Exception | None:
        """A fork that deep is perhaps no fork, but another chain behind the URL (F15)."""
        try:
            await self._identify(endpoint)
        except ForeignChain as foreign:
            return foreign
        except (NodeError, Malformed):
            pass
        return None

    async def _halt(self, reason: str) -> None:
        if self.state != "halted":
            log.error("chain.halted", chain=self.config.chain_id, reason=reason)
        self.state, self.reason, self._ledger = "halted", reason, None
        with contextlib.suppress(StoreError):
            await self._store.halt(self.config.chain_id, reason)

    # ── starting ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _settle_in(self, endpoint: Endpoint) -> Ledger:
        """Load what is stored, or begin at the head; check once per connection that it is the same chain."""
        ledger = self._ledger
        if ledger is None:
            kept = await self._store.load(self.config.chain_id)
            if kept is not None and kept.cursor.halted:
                raise Halted(kept.cursor.halted)
            if kept is None:
                kept = await self._begin(endpoint)
            subs = await self._store.subs(self.config.chain_id)
            ledger = self._ledger = Ledger(self.config, self._store, kept, subs)
            self.state = "following"
        if not endpoint.verified:
            await self._identify(endpoint)
            endpoint.verified = True
        return ledger

    async def _identify(self, endpoint: Endpoint) -> str:
        genesis = self._ledger.cursor.genesis if self._ledger else ""
        return await reader.identify(endpoint.node, self.config.chain_id, genesis)

    async def _begin(self, endpoint: Endpoint) -> Kept:
        """The first start: today's head, with the headers a reorg may replace."""
        genesis = await reader.identify(endpoint.node, self.config.chain_id, "")
        view = await self._look(endpoint)
        lowest = max(view.finalized, view.head.number - self.config.max_reorg, 0)
        chain = [*await reader.headers_by_number(endpoint.node, range(lowest, view.head.number)), view.head]
        for parent, child in pairwise(chain):
            if child.parent != parent.hash:
                raise Malformed(f"block {child.number} does not follow block {parent.number}")
        cursor = Cursor(
            self.config.chain_id, genesis, view.head.number, view.head.hash,
            safe=view.safe, finalized=view.finalized, audited=view.finalized,
        )  # fmt: skip
        await self._store.commit(Step(cursor, self._fence, None, headers=chain))
        return Kept(cursor, chain, [])

    # ── following ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _look(self, endpoint: Endpoint) -> View:
        view = await reader.look(endpoint.node, tags=self._tags, depth=self.config.depth)
        self._seen = view.head.number
        if self._ledger is not None:
            self._ledger.tagged = bool(view.finalized_hash)
            if view.head.number > self._ledger.cursor.number:
                self.heads.found(endpoint, view.head.number)
        return view

    async def _look_and_follow(self, ledger: Ledger, endpoint: Endpoint) -> bool:
        """Follow what the endpoint shows now; answers whether more is to be done at once."""
        view = await self._look(endpoint)
        tracker = ledger.tracker
        if tracker.knows(view.head.hash):
            if view.head.number < tracker.head.number:
                self.state = "lagging"
                self.endpoints.lags(endpoint, view.head.number)
                return bool(self.endpoints.others(endpoint))
            self.state = "following"
            if view.finalized > ledger.cursor.finalized or view.safe > ledger.cursor.safe:
                await self._commit(ledger, None, [], view)
        elif view.finalized - tracker.head.number > self.config.catch_up:
            self.state = "catching-up"
            await self._catch_up(ledger, endpoint, view)
            return True
        else:
            await self._follow(ledger, endpoint, view)
        await self._audit(ledger, endpoint)
        return False

    async def _follow(self, ledger: Ledger, endpoint: Endpoint, view: View) -> None:
        branch = await self._walk(ledger, endpoint.node, view.head)
        for start in range(0, len(branch), _BLOCKS_PER_COMMIT):
            fork = ledger.tracker.fork(branch[start : start + _BLOCKS_PER_COMMIT])
            logs = await reader.block_logs(
                endpoint.node, fork.applied, ledger.routes,
                verify=self.config.verify, trust_bloom=self.config.trust_bloom,
            )  # fmt: skip
            await self._commit(ledger, fork, logs, view)
        self.state, self.reason = "following", ""

    async def _walk(self, ledger: Ledger, node: Node, head: Header) -> list[Header]:
        """Headers from the first unknown one up to `head`, found through parent hashes (F10).

        Those read by number are linked only if nothing changed meanwhile: `BlockTracker.fork` checks.
        """
        tracker, down = ledger.tracker, [head]
        while not tracker.knows(down[-1].parent):
            number = down[-1].number - 1
            if number < tracker.floor or number < 0:
                raise TooDeep(
                    f"Block {head.number} {head.hash} does not come from our chain: no shared block down to {number}, "
                    f"and {tracker.floor} counts as final."
                )
            if number - tracker.head.number > _WALK_BY_HASH:
                lowest = max(tracker.head.number + 1, number - _HEADERS_AT_ONCE + 1)
                down += reversed(await reader.headers_by_number(node, range(lowest, number + 1)))
            else:
                down.append(await reader.header_by_hash(node, down[-1].parent))
        return down[::-1]

    async def _commit(self, ledger: Ledger, fork: Fork | None, logs: Sequence[Log], view: View) -> None:
        step = await ledger.plan(fork, logs, view, self._fence)
        await self._store.commit(step)
        ledger.took(step, fork)
        self._moved_at = self._clock.monotonic()
        if fork is not None:
            self.counts.blocks += len(fork.applied)
            self.counts.logs += len(logs)
            self.counts.reorgs += bool(fork.reverted)
            self.counts.reorged_blocks += len(fork.reverted)
            self.counts.deepest = max(self.counts.deepest, len(fork.reverted))
        if fork is not None and fork.reverted:
            log.info("chain.reorg", chain=self.config.chain_id, depth=len(fork.reverted), head=fork.head.number)
        if step.news:
            self._on_news()

    # ── far behind ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _catch_up(self, ledger: Ledger, endpoint: Endpoint, view: View) -> None:
        """Read up to finality in ranges, each committed with its last block; that block is where following begins."""
        ancestor = await self._shared(ledger, endpoint.node)
        chunks = self._ranges.read(
            endpoint.node, ledger.routes, ancestor.number + 1, view.finalized,
            tags=ledger.tagged, depth=self.config.depth,
        )  # fmt: skip
        async for end, logs in chunks:
            last = (await reader.headers_by_number(endpoint.node, [end]))[0]
            undone = tuple(reversed(ledger.tracker.headers(ancestor.number, ledger.tracker.head.number)))
            await self._commit(ledger, Fork(ancestor, undone, (last,)), logs, View(last, end, end))
            await self._audited(ledger, end)
            await self._keep_lease()
            ancestor = last

    async def _shared(self, ledger: Ledger, node: Node) -> Header:
        """The highest of our blocks that the node also has."""
        tracker = ledger.tracker
        ours = tracker.headers(tracker.floor - 1, tracker.head.number)[::-1]
        for start in range(0, len(ours), _HEADERS_AT_ONCE):
            some = ours[start : start + _HEADERS_AT_ONCE]
            theirs = await reader.headers_by_number(node, [h.number for h in some])
            for mine, other in zip(some, theirs, strict=True):
                if mine.hash == other.hash:
                    return mine
        raise TooDeep(f"The node shares none of our blocks from {tracker.floor} to {tracker.head.number}.")

    # ── the second reading ───────────────────────────────────────────────────────────────────────────────────────

    async def _audit(self, ledger: Ledger, endpoint: Endpoint) -> None:
        """Read blocks once more when they are final, and tell late what the first reading missed (F6)."""
        c, now = ledger.cursor, self._clock.monotonic()
        due = c.finalized - c.audited >= _AUDIT_BLOCKS or now - self._audited_at >= _AUDIT_SECONDS
        if c.finalized <= c.audited or not due:
            return None
        self._audited_at = now
        if not len(ledger.routes):
            return await self._audited(ledger, c.finalized)
        second = next(iter(self.endpoints.others(endpoint)), endpoint)
        known = {(log.number, log.index) for log in await self._store.logs(c.chain, c.audited, c.finalized)}
        first, late = c.audited + 1, list[Log]()
        reading = self._ranges.read(
            second.node, ledger.routes, first, c.finalized, tags=ledger.tagged, depth=self.config.depth
        )
        async for _, logs in reading:
            late += [log for log in logs if (log.number, log.index) not in known and self._ours(ledger, log)]
        late = [log for log in late if any(r.start < log.number for r in ledger.routes.match(log))]
        return await self._audited(ledger, c.finalized, late)

    def _ours(self, ledger: Ledger, log: Log) -> bool:
        known = ledger.tracker.at(log.number)
        if known is not None and known.hash != log.block:
            raise Malformed(f"block {log.number} is final under two hashes")
        return True

    async def _audited(self, ledger: Ledger, upto: int, late: Sequence[Log] = ()) -> None:
        step = ledger.plan_audit(late, upto, self._fence)
        await self._store.commit(step)
        ledger.took(step)
        self.counts.late += len(late)
        if step.news:
            self._on_news()

    # ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────

    def ready(self) -> Ledger:
        """The state to build on; raises Unavailable while there is none."""
        if self._ledger is None or self.state in ("halted", "standby", "disconnected", "starting"):
            raise Unavailable(f"Chain {self.config.chain_id} is {self.state}; try again later.")
        return self._ledger

    async def join(self, sub: Sub, from_block: int | None) -> Sub:
        """Start a watch, its history included; commits it as `held`.

        Args:
            sub: its record lacks `from` still.
            from_block: the first block that counts; None: the one after the head.

        Returns:
            The sub with `record.from`, the anchor: the block its events come after.

        Raises:
            Invalid: `from_block` lies in the future or too far back.
            Unavailable: the chain cannot be read now.
        """
        ledger = self.ready()
        if from_block is not None:
            history.check_start(self.config, ledger.tracker.head.number, from_block)
        node = self.endpoints.pick().node
        try:
            anchor = None if from_block is None else await history.block_before(node, from_block)
            done = ledger.cursor.finalized
            logs = [] if anchor is None else await self._final_logs(ledger, node, history.anchored(sub, anchor), done)
            async with self._lock:
                ledger = self.ready()
                route = history.anchored(sub, anchor or ledger.tracker.head)
                await self._join(ledger, node, sub, route, logs, done)
        except (NodeError, Malformed, StoreError) as error:
            raise Unavailable(f"Chain {self.config.chain_id} could not be read: {error}.") from error
        return sub

    async def _final_logs(self, ledger: Ledger, node: Node, route: Route, upto: int) -> list[Log]:
        if route.start >= upto:
            return []
        return await history.final_logs(self.config, ledger, node, route, route.start, upto)

    async def _join(self, ledger: Ledger, node: Node, sub: Sub, route: Route, logs: Sequence[Log], done: int) -> None:
        """Between two steps: what the final part of the history (up to `done`) left, and the watch itself."""
        recent = await history.recent_logs(self.config, ledger, node, route, done)
        self._on_join()
        step = ledger.plan_join(sub, [*logs, *recent], self._fence, self.config.max_backfill_events)
        await self._store.commit(step)
        ledger.took(step)
        if step.news:
            self._on_news()

    async def _join_new(self) -> None:
        """Take in watches that another process wrote down, and forget those it removed (every 2 s)."""
        now = self._clock.monotonic()
        if self._ledger is None or now - self._subs_at < _SUBS_SECONDS:
            return
        self._subs_at = now
        ledger = self._ledger
        stored = {sub.id: sub for sub in await self._store.subs(self.config.chain_id)}
        for route in [r for r in ledger.routes if r.id not in stored]:
            ledger.routes.remove(route.id)
        for sub in stored.values():
            if sub.state == "new":
                await self._adopt(ledger, sub)

    async def _adopt(self, ledger: Ledger, sub: Sub) -> None:
        node, route, done = self.endpoints.pick().node, Route(sub.room, sub.record), ledger.cursor.finalized
        logs = await self._final_logs(ledger, node, route, done)
        sub.state = "held"
        await self._join(ledger, node, sub, route, logs, done)

    def leave(self, watch: str) -> None:
        """Route nothing more to this watch."""
        if self._ledger is not None:
            self._ledger.routes.remove(watch)

    # ── operators ────────────────────────────────────────────────────────────────────────────────────────────────

    async def resume(self) -> None:
        """Try again after a halt: the endpoints were wrong, and are right now."""
        await self._store.halt(self.config.chain_id, "")
        self._suspects.clear()
        for endpoint in self.endpoints.all:
            endpoint.foreign, endpoint.failures, endpoint.pause_until = "", 0, 0.0
        if self.state == "halted":
            self.state = "starting"
        self.wake()

    async def rewind(self, to: int) -> int:
        """Accept the endpoint's chain from block `to` on, another genesis too; what was told above it is reverted.

        Events older than the headers still stored (256 blocks below finality) can no longer be named, and stay.

        Returns:
            Blocks undone.

        Raises:
            Invalid: `to` lies ahead, or the chain was never followed.
            Unavailable: the endpoint does not answer.
        """
        async with self._lock:
            await self._keep_lease()
            kept = await self._store.load(self.config.chain_id)
            if kept is None:
                raise Invalid("This chain was never followed.")
            if not 0 <= to <= kept.cursor.number:
                raise Invalid(f"The follower stands at block {kept.cursor.number}; rewind to one from 0 to there.")
            node = self.endpoints.pick().node
            try:
                genesis = await reader.identify(node, self.config.chain_id, "")
                target = (await reader.headers_by_number(node, [to]))[0]
            except (NodeError, Malformed, ForeignChain) as error:
                raise Unavailable(f"Chain {self.config.chain_id} could not be read: {error}.") from error
            subs = await self._store.subs(self.config.chain_id)
            step = await Ledger(self.config, self._store, kept, subs).plan_rewind(target, genesis, self._fence)
            await self._store.commit(step)
            self._ledger = None
        self.counts.reorgs += 1
        await self.resume()
        self._on_news()
        return kept.cursor.number - to

    def status(self) -> dict[str, Any]:
        """What operators see (issue: head, processed, finalized, lag, reorgs, endpoints)."""
        cursor = self._ledger.cursor if self._ledger else None
        processed = cursor.number if cursor else None
        still = self._clock.monotonic() - self._moved_at
        behind = max(0, self._seen - processed) if processed is not None else None
        return {
            "chain": self.config.chain_id,
            "state": self.state,
            "reason": self.reason,
            "head": self._seen if self._seen >= 0 else None,
            "processed": processed,
            "hash": cursor.hash if cursor else None,
            "safe": cursor.safe if cursor else None,
            "finalized": cursor.finalized if cursor else None,
            "audited": cursor.audited if cursor else None,
            "branch": cursor.branch if cursor else None,
            "lagBlocks": behind,
            "lagSeconds": round(still, 1) if behind or self.state not in ("following", "catching-up") else 0.0,
            "watches": len(self._ledger.routes) if self._ledger else 0,
            "reorgs": self.counts.reorgs,
            "reorgedBlocks": self.counts.reorged_blocks,
            "deepestReorg": self.counts.deepest,
            "blocks": self.counts.blocks,
            "logs": self.counts.logs,
            "lateLogs": self.counts.late,
            "rejectedAnswers": self.counts.rejected,
            "resubscribed": self.heads.resubscribed,
            "endpoints": [e.status() for e in self.endpoints.all],
        }
