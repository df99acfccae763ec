"""Opens, runs and ends the parts of a server. How requests reach them is left to whoever runs it."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import structlog
from aiohttp import web

from parlour.adapters.chain.node_rpc import connect
from parlour.adapters.http.access_log import ACCESS, AccessLog
from parlour.adapters.http.dev import DevFacts
from parlour.adapters.http.runner import Runner
from parlour.adapters.sql import migrations
from parlour.adapters.sql.rooms import open_store
from parlour.adapters.upkeep.retention import DAY_MS, Policy, keep_blocks, sweep
from parlour.runtime import foreign_changes
from parlour.runtime.audit.sealer import Sealer
from parlour.runtime.chain.chains import Connect
from parlour.runtime.commit_pace import CommitPace
from parlour.runtime.matchmaking import matchmaker
from parlour.runtime.store import StoreError
from parlour.settings import Settings
from parlour.wiring.process import Place
from parlour.wiring.server import Parts, build_server

log = structlog.get_logger()

KEEPALIVE_SECONDS = 75.0
"""An HTTP connection that asks nothing more is closed after this; aiohttp alone would hold it for an hour."""
CLOCK_SECONDS = 1.0
"""Seconds between two looks at the machine's clock; for so long wallets may be told `not_yet_valid` after a sleep."""
STATUS_SECONDS = 5.0
"""Between two looks at who is idle and who left: what people see of others may be so late."""
RETENTION_SECONDS = 3600.0
"""Between two sweeps of old entries."""
RECONNECT_SPREAD_MS = (200, 2000)
"""Each client is told a delay of its own at the shutdown, so that they do not come back all at once."""
COMING_BACK_MS = 2
"""Where other nodes run, a client's coming back takes one of them about so long: fewer clients wait less."""
CLOSING_SECONDS = 0.05
"""What clients are told at the shutdown has this long to leave the sockets."""


class Running:
    """The parts of one server: `await Running.open(…)`, `start()`, `drain()`, `close()`.

    Attributes:
        parts: what it is made of.
        http: answers its HTTP requests; set up by `start`.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.http = http_runner(parts.pages.app, parts.settings, shutdown_timeout=1.0)
        self._chores: list[asyncio.Task[None]] = []
        self._draining: asyncio.Task[None] | None = None
        self._spread_ms = RECONNECT_SPREAD_MS
        parts.nodes.membership.on_drain = parts.nodes.membership.on_replaced = self.begin_drain

    @classmethod
    async def open(
        cls,
        settings: Settings,
        place: Place,
        dev: DevFacts | None = None,
        chain_client: Connect | None = None,
        *,
        pages: bool = True,
    ) -> Running:
        """Migrate the database and build all parts.

        Args:
            place: where clients reach it.
            dev: what `parlour dev` offers to play with.
            chain_client: makes the client of a chain endpoint's URL; JSON-RPC by default.
            pages: whether it serves the demo, the console and the SDK's files.

        Raises:
            MigrationError, NameTaken, StoreError, SettingsError, OSError: with a sentence for the operator.
        """
        await migrations.upgrade(settings.database_url)
        pace = CommitPace(settings.commit, settings.commit_loop_ms)
        store = await open_store(settings.database_url, pace=pace)
        try:
            running = cls(await build_server(settings, store, dev, place, chain_client or connect, pages=pages))
            try:
                await running.parts.nodes.membership.join()
            except BaseException:
                await running.parts.nodes.membership.leave()
                raise
        except BaseException:
            await store.close()
            raise
        return running

    async def start(self) -> None:
        """Start the periodic tasks and the chain followers."""
        parts = self.parts
        await self.http.setup()
        parts.rooms.registry.start()
        parts.rooms.registry.context.on_nodes_changed.append(parts.nodes.jobs.look)
        loop, jobs = asyncio.get_running_loop(), parts.nodes.jobs
        parts.nodes.membership.start()
        retains = parts.settings.retain_days or parts.settings.chain_room_blocks
        if parts.sockets.cluster is not None:
            parts.sockets.cluster.start()
        self._chores = [
            loop.create_task(foreign_changes.follow(_looks(parts), parts.process.clock)),
            loop.create_task(parts.tuning.figures.run()),
            loop.create_task(jobs.run("audit", Sealer(parts.identity.trail, parts.process.clock).run)),
            loop.create_task(parts.chain.silence.run()),
            loop.create_task(_follow_wall_clock(parts)),
            loop.create_task(jobs.run("files", parts.files.sweeper.run)),
            loop.create_task(parts.files.sweeper.follow_calls()),
            loop.create_task(parts.indexers.messages.follow()),
            loop.create_task(jobs.run("search", parts.indexers.messages.keep_up)),
            loop.create_task(parts.indexers.documents.follow()),
            loop.create_task(jobs.run("documents", parts.indexers.documents.keep_up)),
            loop.create_task(parts.inbox.spreader.run()),
            *(
                [loop.create_task(jobs.run("push", parts.pushing.pusher.run))]
                if parts.pushing.pusher is not None
                else []
            ),
            loop.create_task(jobs.run("notices", partial(_forget_notices, parts))),
            loop.create_task(_follow_statuses(parts)),
            loop.create_task(jobs.run(matchmaker.JOB, parts.sockets.matchmaker.run, matchmaker.LEASE_MS)),
            *([loop.create_task(jobs.run("retention", partial(_retain, parts)))] if retains else []),
        ]
        await parts.chain.chains.start()
        parts.chain.gates.start()
        parts.chain.tracking.start()
        parts.webhooking.webhooks.start()
        parts.process.loop_watch.start()

    def refuse(self) -> None:
        """Refuse new connections."""
        engine = self.parts.sockets.engine
        connections = sum(engine.connections.values())
        log.info("server.draining", connections=connections)
        cluster = self.parts.sockets.cluster
        self._spread_ms = reconnect_spread_ms(connections, 0 if cluster is None else cluster.peers.takers())
        engine.refuse(retry_after=self._spread_ms[1])

    def begin_drain(self) -> None:
        """Hand the rooms over in the background: an operator asked, or another process took the name."""
        if self._draining is None:
            self.refuse()
            self._draining = asyncio.get_running_loop().create_task(self._drain(), name="drain")

    async def drain(self) -> None:
        """Commit every mailbox, give every lease back, and tell every client when to reconnect; once."""
        if self._draining is None:
            self._draining = asyncio.get_running_loop().create_task(self._drain(), name="drain")
        await self._draining

    async def _drain(self) -> None:
        parts = self.parts
        parts.nodes.state = "draining"
        if parts.sockets.cluster is not None:
            parts.sockets.cluster.drain()
        if parts.settler is not None:
            await parts.settler.stop()
        await parts.webhooking.webhooks.stop()
        await parts.operating.eraser.stop()
        await parts.chain.gates.stop()
        await parts.chain.tracking.stop()
        await parts.chain.pending.stop()
        await parts.chain.chains.stop()
        try:
            async with asyncio.timeout(parts.settings.drain_seconds / 2):
                await parts.rooms.registry.drain()
        except TimeoutError:
            log.warning("server.drain_timed_out")
        parts.sockets.gateway.say_closing("draining", lambda: random.randint(*self._spread_ms))
        await asyncio.sleep(CLOSING_SECONDS)
        for chore in self._chores:
            chore.cancel()
        if self._chores:
            await asyncio.wait(self._chores, timeout=parts.settings.drain_seconds / 4)
        if parts.sockets.cluster is not None:  # last: at its goodbye other nodes look for the leases given back
            await parts.sockets.cluster.close()
        parts.nodes.state = "drained"

    async def close(self) -> None:
        """End every connection and close the database."""
        parts = self.parts
        await self.http.cleanup()
        parts.rooms.lobby.close()
        parts.process.loop_watch.stop()
        await parts.webhooking.poster.close()
        if parts.sockets.judge is not None:
            await parts.sockets.judge.close()
        if parts.pushing.posts is not None:
            await parts.pushing.posts.close()
        await parts.files.store.close()
        await parts.nodes.peers.close()
        if parts.process.tracing is not None:
            await asyncio.to_thread(parts.process.tracing.close)
        await parts.nodes.membership.leave()
        await parts.process.store.close()


def reconnect_spread_ms(connections: int, takers: int) -> tuple[int, int]:
    """Return the shortest and the longest delay of clients that are told to connect again.

    Args:
        takers: how many other nodes may take them.
    """
    shortest, longest = RECONNECT_SPREAD_MS
    if takers == 0:  # they come back to this one, once it has started anew
        return shortest, longest
    return 0, min(longest, max(shortest, connections * COMING_BACK_MS // takers))


def http_runner(app: web.Application, settings: Settings, shutdown_timeout: float = 60.0) -> web.AppRunner:
    """Make what runs an application, with the access log that the settings ask for."""
    return Runner(
        app,
        shutdown_timeout=shutdown_timeout,
        access_log=ACCESS if settings.access_log else None,
        access_log_class=AccessLog,
        keepalive_timeout=KEEPALIVE_SECONDS,
        auto_decompress=False,
    )


def _looks(parts: Parts) -> dict[str, foreign_changes.Look]:
    """Return what reads the changes that other processes make."""
    return {
        "sessions": parts.identity.sign_in.look,
        "roles": parts.identity.roles.read,
        "settings": parts.tuning.settings.read,
        "sanctions": parts.identity.sanctions.read_changes,
        "erasures": parts.operating.eraser.look,
        "webhooks": parts.webhooking.webhooks.take,
    }


async def _retain(parts: Parts) -> None:
    """Remove the oldest entries once an hour."""
    settings, process = parts.settings, parts.process
    policy = Policy(int(settings.retain_days * DAY_MS), settings.retain_entries)
    while True:
        try:
            removed = await sweep(process.store, policy, process.clock.now()) if settings.retain_days else 0
            if settings.chain_room_blocks:
                removed += await keep_blocks(process.store, settings.chain_room_blocks, process.clock.now())
            log.info("retention.swept", entries=removed)
        except StoreError as error:
            log.warning("retention.failed", error=str(error))
        await asyncio.sleep(RETENTION_SECONDS)


async def _follow_statuses(parts: Parts) -> None:
    """Let accounts be idle, end what they said until now, and keep when they were seen last."""
    statuses, people = parts.rooms.registry.context.statuses, parts.sockets.people
    while True:
        await asyncio.sleep(STATUS_SECONDS)
        statuses.sweep()
        if gone := statuses.take_gone():
            try:
                await people.note_seen(gone)
            except StoreError as error:
                statuses.give_back(gone)
                log.warning("statuses.not_kept", error=str(error))


async def _forget_notices(parts: Parts) -> None:
    """Delete old notices, once an hour."""
    kept_ms = int(parts.settings.notice_days * DAY_MS)
    while True:
        try:
            await parts.inbox.rows.forget(parts.process.clock.now() - kept_ms)
        except StoreError as error:
            log.warning("notices.not_forgotten", error=str(error))
        await asyncio.sleep(RETENTION_SECONDS)


async def _follow_wall_clock(parts: Parts) -> None:
    """Step the process's clock forward, once a second, where the machine slept, and tell the rooms."""
    clock = parts.process.clock
    while True:
        await asyncio.sleep(CLOCK_SECONDS)
        if step := clock.catch_up():
            log.warning("clock.stepped", step_ms=step, cause="the machine slept, was paused, or its clock was set")
            parts.rooms.registry.clock_stepped(step)
