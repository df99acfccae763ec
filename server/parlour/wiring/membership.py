"""This process among the nodes of its database, and the jobs of which each is one process's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_hex

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.membership.job_leases import SqlJobLeases
from parlour.adapters.membership.nodes import SqlNodes
from parlour.adapters.membership.passing import CONNECT_SECONDS, PassingPeers
from parlour.adapters.sql.database import is_sqlite
from parlour.adapters.sql.rooms import SqlStore
from parlour.core.audit.record import AuditRecord
from parlour.runtime.membership.jobs import JobLeases, JobRunner, MemoryJobLeases
from parlour.runtime.membership.membership import Membership
from parlour.runtime.membership.nodes import Figures, Node, NodeTable, State, sid_prefix
from parlour.runtime.membership.table_memory import MemoryNodes
from parlour.settings import Settings
from parlour.version import __version__
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms

BOOT_BYTES = 8
"""Of the random id of a start."""


@dataclass(slots=True)
class Nodes:
    """The part of a process that knows other processes.

    Attributes:
        peers: passes requests on to the nodes whose sessions they name.
        state: whether this process hands its rooms over, or has done so.
    """

    membership: Membership
    jobs: JobRunner
    peers: PassingPeers
    state: State = "up"


def build(settings: Settings, process: Process, rooms: Rooms) -> Nodes:
    """Make the membership: in the database where that is Postgres, in memory for SQLite's one process."""
    alone = is_sqlite(settings.database_url)
    me = Node(
        name=process.owner,
        boot=token_hex(BOOT_BYTES),
        version=__version__,
        prefix="" if alone else sid_prefix(process.owner),
        url=settings.peer_url or "",
        socket=str(settings.peer_socket or ""),
    )
    table: NodeTable = (
        MemoryNodes(process.clock, partial(_keep, process.store)) if alone else SqlNodes(settings.database_url)
    )
    leases: JobLeases = MemoryJobLeases() if alone else SqlJobLeases(process.store.writer)
    load = _load()

    def figures() -> Figures:
        return Figures(made.state, len(rooms.registry.live()), len(rooms.connections.connections), load())

    membership = Membership(me, table, figures, process.clock)
    membership.on_release = rooms.registry.release
    peers = PassingPeers(
        membership,
        process.key,
        process.clock,
        answer_seconds=settings.ping_interval + settings.ping_timeout + CONNECT_SECONDS,
        most=settings.connections,
    )
    made = Nodes(membership, JobRunner(leases, process.owner, process.clock), peers)
    return made


async def _keep(store: SqlStore, audit: AuditRecord) -> None:
    await store.write(lambda connection: write_audit(connection, [audit]))


def _load() -> Callable[[], float]:
    """Return what tells the share of one core that the process used since it was asked last."""
    used, at = time.process_time(), time.monotonic()

    def measure() -> float:
        nonlocal used, at
        used_before, at_before = used, at
        used, at = time.process_time(), time.monotonic()
        return (used - used_before) / max(at - at_before, 0.001)

    return measure
