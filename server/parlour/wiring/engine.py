"""The sockets of a process: the Engine.IO transport, and the gateway that answers its events from the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from parlour import __version__
from parlour.adapters.engine import AdmissionPolicy, Engine, EngineLimits
from parlour.adapters.http.access_log import ACCESS, LINE
from parlour.adapters.socket.connection_limits import GatewayLimits
from parlour.adapters.socket.gateway import Gateway
from parlour.settings import Settings, limits_of, told_limits
from parlour.wiring.chain import ChainPart
from parlour.wiring.identity import Identity
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Sockets:
    """The sockets part of a process."""

    gateway: Gateway
    engine: Engine


def build(settings: Settings, process: Process, rooms: Rooms, chain: ChainPart, identity: Identity) -> Sockets:
    """Make the gateway over rooms and identity, and the engine that feeds it."""
    gateway = Gateway(
        rooms.registry,
        identity.sign_in,
        rooms.connections,
        chain.watching,
        process.telemetry,
        clock=process.clock,
        limits=limits_of(GatewayLimits, settings),
        limiter=identity.limiter,
        names=identity.names,
        lobby=rooms.lobby,
        code=process.key.code,
        welcome={"server": {"name": "parlour", "version": __version__}, "limits": told_limits(settings)},
        guests=process.guests,
    )
    policy = AdmissionPolicy(
        origins={*identity.sign_in.rules.origins, *process.origins},
        hosts=settings.hosts or None,
        trusted_proxies=settings.trusted_proxies,
    )
    engine = Engine(
        {"/": gateway},
        limits=limits_of(EngineLimits, settings),
        policy=policy,
        log_handshake=partial(ACCESS.info, LINE) if settings.access_log else None,
    )
    return Sockets(gateway, engine)
