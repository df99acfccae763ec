"""The sockets of a process: the Engine.IO transport, and the gateway that answers its events from the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from parlour.adapters.accounts.people import SqlPeople
from parlour.adapters.engine import AdmissionPolicy, Engine, EngineLimits
from parlour.adapters.http.access_log import ACCESS, LINE
from parlour.adapters.moderation.questions import ModerationService
from parlour.adapters.reports.rows import SqlReportRows
from parlour.adapters.socket.connection_limits import GatewayLimits
from parlour.adapters.socket.gateway import Admission, Gateway
from parlour.adapters.socket.request_spec import Backing
from parlour.runtime.archive.reports import Reports
from parlour.runtime.blocks.lookups import Lookups
from parlour.runtime.cluster.cluster import Cluster
from parlour.runtime.identity.people import People
from parlour.runtime.matchmaking.matchmaker import Matchmaker
from parlour.runtime.moderation.moderated import ModeratedRooms
from parlour.runtime.rooms.interface import Accounts, RoomService
from parlour.runtime.rooms.local import LocalRooms, OnChain
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.server_rooms.direct_rooms import DirectRooms
from parlour.settings import Settings, limits_of, told_limits
from parlour.version import __version__
from parlour.wiring import cluster, matchmaking
from parlour.wiring.chain import ChainPart
from parlour.wiring.identity import Identity
from parlour.wiring.inbox import Inbox
from parlour.wiring.membership import Nodes
from parlour.wiring.process import Process
from parlour.wiring.push import Pushing
from parlour.wiring.rooms import Rooms

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sockets:
    """The sockets part of a process.

    Attributes:
        rooms: the RoomService that sockets and HTTP use.
        people: keeps accounts.
        cluster: the other nodes; None where this process is alone.
        judge: asks about texts; None where nobody judges them.
    """

    rooms: RoomService
    gateway: Gateway
    engine: Engine
    reports: Reports
    people: SqlPeople
    matchmaker: Matchmaker
    cluster: Cluster | None
    judge: ModerationService | None


def build(
    settings: Settings,
    process: Process,
    rooms: Rooms,
    chain: ChainPart,
    identity: Identity,
    inbox: Inbox,
    pushing: Pushing,
    nodes: Nodes,
) -> Sockets:
    """Make the gateway over rooms and identity, and the engine that passes events to it."""
    accounts = Accounts(identity.sign_in.rank, identity.sign_in.delegations)
    on_chain = OnChain(chain.watching, chain.gating, chain.tracking)
    parts = (rooms.registry, on_chain, rooms.lobby, accounts, process.key.code)
    judge = _judge(settings, process)
    local = LocalRooms(*parts) if judge is None else _moderated(judge, settings, process, *parts)
    others = cluster.build(settings, process, rooms, local)
    service: RoomService = local if others is None else others.rooms
    limits = limits_of(GatewayLimits, settings)
    store = process.store
    rows = SqlReportRows(store.writer, store.reader)
    reports = Reports(RoomRights(rooms.registry), service, rows, store, process.clock, rooms.connections.notify)
    blocking = SqlPeople(store.writer, store.reader)
    context = rooms.registry.context
    context.blockers, context.last_seen = blocking.blockers, blocking.last_seen
    direct = DirectRooms(rooms.registry, blocking, inbox.rows, partial(identity.limiter.hit, "direct"))
    matchmaker = matchmaking.build(settings, rooms, service, blocking.blockers, reports.flag)
    backing = Backing(
        service,
        identity.limiter,
        identity.names,
        process.telemetry,
        limits,
        Lookups(chain.chains),
        chain.pending,
        reports,
        People(
            blocking,
            identity.names.name_of,
            direct.note_block,
            context.statuses,
            process.clock,
            settings.blocks,
        ),
        inbox.notices,
        pushing.subscriptions,
        direct,
        context.statuses,
        matchmaker,
        process.tracing,
    )
    welcome: dict[str, Any] = {"server": {"name": "parlour", "version": __version__}, "limits": told_limits(settings)}
    if pushing.subscriptions.public_key is not None:
        welcome["push"] = pushing.subscriptions.public_key
    admission = Admission(process.clock, process.frames, process.guests, welcome)
    identity.roles.on_change = rooms.connections.note_rank
    gateway = Gateway(backing, identity.sign_in, rooms.connections, admission)
    policy = AdmissionPolicy(
        origins={*identity.sign_in.rules.origins, *process.origins},
        also_accepts=identity.sign_in.rules.accepts,
        on_refused=_log_refused_origin,
        hosts=settings.hosts or None,
        trusted_proxies=settings.trusted_proxies,
    )
    engine = Engine(
        {"/": gateway},
        limits=limits_of(EngineLimits, settings),
        policy=policy,
        log_handshake=partial(ACCESS.info, LINE) if settings.access_log else None,
        peers=nodes.peers,
    )
    return Sockets(service, gateway, engine, reports, blocking, matchmaker, others, judge)


def _judge(settings: Settings, process: Process) -> ModerationService | None:
    """Return what asks the operator's moderation service, where there is one."""
    if settings.moderation_url is None:
        return None
    wait_ms = settings.moderation_ms
    return ModerationService(settings.moderation_url, settings.moderation_secret, wait_ms, process.clock.now)


def _moderated(judge: ModerationService, settings: Settings, process: Process, *parts: Any) -> LocalRooms:
    """Make rooms whose texts the operator's service sees first, and count its verdicts."""
    rooms = ModeratedRooms(*parts).moderated_by(judge, settings.moderation_fails)
    counts = rooms.judging.counts
    process.telemetry.observe(
        "parlour_moderation", "Texts by what the service said", lambda: [({"verdict": v}, n) for v, n in counts.items()]
    )
    return rooms


def _log_refused_origin(origin: str) -> None:
    log.warning("origin.refused", origin=origin, change=f"add it to PARLOUR_ORIGINS if {origin} is a page of yours")
