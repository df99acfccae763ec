"""What every part of one process shares: clock, metrics, store, signing key and names."""

from __future__ import annotations

from dataclasses import dataclass
from socket import gethostname

from parlour import __version__
from parlour.adapters.engine import encode
from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql.database import is_sqlite
from parlour.adapters.sql.identity import load_server_key
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.loop_watch import LoopWatch
from parlour.settings import Settings

LOOPBACK_OR_ANY = ("127.0.0.1", "0.0.0.0", "localhost", "::", "::1")


class Frames:
    """Encodes events of the default namespace; it exists before the engine that sends them."""

    frame = staticmethod(encode)


@dataclass(frozen=True, slots=True)
class Process:
    """The shared part of a process.

    Attributes:
        owner: the name leases are held under.
        origins: the server's own addresses as a browser names them, such as `http://localhost:8080`.
        dev: what `parlour dev` offers to play with; None under `parlour serve`.
        guests: whether sockets without a token read public rooms.
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


async def build(settings: Settings, store: SqlStore, address: str, dev: DevFacts | None) -> Process:
    """Make the shared part; the signing key is read from the store, or made at the first start.

    Args:
        address: `host:port` the server is reached at.
    """
    clock = SystemClock()
    return Process(
        clock=clock,
        loop_watch=LoopWatch(settings.stall_seconds),
        telemetry=Telemetry(__version__),
        store=store,
        key=await load_server_key(store, clock.now()),
        frames=Frames(),
        owner=_owner(settings, address),
        origins=own_origins(settings.scheme, address),
        dev=dev,
        guests=settings.guests or dev is not None,
    )


def own_origins(scheme: str, address: str) -> tuple[str, ...]:
    """List the origins of a server at `host:port`; `localhost` too for a loopback or wildcard address."""
    host, _, port = address.rpartition(":")
    names = ["127.0.0.1", "localhost"] if host in LOOPBACK_OR_ANY else [host]
    return tuple(f"{scheme}://{name}:{port}" for name in names)


def _owner(settings: Settings, address: str) -> str:
    """Choose the name for leases: the same after a restart, different for processes of one database."""
    if settings.node:
        return settings.node
    return "one" if is_sqlite(settings.database_url) else f"{gethostname()}:{address.rpartition(':')[2]}"
