"""What every part of one process shares: clock, metrics, store, signing key and names."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from parlour.adapters.accounts.sessions import load_server_key
from parlour.adapters.engine import congested, encode, pack, unpack, write_to_all
from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql.database import is_sqlite
from parlour.adapters.sql.rooms import SqlStore, newest_activity
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.adapters.telemetry.tracing import Tracing, to_collector
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.loop_watch import LoopWatch
from parlour.settings import Settings
from parlour.version import __version__

log = structlog.get_logger()

LOOPBACK_OR_ANY = ("127.0.0.1", "0.0.0.0", "localhost", "::", "::1")


class Frames:
    """Encodes events of the default namespace; it exists before the engine that sends them."""

    frame = staticmethod(encode)
    write_to_all = staticmethod(write_to_all)
    congested = staticmethod(congested)
    pack = staticmethod(pack)
    unpack = staticmethod(unpack)


@dataclass(frozen=True, slots=True)
class Process:
    """The shared part of a process.

    Attributes:
        owner: the name leases are held under.
        origins: the server's own addresses as a browser names them, such as `http://localhost:8080`.
        dev: what `parlour dev` offers to play with; None under `parlour serve`.
        guests: whether sockets without a token read public rooms.
        tracing: makes a span of each request; None where nothing is traced.
    """

    clock: SystemClock
    loop_watch: LoopWatch
    telemetry: Telemetry
    store: SqlStore
    key: ServerKey
    frames: Frames
    owner: str
    origins: tuple[str, ...]
    dev: DevFacts | None
    guests: bool
    tracing: Tracing | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where clients reach a server.

    Attributes:
        origins: its own addresses as a browser names them.
        owner: its name on leases, where neither a setting nor SQLite says another.
    """

    origins: tuple[str, ...]
    owner: str


async def build(settings: Settings, store: SqlStore, place: Place, dev: DevFacts | None) -> Process:
    """Make the shared part; the signing key is read from the store, or made at the first start."""
    clock = SystemClock()
    clock.newest = await store.query(newest_activity)
    if clock.fault:
        log.warning("clock.behind", fault=clock.fault, consequence="deadlines come late by as much")
    return Process(
        clock=clock,
        loop_watch=LoopWatch(settings.stall_seconds),
        telemetry=Telemetry(__version__),
        store=store,
        key=await load_server_key(store, clock.now()),
        frames=Frames(),
        owner=settings.node or ("one" if is_sqlite(settings.database_url) else place.owner),
        origins=place.origins,
        dev=dev,
        guests=settings.guests or dev is not None,
        tracing=None if settings.traces is None else to_collector(settings.traces, settings.traces_share),
    )


def own_origins(scheme: str, address: str) -> tuple[str, ...]:
    """List the origins of a server at `host:port`; `localhost` too for a loopback or wildcard address."""
    host, _, port = address.rpartition(":")
    names = ["127.0.0.1", "localhost"] if host in LOOPBACK_OR_ANY else [host]
    return tuple(f"{scheme}://{name}:{port}" for name in names)
