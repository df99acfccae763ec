"""Reads a running server for operators: the checks of `/readyz` and the gauges of `/metrics`."""

from __future__ import annotations

from functools import partial

import structlog

from parlour.adapters.engine import Engine
from parlour.adapters.http.api import DEGRADED, Readiness
from parlour.adapters.sql import migrations
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.telemetry.metrics import Sample, Telemetry
from parlour.runtime.blocks.pending import PendingFeeds
from parlour.runtime.chain.chains import Chains
from parlour.runtime.gates.gates import Gates
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.loop_watch import LoopWatch
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.store import StoreError
from parlour.runtime.timings import SLOW_BUCKETS, Timings
from parlour.wiring.engine import Sockets
from parlour.wiring.process import Process

log = structlog.get_logger()

_ENGINE_GAUGES = ("opened", "refused", "malformed", "slow", "dropped", "bytes_in", "bytes_out")
_CHAIN_GAUGES = (
    ("Newest block seen", "head_block", "head"),
    ("Newest block in rooms", "processed_block", "processed"),
    ("Finalized block", "finalized_block", "finalized"),
    ("Blocks behind", "lag_blocks", "lagBlocks"),
    ("Seconds without progress", "lag_seconds", "lagSeconds"),
    ("Reorganisations followed", "reorgs", "reorgs"),
    ("Logs stored", "logs", "logs"),
    ("Watches routed", "watches", "watches"),
)
"""Description, end of the metric's name, and the key in `Follower.status`."""


def readiness(process: Process, database_url: str, chains: Chains, sockets: Sockets) -> Readiness:
    """Make the check behind `/readyz`: by name, None where all is well, else what is wrong.

    It asks whether new clients are admitted, the clock is right, the database answers, no migration is pending, and no
    chain has halted or lags. That other nodes cannot be reached, or that the clock stepped, leaves this one ready, and
    degraded.
    """
    store, engine, nodes = process.store, sockets.engine, sockets.cluster

    async def check() -> dict[str, str | None]:
        checks: dict[str, str | None] = {"database": None, "migrations": None}
        checks["clients"] = None if engine.admitting else "new clients are refused: the server is stopping"
        checks["clock"] = process.clock.fault or (f"{DEGRADED}{process.clock.news}" if process.clock.news else None)
        try:
            await store.load("readiness")
            state = await migrations.status(database_url)
            checks["migrations"] = f"pending: {', '.join(state.pending)}" if state.pending else None
        except (StoreError, migrations.MigrationError) as error:
            log.warning("database.unanswered", error=str(error))
            checks["database"] = "it does not answer; the server's log says why"  # what a driver says may name its host
        if nodes is not None:
            checks["nodes"] = f"{DEGRADED}{nodes.peers.problem}" if nodes.peers.problem else None
        for alarm in chains.alarms():
            checks[alarm.partition(" is ")[0].partition(" has ")[0]] = alarm
        return checks

    return check


def observe(telemetry: Telemetry, engine: Engine, rooms: RoomService, chains: Chains, loop_watch: LoopWatch) -> None:
    """Register every gauge whose value is read at each scrape of `/metrics`."""
    telemetry.observe("parlour_loop_stalls", "Times the event loop stood still", lambda: [({}, loop_watch.stalls)])
    telemetry.observe("parlour_loop_stalled_seconds", "For how long in all", lambda: [({}, loop_watch.stalled_seconds)])
    telemetry.observe("parlour_connections", "Open connections", partial(_connections, engine))
    telemetry.observe("parlour_rooms", "Live rooms", partial(_rooms, rooms))
    for about, name, key in _CHAIN_GAUGES:
        telemetry.observe(f"parlour_chain_{name}", about, partial(_of_chains, chains, key))
    telemetry.observe("parlour_chain_endpoint_up", "1 where an endpoint is well", partial(_endpoints, chains))
    telemetry.observe_durations(
        "parlour_loop_lag_seconds", "How late the event loop came to a timer", "", lambda: loop_watch.lags
    )
    telemetry.observe_durations(
        "parlour_chain_latency_seconds", "From a block's time to its rows stored", "chain", partial(_latency, chains)
    )
    for name in _ENGINE_GAUGES:
        telemetry.observe(f"parlour_engine_{name}", f"Engine: {name}", partial(_of_engine, engine, name))


def observe_rooms(telemetry: Telemetry, context: RoomContext) -> None:
    """Register how long sending a stored batch took, and a tick of a game."""
    telemetry.observe_durations("parlour_fan_out_seconds", "Sending of one stored batch", "", lambda: context.fan_outs)
    telemetry.observe_durations("parlour_tick_seconds", "Ticks of games, sending included", "", lambda: context.ticks)


def observe_gates(telemetry: Telemetry, gates: Gates) -> None:
    """Register what gates did: holders judged by result, those of whom nothing was known, time to revocation."""
    counts = gates.checks.counts
    counts.on_revoked = telemetry.revoked
    telemetry.observe(
        "parlour_gate_checks",
        "Holders judged, by result",
        lambda: [({"result": r}, n) for r, n in counts.checks.items()],
    )
    telemetry.observe(
        "parlour_gate_unknown", "Holders of whom nothing was known", lambda: [({}, counts.checks["unknown"])]
    )


def observe_pending(telemetry: Telemetry, feeds: PendingFeeds) -> None:
    """Register how many pending transactions were told, and how many found no place in the queue."""
    telemetry.observe("parlour_chain_pending", "Pending transactions, by what came of them", partial(_pending, feeds))


def _pending(feeds: PendingFeeds) -> list[Sample]:
    return [
        ({"chain": str(chain), "result": result}, float(getattr(feed, result)))
        for chain, feed in feeds.feeds.items()
        for result in ("told", "dropped")
    ]


def observe_commits(telemetry: Telemetry, store: SqlStore) -> None:
    """Register the count of commits, by where they run."""
    commits = store.writer.commits
    telemetry.observe(
        "parlour_commits", "Commits, by where they ran", lambda: [({"thread": t}, n) for t, n in commits.items()]
    )
    telemetry.observe_durations(
        "parlour_commit_seconds", "Commits, by where they ran", "thread", lambda: store.writer.commit_seconds
    )


def _connections(engine: Engine) -> list[Sample]:
    return [({"transport": transport}, count) for transport, count in engine.connections.items()]


def _rooms(rooms: RoomService) -> list[Sample]:
    return [({"kind": kind}, count) for kind, count in rooms.live_kinds().items()]


def _of_engine(engine: Engine, name: str) -> list[Sample]:
    return [({}, float(getattr(engine.stats, name)))]


def _of_chains(chains: Chains, key: str) -> list[Sample]:
    told = [chain.follower.status() for chain in chains]
    return [({"chain": str(status["chain"])}, float(status[key])) for status in told if status[key] is not None]


def _latency(chains: Chains) -> Timings:
    """Put the latencies of all chains beside each other, by chain id."""
    found = Timings(SLOW_BUCKETS)
    for chain in chains:
        latency, label = chain.follower.counts.latency, str(chain.follower.config.chain_id)
        if latency.counts:
            found.counts[label], found.sums[label] = latency.totals(), sum(latency.sums.values())
    return found


def _endpoints(chains: Chains) -> list[Sample]:
    return [
        ({"chain": str(status["chain"]), "endpoint": str(endpoint["name"])}, float(endpoint["healthy"]))
        for status in (chain.follower.status() for chain in chains)
        for endpoint in status["endpoints"]
    ]
