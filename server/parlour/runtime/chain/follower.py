"""Follows one chain: a small state machine, and the only writer of what is stored of that chain.

    starting → following ⇄ lagging          lagging: the node shows an ancestor of our head; wait, undo nothing
                  ⇅                         catching-up: far behind finality, read in ranges
    catching-up · disconnected · standby    standby: another process holds the lease
                  ↓
               halted                       a fork below finality or another genesis: an operator must decide

A step reads the view of one pinned endpoint, walks parents by hash down to a block we know, reads the logs of the new
blocks by hash, and commits headers, logs, outbox rows and cursor in one transaction. Everything is read before anything
is written; any doubt drops the step. Pushed heads only wake it: a timer would too, later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from parlour.core.chain.blocks import Fork, Malformed, TooDeep
from parlour.core.chain.logs import Log
from parlour.errors import Conflict, Unavailable
from parlour.runtime.chain import reader
from parlour.runtime.chain.backfill import WatchBackfill
from parlour.runtime.chain.begin import read_beginning
from parlour.runtime.chain.catch_up import final_chunks
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.endpoints import Endpoint, Endpoints
from parlour.runtime.chain.halts import HaltCheck, Halted
from parlour.runtime.chain.heads import HeadSubscriptions
from parlour.runtime.chain.lease import RENEWAL_S, ChainLease
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.node import Node, NodeError
from parlour.runtime.chain.progress import FollowerCounts, heights_json
from parlour.runtime.chain.ranges import RangeReader
from parlour.runtime.chain.reader import ChainView, Finality, ForeignChain
from parlour.runtime.chain.rewind import plan_rewind
from parlour.runtime.chain.second_reading import SecondReading, plan_second_reading
from parlour.runtime.chain.store import Step
from parlour.runtime.store import Fenced, StoreError

log = structlog.get_logger()

_FIRST_BLOCKS, _MOST_BLOCKS, _LOGS_PER_COMMIT = 8, 50, 20_000
"""A long gap is committed in parts, of about so many logs each; the first part covers all that a reorg undoes."""
_ADOPT_S = 2.0
"""Seconds between reads of the watches that other processes stored."""
_RETRY_MS = 2000
"""Until a chain that has just started or lost its endpoint may answer; one that halted waits for its operator."""
_STORE_PAUSE_S = 0.5
"""Seconds until the next step after the store failed."""


class Follower:
    """Follows one chain until `stop`.

    Args:
        nodes: its endpoints, the preferred one first.
        on_news: called after a commit that wrote outbox rows.
        on_held: called before a watch is committed as `held`.

    Attributes:
        state, reason: where it stands (module docstring), and what keeps it there.
        between_steps: held while a step runs, and by whoever must write between two steps.
        backfill: starts watches.
    """

    def __init__(
        self,
        config: ChainConfig,
        nodes: Sequence[Node],
        context: ChainContext,
        on_news: Callable[[], None] = lambda: None,
        on_held: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config
        self.endpoints = Endpoints(nodes, context.clock)
        self.counts = FollowerCounts()
        self.state, self.reason = "starting", ""
        self.between_steps = asyncio.Lock()
        self.heads = HeadSubscriptions(self.endpoints, context.clock, self.wake)
        self.backfill = WatchBackfill(self, context, on_held)
        self._store, self._clock, self._on_news = context.store, context.clock, on_news
        self._lease = ChainLease(config.chain_id, context)
        self._halt_check = HaltCheck(config.chain_id, self.endpoints)
        self._finality = Finality(config.finality == "tag", config.depth)
        self._ranges = RangeReader(config.range_size)
        self._second_reading = SecondReading(config, context, self._ranges)
        self._ledger: Ledger | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._seen_head = -1
        self._moved_at = self._adopted_at = context.clock.monotonic()

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin to step: at every wake-up and at every poll, until `stop`."""
        self._task = asyncio.create_task(self._run(), name=f"chain-{self.config.chain_id}")
        self.heads.start()

    async def stop(self) -> None:
        """End the task, give the lease back and close the endpoints."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.heads.stop()
        self.state = "stopped"
        await self._lease.release()
        await self.endpoints.close()

    def wake(self) -> None:
        """Step now, because there may be a new head."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            pause = await self.step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()

    async def step(self) -> float:
        """Do one step and handle its failure; return the seconds until the next step, unless woken before."""
        try:
            async with self.between_steps:
                return await self._step()
        except Halted as halt:
            await self._halt(str(halt))
            return RENEWAL_S
        except Fenced as fenced:
            self._ledger, self.state, self.reason = None, "standby", str(fenced)
            return RENEWAL_S
        except StoreError as error:
            self._ledger, self.reason = None, f"the store: {error}"
            return _STORE_PAUSE_S

    async def _step(self) -> float:
        await self._renew_lease()
        endpoint = self.endpoints.pick()
        began = self._clock.monotonic()
        try:
            ledger = await self._load_ledger(endpoint)
            if began - self._adopted_at >= _ADOPT_S:
                self._adopted_at = began
                await self.backfill.adopt_stored(ledger)
            more = await self._follow_view(ledger, endpoint)
        except (NodeError, Malformed, ForeignChain, TooDeep) as error:
            return await self._on_failure(endpoint, error)
        self._halt_check.clear()
        self.endpoints.end_lags()
        if self.state != "lagging":
            self.endpoints.on_success(endpoint, self._seen_head, self._clock.monotonic() - began)
        return 0.0 if more else self.config.poll

    async def _renew_lease(self) -> None:
        if not await self._lease.renew():
            self._ledger = None

    # ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _on_failure(self, endpoint: Endpoint, error: Exception) -> float:
        """Count the failure and pause the endpoint; halt the chain, or call it disconnected, if no endpoint is left."""
        self.counts.rejected += isinstance(error, Malformed)
        self.endpoints.on_failure(endpoint, error)
        if isinstance(error, ForeignChain):
            endpoint.foreign = str(error)
        if isinstance(error, TooDeep | ForeignChain):
            await self._halt_check.contradicted(endpoint, error, self._genesis())
        self.reason = endpoint.last_error
        if self.endpoints.healthy == 0:
            if self.state != "disconnected":
                log.warning("chain.disconnected", chain=self.config.chain_id, reason=self.reason)
            self.state = "disconnected"
        return min(self.endpoints.pause(), self.config.poll)

    async def _halt(self, reason: str) -> None:
        known = (self.state, self.reason) == ("halted", reason)
        self.state, self.reason, self._ledger = "halted", reason, None
        if not known:
            log.error("chain.halted", chain=self.config.chain_id, reason=reason)
            with contextlib.suppress(StoreError):
                await self._store.halt(self.config.chain_id, reason)

    # ── starting ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _load_ledger(self, endpoint: Endpoint) -> Ledger:
        """Load what is stored, or begin at the head; check once per connection that the node serves this chain."""
        ledger = self._ledger
        if ledger is None:
            kept = await self._store.load(self.config.chain_id)
            if kept is not None and kept.cursor.halted:
                raise Halted(kept.cursor.halted)
            if kept is None:
                kept = await read_beginning(self.config, endpoint.node, self._finality)
                await self._store.commit(Step(kept.cursor, self._lease.fence, None, headers=kept.headers))
            subs = await self._store.subs(self.config.chain_id)
            ledger = self._ledger = Ledger(self.config, self._store, kept, subs, self._lease.fence)
            self.state = "following"
        if not endpoint.verified:
            await reader.identify(endpoint.node, self.config.chain_id, self._genesis())
            endpoint.verified = True
        return ledger

    def _genesis(self) -> str:
        return self._ledger.cursor.genesis if self._ledger else ""

    # ── following ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _read_view(self, endpoint: Endpoint) -> ChainView:
        view = await reader.read_chain_view(endpoint.node, self._finality)
        self._seen_head = view.head.number
        if self._ledger is not None:
            self._ledger.tagged = bool(view.finalized_hash)
            if view.head.number > self._ledger.cursor.number:
                self.heads.check_pushed(endpoint, view.head.number)
        return view

    async def _follow_view(self, ledger: Ledger, endpoint: Endpoint) -> bool:
        """Follow the chain as the endpoint shows it now; return whether to step again at once."""
        view = await self._read_view(endpoint)
        tracker = ledger.tracker
        if tracker.knows(view.head.hash):
            if view.head.number < tracker.head.number:
                self.state = "lagging"
                self.endpoints.on_lag(endpoint, view.head.number)
                return bool(self.endpoints.others(endpoint))
            self.state = "following"
            if view.finalized > ledger.cursor.finalized or view.safe > ledger.cursor.safe:
                await self._commit_fork(ledger, None, [], view)
        elif view.finalized - tracker.head.number > self.config.catch_up:
            self.state = "catching-up"
            await self._catch_up(ledger, endpoint, view)
            return True
        else:
            await self._follow_branch(ledger, endpoint, view)
        self.reason = ""
        await self._read_again(ledger, endpoint)
        return False

    async def _follow_branch(self, ledger: Ledger, endpoint: Endpoint, view: ChainView) -> None:
        branch, at = await reader.walk(endpoint.node, ledger.tracker, view.head), 0
        size = max(_FIRST_BLOCKS, ledger.tracker.head.number - branch[0].number + 2)
        while at < len(branch):
            fork = ledger.tracker.fork(branch[at : at + size])
            logs = await reader.block_logs(
                endpoint.node, fork.applied, ledger.routes,
                verify=self.config.verify, trust_bloom=self.config.trust_bloom,
            )  # fmt: skip
            await self._commit_fork(ledger, fork, logs, view)
            at += size
            size = max(1, min(_MOST_BLOCKS, size * _LOGS_PER_COMMIT // max(1, len(logs))))
        self.state = "following"

    async def _commit_fork(self, ledger: Ledger, fork: Fork | None, logs: Sequence[Log], view: ChainView) -> None:
        await self.commit(ledger, await ledger.plan(fork, logs, view), fork)
        self._moved_at = self._clock.monotonic()
        if fork is not None:
            self.counts.add(fork, len(logs))
        if fork is not None and fork.reverted:
            log.info("chain.reorg", chain=self.config.chain_id, depth=len(fork.reverted), head=fork.head.number)

    async def commit(self, ledger: Ledger, step: Step, fork: Fork | None = None) -> None:
        """Store a step, apply it to the ledger, and wake the outbox; raises StoreError."""
        await self._store.commit(step)
        ledger.apply_committed(step, fork)
        if step.news:
            self._on_news()

    async def _catch_up(self, ledger: Ledger, endpoint: Endpoint, view: ChainView) -> None:
        """Read up to finality in ranges, and commit each range."""
        async for chunk in final_chunks(ledger, endpoint.node, view.finalized, self._ranges, self.config.depth):
            await self._commit_fork(ledger, chunk.fork, chunk.logs, chunk.view)
            await self.commit(ledger, plan_second_reading(ledger, (), chunk.view.finalized))
            await self._renew_lease()

    async def _read_again(self, ledger: Ledger, endpoint: Endpoint) -> None:
        """Read final blocks a second time and deliver late what the first reading missed."""
        if not self._second_reading.is_due(ledger.cursor):
            return
        upto = ledger.cursor.finalized
        node = next(iter(self.endpoints.others(endpoint)), endpoint).node
        try:
            late = await self._second_reading.missed_logs(ledger, node)
        except (NodeError, Malformed) as error:
            self.counts.rejected += 1
            self.reason = f"the second reading: {error}"
            return
        await self.commit(ledger, plan_second_reading(ledger, late, upto))
        self.counts.late += len(late)

    # ── watches and operators ────────────────────────────────────────────────────────────────────────────────────

    def ready(self) -> Ledger:
        """Return the ledger; raises Unavailable while there is none."""
        if self._ledger is None or self.state in ("halted", "standby", "disconnected", "starting"):
            raise Unavailable(
                f"Chain {self.config.chain_id} is {self.state}; try again later.", retry_after=int(_ADOPT_S * 1000)
            )
        return self._ledger

    def stop_routing(self, watch: str) -> None:
        """Send no further logs to this watch."""
        if self._ledger is not None:
            self._ledger.routes.remove(watch)

    async def resume(self) -> None:
        """Try again after a halt, because the endpoints are right now."""
        await self._store.halt(self.config.chain_id, "")
        self._halt_check.clear()
        for endpoint in self.endpoints.all:
            endpoint.forgive()
        if self.state == "halted":
            self.state = "starting"
        self.wake()

    async def rewind(self, to: int) -> int:
        """Accept the endpoint's chain from block `to` on, another genesis too; events above it are reverted.

        Events older than the headers still stored (256 blocks below finality) can no longer be named, and stay.

        Returns:
            Blocks undone.

        Raises:
            Invalid: `to` lies ahead, or the chain was never followed.
            Unavailable: the endpoint does not answer. Conflict: another process follows the chain.
        """
        async with self.between_steps:
            try:
                await self._renew_lease()
            except Fenced as fenced:
                raise Conflict(f"{fenced} Send the request to that one.", reason="another_process") from fenced
            node = self.endpoints.pick().node
            rewind = await plan_rewind(self.config, self._store, node, self._lease.fence, to)
            await self._store.commit(rewind.step)
            self._ledger = None
        self.counts.reorgs += 1
        await self.resume()
        self._on_news()
        return rewind.undone

    def status(self) -> dict[str, Any]:
        """Return what operators see: heights, lag, counts, endpoints."""
        cursor = self._ledger.cursor if self._ledger else None
        still = self._clock.monotonic() - self._moved_at
        heights = heights_json(cursor, self._seen_head)
        lags = heights["lagBlocks"] or self.state not in ("following", "catching-up")
        return {
            "chain": self.config.chain_id,
            "state": self.state,
            "reason": self.reason,
            **heights,
            "lagSeconds": round(still, 1) if lags else 0.0,
            "watches": len(self._ledger.routes) if self._ledger else 0,
            **self.counts.to_json(),
            "resubscribed": self.heads.resubscribed,
            "endpoints": [e.status() for e in self.endpoints.all],
        }
