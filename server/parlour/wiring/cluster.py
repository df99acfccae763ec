"""The other nodes of a process: only where there are a Postgres and a bus to meet at, Redis or a Unix socket."""

from __future__ import annotations

from os import urandom

from parlour.adapters.membership.unix_bus import UnixBus
from parlour.adapters.sql.database import is_sqlite
from parlour.runtime.cluster.bus import Bus
from parlour.runtime.cluster.cluster import Cluster, Ground
from parlour.runtime.cluster.envelope import Seals
from parlour.runtime.cluster.news import News
from parlour.runtime.cluster.peers import ClusterLimits, Me, Peers
from parlour.runtime.rooms.interface import RoomService
from parlour.settings import Settings, SettingsError, limits_of
from parlour.version import __version__
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


def build(settings: Settings, process: Process, rooms: Rooms, local: RoomService) -> Cluster | None:
    """Make this node one of several, or return None where it is alone.

    Raises:
        SettingsError: the extra that speaks with Redis is not installed.
    """
    if is_sqlite(settings.database_url) or not (settings.redis_url or settings.bus_socket):
        return None
    context, clock = rooms.registry.context, process.clock
    seals = Seals(process.key.code, clock.now)
    me = Me(process.owner, __version__, clock.now())
    peers = Peers(_bus(settings), seals, me, clock, limits_of(ClusterLimits, settings), urandom)
    news = News(rooms.connections, context.statuses, rooms.registry, context.on_listed)
    cluster = Cluster(Ground(local, rooms.registry, process.frames, process.frames), peers, news)
    _observe(process, peers, seals)
    return cluster


def _bus(settings: Settings) -> Bus:
    url = settings.redis_url
    if url is None:
        assert settings.bus_socket is not None
        return UnixBus(settings.bus_socket)
    try:
        from parlour.adapters.redis.bus import RedisBus
    except ImportError as error:
        raise SettingsError(f"PARLOUR_REDIS_URL needs `pip install parlour[redis]` ({error}).") from None
    return RedisBus(url)


def _observe(process: Process, peers: Peers, seals: Seals) -> None:
    """Register what `/metrics` shows of the other nodes."""
    observe = process.telemetry.observe
    observe("parlour_nodes", "Other nodes that can be reached", lambda: [({}, sum(map(peers.is_reachable, peers)))])
    observe("parlour_bus_messages", "Messages sent to other nodes", lambda: [({}, float(peers.sent))])
    observe("parlour_bus_bytes", "Bytes sent to other nodes", lambda: [({}, float(peers.sent_bytes))])
    observe(
        "parlour_bus_refused",
        "Messages on the bus that were left alone, by reason",
        lambda: [({"reason": reason}, float(count)) for reason, count in seals.refused.items()],
    )
