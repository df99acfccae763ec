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
from typing import Any

import structlog

from parlour.core.chain.blocks import Fork, Malformed, TooDeep
from parlour.core.chain.logs import Log
from parlour.errors import Invalid, Unavailable
from parlour.runtime.chain import reader
from parlour.runtime.chain.backfill import WatchBackfill
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.endpoints import Endpoint, Endpoints
from parlour.runtime.chain.heads import HeadSubscriptions
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.node import Node, NodeError
from parlour.runtime.chain.reader import ForeignChain, RangeReader, View
from parlour.runtime.chain.store import ChainStore, Cursor, Kept, Step
from parlour.runtime.clock import Clock
from parlour.runtime.lease import renewal_s
from parlour.runtime.store import Fenced, StoreError

log = structlog.get_logger()

LEASE_MS = 15_000
_FIRST_BLOCKS, _MOST_BLOCKS, _LOGS_PER_COMMIT = 8, 50, 20_000
"""A long gap is committed in parts, of about so many logs each; the first part covers all that a reorg undoes."""
_AUDIT_BLOCKS, _AUDIT_SECONDS = 32, 2.0


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

    def took(self, fork: Fork, logs: int) -> None:
        self.blocks += len(fork.applied)
        self.logs += logs
        self.reorgs += bool(fork.reverted)
        self.reorged_blocks += len(fork.reverted)
        self.deepest = max(self.deepest, len(fork.reverted))


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
        self._on_news = on_news
        self._ledger: Ledger | None = None
        self.fence = 0
        self._leased_at = float("-inf")
        self._tags = config.finality == "tag"
        self._ranges = RangeReader(config.range_size)
        self.between_steps = asyncio.Lock()
        self._wake = asyncio.Event()
        self.heads = HeadSubscriptions(self.endpoints, clock, self.wake)
        self.joins = WatchBackfill(self, store, clock, on_join)
        self._task: asyncio.Task[None] | None = None
        self._suspects: set[int] = set()
        self._audited_at = self._moved_at = clock.monotonic()
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
            async with self.between_steps:
                return await self._step()
        except Halted as halt:
            await self._halt(str(halt))
            return renewal_s(LEASE_MS)
        except Fenced as fenced:
            self._ledger, self.state, self.reason = None, "standby", str(fenced)
            return renewal_s(LEASE_MS)
        except StoreError as error:
            self._ledger, self.reason = None, f"the store: {error}"
            return 0.5

    async def _step(self) -> float:
        await self._keep_lease()
        endpoint = self.endpoints.pick()
        began = self._clock.monotonic()
        try:
            ledger = await self._settle_in(endpoint)
            await self.joins.look(ledger)
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
        if now - self._leased_at > renewal_s(LEASE_MS):
            chain = self.config.chain_id
            fence = await self._store.acquire(chain, self._owner, LEASE_MS, self._clock.now())
            if fence != self.fence:
                self._ledger = None
            self.fence, self._leased_at = fence, now

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
        known = (self.state, self.reason) == ("halted", reason)
        self.state, self.reason, self._ledger = "halted", reason, None
        if not known:
            log.error("chain.halted", chain=self.config.chain_id, reason=reason)
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
        chain = await reader.headers_below(endpoint.node, lowest, view.head)
        cursor = Cursor(
            self.config.chain_id, genesis, view.head.number, view.head.hash,
            safe=view.safe, finalized=view.finalized, audited=view.finalized,
        )  # fmt: skip
        await self._store.commit(Step(cursor, self.fence, None, headers=chain))
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
        self.reason = ""
        await self._audit(ledger, endpoint)
        return False

    async def _follow(self, ledger: Ledger, endpoint: Endpoint, view: View) -> None:
        branch, at = await reader.walk(endpoint.node, ledger.tracker, view.head), 0
        size = max(_FIRST_BLOCKS, ledger.tracker.head.number - branch[0].number + 2)
        while at < len(branch):
            fork = ledger.tracker.fork(branch[at : at + size])
            logs = await reader.block_logs(
                endpoint.node, fork.applied, ledger.routes,
                verify=self.config.verify, trust_bloom=self.config.trust_bloom,
            )  # fmt: skip
            await self._commit(ledger, fork, logs, view)
            at += size
            size = max(1, min(_MOST_BLOCKS, size * _LOGS_PER_COMMIT // max(1, len(logs))))
        self.state = "following"

    async def _commit(self, ledger: Ledger, fork: Fork | None, logs: Sequence[Log], view: View) -> None:
        await self.write(ledger, await ledger.plan(fork, logs, view, self.fence), fork)
        self._moved_at = self._clock.monotonic()
        if fork is not None:
            self.counts.took(fork, len(logs))
        if fork is not None and fork.reverted:
            log.info("chain.reorg", chain=self.config.chain_id, depth=len(fork.reverted), head=fork.head.number)

    async def write(self, ledger: Ledger, step: Step, fork: Fork | None = None) -> None:
        """Store a step, take it in, and let the dispatcher know; raises StoreError."""
        await self._store.commit(step)
        ledger.took(step, fork)
        if step.news:
            self._on_news()

    # ── far behind ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _catch_up(self, ledger: Ledger, endpoint: Endpoint, view: View) -> None:
        """Read up to finality in ranges, each committed with its last block; that block is where following begins."""
        ancestor = await reader.shared(endpoint.node, ledger.tracker)
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

    # ── the second reading ───────────────────────────────────────────────────────────────────────────────────────

    async def _audit(self, ledger: Ledger, endpoint: Endpoint) -> None:
        """Read blocks once more when they are final, and tell late what the first reading missed (F6)."""
        c, now = ledger.cursor, self._clock.monotonic()
        due = c.finalized - c.audited >= _AUDIT_BLOCKS or now - self._audited_at >= _AUDIT_SECONDS
        if c.finalized <= c.audited or not due:
            return
        self._audited_at = now
        second = next(iter(self.endpoints.others(endpoint)), endpoint)
        try:
            late = await self._missed(ledger, second.node) if len(ledger.routes) else []
        except (NodeError, Malformed) as error:
            self.counts.rejected += 1
            self.reason = f"the second reading: {error}"
        else:
            await self._audited(ledger, c.finalized, late)

    async def _missed(self, ledger: Ledger, node: Node) -> list[Log]:
        c = ledger.cursor
        known = {(log.number, log.index) for log in await self._store.logs(c.chain, c.audited, c.finalized)}
        late: list[Log] = []
        reading = self._ranges.read(
            node, ledger.routes, c.audited + 1, c.finalized, tags=ledger.tagged, depth=self.config.depth
        )
        async for _, logs in reading:
            late += [log for log in logs if (log.number, log.index) not in known and self._ours(ledger, log)]
        return [log for log in late if any(r.start < log.number for r in ledger.routes.match(log))]

    def _ours(self, ledger: Ledger, log: Log) -> bool:
        known = ledger.tracker.at(log.number)
        if known is not None and known.hash != log.block:
            raise Malformed(f"block {log.number} is final under two hashes")
        return True

    async def _audited(self, ledger: Ledger, upto: int, late: Sequence[Log] = ()) -> None:
        await self.write(ledger, ledger.plan_audit(late, upto, self.fence))
        self.counts.late += len(late)

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
        async with self.between_steps:
            await self._own()
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
            step = await Ledger(self.config, self._store, kept, subs).plan_rewind(target, genesis, self.fence)
            await self._store.commit(step)
            self._ledger = None
        self.counts.reorgs += 1
        await self.resume()
        self._on_news()
        return kept.cursor.number - to

    async def _own(self) -> None:
        try:
            await self._keep_lease()
        except Fenced as fenced:
            raise Unavailable(f"{fenced} Ask that one.") from fenced

    def ready(self) -> Ledger:
        """The state to build on; raises Unavailable while there is none."""
        if self._ledger is None or self.state in ("halted", "standby", "disconnected", "starting"):
            raise Unavailable(f"Chain {self.config.chain_id} is {self.state}; try again later.")
        return self._ledger

    def leave(self, watch: str) -> None:
        """Route nothing more to this watch."""
        if self._ledger is not None:
            self._ledger.routes.remove(watch)

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
