"""The sockets of a process: the Engine.IO transport, and the gateway that answers its events from the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import structlog

from parlour import __version__
from parlour.adapters.engine import AdmissionPolicy, Engine, EngineLimits
from parlour.adapters.http.access_log import ACCESS, LINE
from parlour.adapters.socket.connection_limits import GatewayLimits
from parlour.adapters.socket.gateway import Admission, Gateway
from parlour.adapters.socket.request_spec import Backing
from parlour.runtime.rooms.interface import Accounts, RoomService
from parlour.runtime.rooms.local import LocalRooms
from parlour.settings import Settings, limits_of, told_limits
from parlour.wiring.chain import ChainPart
from parlour.wiring.identity import Identity
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sockets:
    """The sockets part of a process; `rooms` is the RoomService that sockets and HTTP use."""

    rooms: RoomService
    gateway: Gateway
    engine: Engine


def build(settings: Settings, process: Process, rooms: Rooms, chain: ChainPart, identity: Identity) -> Sockets:
    """Make the gateway over rooms and identity, and the engine that passes events to it."""
    accounts = Accounts(identity.sign_in.rules.rank, identity.sign_in.delegations)
    service = LocalRooms(rooms.registry, chain.watching, rooms.lobby, accounts, process.key.code)
    limits = limits_of(GatewayLimits, settings)
    backing = Backing(service, identity.limiter, identity.names, process.telemetry, limits)
    welcome = {"server": {"name": "parlour", "version": __version__}, "limits": told_limits(settings)}
    admission = Admission(process.clock, process.frames, process.guests, welcome)
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
    )
    return Sockets(service, gateway, engine)


def _log_refused_origin(origin: str) -> None:
    log.warning("origin.refused", origin=origin, change=f"add it to PARLOUR_ORIGINS if {origin} is a page of yours")
