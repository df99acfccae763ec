"""The operators' part of a process: the settings that they change while it runs, and the figures of the last hour."""

from __future__ import annotations

from dataclasses import dataclass, fields

from parlour.adapters.console.live_settings import LiveSettings
from parlour.adapters.console.recent_figures import RecentFigures, Sources
from parlour.adapters.console.server_routes import resident_bytes
from parlour.adapters.socket.connection_limits import GatewayLimits
from parlour.adapters.telemetry.log_level import set_log_level
from parlour.runtime.live_room.host import HostLimits
from parlour.settings import Settings, limits_of, told_limits
from parlour.wiring.engine import Sockets
from parlour.wiring.identity import LIMITED, Identity, allowances
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms

FIXED = {"lease_ms", "mailbox", "update_bytes", "body_bytes", "outstanding", "large_outstanding"}
"""Limits that other parts of a process, or other processes, rely on as they were at the start."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """The operators' part of a process."""

    settings: LiveSettings
    figures: RecentFigures


def build(settings: Settings, process: Process, rooms: Rooms, identity: Identity, sockets: Sockets) -> Tuning:
    """Make what operators change and see."""
    limits = {field.name for kind in (GatewayLimits, HostLimits) for field in fields(kind)}
    changeable = ((limits & Settings.model_fields.keys()) | LIMITED | {"log_level"}) - FIXED

    def apply(changed: Settings) -> None:
        identity.limiter.change(allowances(changed))
        rooms.registry.context.limits = limits_of(HostLimits, changed)
        sockets.gateway.change(limits_of(GatewayLimits, changed), told_limits(changed))
        if changed.log_level != live.current.log_level:
            set_log_level(changed.log_level)

    writer, reader = process.store.writer, process.store.short_reader
    live = LiveSettings(settings, changeable, apply, writer, reader)
    return Tuning(live, RecentFigures(_sources(process, identity, sockets)))


def _sources(process: Process, identity: Identity, sockets: Sockets) -> Sources:
    telemetry, writer = process.telemetry, process.store.writer
    stats = sockets.engine.stats
    return Sources(
        now=process.clock.now,
        levels=lambda: {
            "connections": sockets.gateway.count(),
            "rooms": dict(sockets.rooms.live_kinds()),
            "residentBytes": resident_bytes(),
            "storeWaiting": writer.waiting,
            "redis": identity.limiter.redis,
        },
        totals=lambda: {
            "requestsPerSecond": telemetry.requests_answered,
            "entriesPerSecond": telemetry.entries_stored,
            "bytesInPerSecond": stats.bytes_in,
            "bytesOutPerSecond": stats.bytes_out,
        },
        acks=lambda: telemetry.acks,
        commits=lambda: writer.commit_seconds,
        lags=lambda: process.loop_watch.lags,
    )
