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
from collections.abc import Sequence
from typing import Any

import structlog

from parlour.core.audit.record import AuditRecord
from parlour.core.chain.blocks import UNFORESEEN, Fork, Malformed, TooDeep
from parlour.core.chain.logs import Log
from parlour.core.chain.taps import Taps
from parlour.errors import Conflict, Invalid, NotOwner, Unavailable
from parlour.runtime.chain.backfill import WatchBackfill
from parlour.runtime.chain.backlogs import Backlogs
from parlour.runtime.chain.begin import Beginning
from parlour.runtime.chain.catch_up import final_chunks
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.halts import HaltCheck, Halted, Reset
from parlour.runtime.chain.lease import RENEWAL_S, ChainLease
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.outbox import ChainOutbox
from parlour.runtime.chain.progress import FollowerCounts, HeadPoll, heights_json
from parlour.runtime.chain.rewind import plan_rewind
from parlour.runtime.chain.second_reading import SecondReading, plan_second_reading
from parlour.runtime.chain.step_listener import StepListeners
from parlour.runtime.chain.store import Kept, Step
from parlour.runtime.nodes import reader
from parlour.runtime.nodes.endpoints import Endpoint, Endpoints
from parlour.runtime.nodes.heads import HeadSubscriptions
from parlour.runtime.nodes.node import Node, NodeError
from parlour.runtime.nodes.ranges import RangeReader
from parlour.runtime.nodes.reader import ChainView, ForeignChain
from parlour.runtime.store import Fenced, StoreError

log = structlog.get_logger()

_FIRST_BLOCKS, _MOST_BLOCKS, _LOGS_PER_COMMIT = 8, 50, 20_000
"""A long gap is committed in parts, of about so many logs each; the first part covers all that a reorg undoes."""
_ADOPT_S, _STORE_PAUSE_S = 2.0, 0.5
"""Seconds between reads of the watches that other processes stored; until the next step after the store failed."""


class Follower:
    """Follows one chain until `stop`.

    Args:
        nodes: its endpoints, the preferred one first.
        outbox: what hands the news to rooms.

    Attributes:
        state, reason: where it stands (module docstring), and what keeps it there.
        between_steps: held while a step runs, and by whoever must write between two steps.
        backfill: starts watches.
        listeners, taps: what is told of each step, and the logs it wants; added to before `start`, taps at any time.
    """

    def __init__(
        self,
        config: ChainConfig,
        nodes: Sequence[Node],
        context: ChainContext,
        outbox: ChainOutbox,
    ) -> None:
        self.config = config
        self.endpoints, self.counts = Endpoints(nodes, context.clock), FollowerCounts()
        self.state, self.reason = "starting", ""
        self.between_steps = asyncio.Lock()
        self.heads = HeadSubscriptions(self.endpoints, context.clock, self.wake)
        self.backfill = WatchBackfill(self, context, outbox.expect_held)
        self.listeners, self.taps = StepListeners(), Taps()
        self._store, self._clock, self._outbox = context.store, context.clock, outbox
        self._backlogs = Backlogs(config.max_backlog, config.max_outbox, outbox.waiting)
        self._start = Beginning(config, context, self.listeners, self.taps, self._backlogs)
        self._lease = ChainLease(config.chain_id, context)
        self._halt_check = HaltCheck(config.chain_id, self.endpoints, rewinds=config.rewinds)
        self._ranges = RangeReader(config.range_size)
        self._second_reading = SecondReading(config, context, self._ranges)
        self._ledger: Ledger | None = None
        self._poll, self._wake = HeadPoll(config), asyncio.Event()
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
        timed = False
        while True:
            pause, timed = await self.step(timed=timed), True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    timed = not await self._wake.wait()
            self._wake.clear()

    async def step(self, *, timed: bool = False) -> float:
        """Do one step and handle its failure; return the seconds until the next one. A `timed` one asks little."""
        try:
            async with self.between_steps:
                try:
                    return await self._step(timed)
                except Reset as reset:
                    return await self._follow_reset(reset)
        except Halted as halt:
            await self._halt(str(halt))
            return RENEWAL_S
        except Fenced as fenced:
            self._ledger, self.state, self.reason = None, "standby", str(fenced)
            return RENEWAL_S
        except StoreError as error:
            self._ledger, self.reason = None, f"the store: {error}"
            return _STORE_PAUSE_S

    async def _step(self, timed: bool) -> float:
        await self._renew_lease()
        endpoint = self.endpoints.pick()
        began = self._clock.monotonic()
        try:
            ledger = await self._load_ledger(endpoint)
            if began - self._adopted_at >= _ADOPT_S:
                self._adopted_at = began
                await self.backfill.adopt_stored(ledger)
            more = await self._follow_view(ledger, endpoint, timed)
        except (NodeError, Malformed, ForeignChain, TooDeep, *UNFORESEEN) as error:
            return await self._on_failure(endpoint, error)
        self._halt_check.clear()
        self.endpoints.end_lags()
        if self.state != "lagging":
            self.endpoints.on_success(endpoint, self._seen_head, self._clock.monotonic() - began)
        return 0.0 if more else self._poll.interval

    async def _renew_lease(self) -> None:
        self._ledger = self._ledger if await self._lease.renew() else None

    async def _on_failure(self, endpoint: Endpoint, error: Exception) -> float:
        """Count the failure and pause the endpoint; halt the chain, or call it disconnected, if no endpoint is left."""
        self.counts.rejected += isinstance(error, (Malformed, *UNFORESEEN))
        if isinstance(error, UNFORESEEN):
            self._ledger = None
            log.error("chain.odd_answer", chain=self.config.chain_id, exc_info=error)
        self.endpoints.on_failure(endpoint, error)
        if isinstance(error, ForeignChain):
            endpoint.foreign = str(error)
        if isinstance(error, TooDeep | ForeignChain):
            genesis = self._ledger.cursor.genesis if self._ledger else ""
            await self._halt_check.contradicted(endpoint, error, genesis)
        self.reason = endpoint.last_error
        if self.endpoints.healthy == 0:
            if self.state != "disconnected":
                log.warning("chain.disconnected", chain=self.config.chain_id, reason=self.reason)
            self.state = "disconnected"
        return min(self.endpoints.pause(), self._poll.interval)

    async def _follow_reset(self, reset: Reset) -> float:
        """Follow a chain that began anew, or took back final blocks, from the last shared block on."""
        kept = await self._store.load(self.config.chain_id)
        if kept is None:
            return self._poll.interval
        try:
            shared = await reader.highest_shared(reset.endpoint.node, kept.headers)
            undone = await self._rewind_to(kept, reset.endpoint, shared)
        except (NodeError, Malformed, Unavailable) as error:
            self.endpoints.on_failure(reset.endpoint, error)
            return self.endpoints.pause()
        log.warning("chain.reset", chain=self.config.chain_id, reason=str(reset), shared=shared, undone=undone)
        self._forgive()
        return 0.0

    async def _halt(self, reason: str) -> None:
        known = (self.state, self.reason) == ("halted", reason)
        self.state, self.reason, self._ledger = "halted", reason, None
        if not known:
            log.error("chain.halted", chain=self.config.chain_id, reason=reason)
            with contextlib.suppress(StoreError):
                await self._store.halt(self.config.chain_id, reason)

    async def _load_ledger(self, endpoint: Endpoint) -> Ledger:
        """Load what is stored, or begin at the head; check once per connection that the node serves this chain."""
        ledger = self._ledger
        if ledger is None:
            ledger = self._ledger = await self._start.load(endpoint, self._lease.fence)
            self._poll.note(ledger.tracker.headers(ledger.tracker.lowest - 1, ledger.cursor.number))
            self.state = "following"
        await self._start.verify(endpoint, ledger.cursor.genesis)
        return ledger

    async def _read_view(self, endpoint: Endpoint) -> ChainView:
        view = await reader.read_chain_view(endpoint.node, self._start.finality)
        self._seen_head = view.head.number
        if self._ledger is not None:
            self._ledger.tagged = bool(view.finalized_hash)
            if view.head.number > self._ledger.cursor.number:
                self.heads.check_pushed(endpoint, view.head.number)
        return view

    async def _follow_view(self, ledger: Ledger, endpoint: Endpoint, timed: bool) -> bool:
        """Follow the chain as the endpoint shows it now; return whether to step again at once."""
        tracker = ledger.tracker
        if timed and self.state == "following" and await self._poll.is_quiet(endpoint.node, tracker.head.hash):
            self._seen_head = tracker.head.number
            await self._read_again(ledger, endpoint)
            return False
        view = await self._read_view(endpoint)
        if tracker.knows(view.head.hash):
            if view.head.number < tracker.head.number:
                self.state = "lagging"
                self.endpoints.on_lag(endpoint, view.head.number)
                return bool(self.endpoints.others(endpoint))
            self.state = "following"
            if view.finalized > ledger.cursor.finalized or view.safe > ledger.cursor.safe:
                await self._commit_fork(ledger, endpoint, None, [], view)
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
            await self._commit_fork(ledger, endpoint, fork, logs, view)
            at += size
            size = max(1, min(_MOST_BLOCKS, size * _LOGS_PER_COMMIT // max(1, len(logs))))
        self.state = "following"

    async def _commit_fork(
        self, ledger: Ledger, endpoint: Endpoint, fork: Fork | None, logs: Sequence[Log], view: ChainView,
        *, whole: bool = True,
    ) -> None:  # fmt: skip
        step = await ledger.plan(fork, logs, view)
        await self._commit_told(ledger, step, endpoint, fork, whole=whole)
        self._moved_at = self._clock.monotonic()
        if fork is not None:
            self.counts.add(fork, len(logs), self._clock.now())
            self._poll.note([fork.ancestor, *fork.applied] if whole else fork.applied)
        if fork is not None and fork.reverted:
            log.info("chain.reorg", chain=self.config.chain_id, depth=len(fork.reverted), head=fork.head.number)

    async def _commit_told(
        self, ledger: Ledger, step: Step, endpoint: Endpoint, fork: Fork | None = None, *, whole: bool = True
    ) -> None:
        """Let the listeners add their rows to a step, and store it; raises as they do."""
        if not len(self.listeners):
            await self.commit(ledger, step, fork)
            return
        planned = await ledger.describe(step, endpoint.node, fork, whole=whole)
        step.news = [*step.news, *await self.listeners.plan(planned)]
        await self.commit(ledger, step, fork)
        self.listeners.committed(planned)

    async def commit(self, ledger: Ledger, step: Step, fork: Fork | None = None) -> None:
        """Store a step, apply it to the ledger, and wake the outbox; raises StoreError."""
        await self._store.commit(step)
        ledger.apply_committed(step, fork)
        if step.news:
            self._outbox.wake()

    async def _catch_up(self, ledger: Ledger, endpoint: Endpoint, view: ChainView) -> None:
        """Read up to finality in ranges, and commit each range."""
        async for chunk in final_chunks(ledger, endpoint.node, view.finalized, self._ranges, self.config.depth):
            await self._commit_fork(ledger, endpoint, chunk.fork, chunk.logs, chunk.view, whole=False)
            await self.commit(ledger, await plan_second_reading(ledger, (), chunk.view.finalized))
            await self._renew_lease()

    async def _read_again(self, ledger: Ledger, endpoint: Endpoint) -> None:
        """Read final blocks a second time and deliver late what the first reading missed."""
        if not self._second_reading.is_due(ledger.cursor):
            return
        upto = ledger.cursor.finalized
        other = next(iter(self.endpoints.others(endpoint)), endpoint)
        try:
            late = await self._second_reading.missed_logs(ledger, other.node)
        except (NodeError, Malformed) as error:
            self.counts.rejected += 1
            self.reason = f"the second reading: {error}"
            return
        step = await plan_second_reading(ledger, late, upto)
        await (self._commit_told(ledger, step, endpoint) if late else self.commit(ledger, step))
        self.counts.late += len(late)

    # ── watches and operators ────────────────────────────────────────────────────────────────────────────────────

    def ready(self) -> Ledger:
        """Return the ledger; raises Unavailable while there is none (NotOwner: another process follows it)."""
        if self._ledger is None or self.state in ("halted", "standby", "disconnected", "starting"):
            refusal = NotOwner if self.state == "standby" else Unavailable
            raise refusal(f"Chain {self.config.chain_id} is {self.state}; try again.", retry_after=int(_ADOPT_S * 1000))
        return self._ledger

    def stop_routing(self, watch: str) -> None:
        """Send no further logs to this watch."""
        if self._ledger is not None:
            self._ledger.routes.remove(watch)

    async def resume(self) -> None:
        """Try again after a halt, because the endpoints are right now."""
        await self._store.halt(self.config.chain_id, "")
        self._forgive()
        if self.state == "halted":
            self.state = "starting"
        self.wake()

    def _forgive(self) -> None:
        self._halt_check.clear()
        for endpoint in self.endpoints.all:
            endpoint.forgive()

    async def rewind(self, to: int, audit: AuditRecord | None = None) -> int:
        """Accept the endpoint's chain from block `to` on, another genesis too; return how many blocks that undoes.

        Events above it are reverted; those 256 blocks below finality can no longer be named, and stay.

        Raises:
            Invalid: `to` lies ahead, or the chain was never followed.
            Unavailable: the endpoint does not answer. Conflict: another process follows the chain.
        """
        async with self.between_steps:
            try:
                await self._renew_lease()
            except Fenced as fenced:
                raise Conflict(f"{fenced} Send the request to that one.", reason="another_process") from fenced
            kept = await self._store.load(self.config.chain_id)
            if kept is None:
                raise Invalid("This chain was never followed.")
            undone = await self._rewind_to(kept, self.endpoints.pick(), to, audit)
        await self.resume()
        return undone

    async def _rewind_to(self, kept: Kept, endpoint: Endpoint, to: int, audit: AuditRecord | None = None) -> int:
        """Store a rewind and tell everybody; return how many blocks it undoes. Raises as `rewind`."""
        ledger = await self._start.build(kept, self._lease.fence)
        rewind = await plan_rewind(self._store, ledger, endpoint.node, to, audit)
        await self._commit_told(ledger, rewind.step, endpoint, rewind.fork)
        self._ledger = None
        self.counts.reorgs += 1
        return rewind.undone

    def status(self) -> dict[str, Any]:
        """Return what operators see: heights, lag, counts, endpoints."""
        heights = heights_json(self._ledger.cursor if self._ledger else None, self._seen_head)
        still = self._clock.monotonic() - self._moved_at
        lags = heights["lagBlocks"] or self.state not in ("following", "catching-up", "standby")
        return {
            "chain": self.config.chain_id,
            "state": self.state,
            "reason": self.reason,
            **heights,
            "lagSeconds": round(still, 1) if lags else 0.0,
            "stalled": len(self._backlogs.stalled),
            "watches": len(self._ledger.routes) if self._ledger else 0,
            **self.counts.to_json(),
            "resubscribed": self.heads.resubscribed,
            "endpoints": [e.status() for e in self.endpoints.all],
        }
