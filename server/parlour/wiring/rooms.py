"""The rooms of a process: kinds, connections, live lists, and the registry that opens them."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.core.log.patches import diff
from parlour.runtime.games.watchdog import Watchdog
from parlour.runtime.limits import MemoryBound
from parlour.runtime.live_room.host import HostLimits, RoomContext
from parlour.runtime.open_connections import Connections
from parlour.runtime.rooms.create import CreationPolicy
from parlour.runtime.rooms.kinds import served_kinds
from parlour.runtime.rooms.lobby import Lobby, LobbyLimits
from parlour.runtime.rooms.operator_log import LOGGED, log_stored
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.settings import Settings, limits_of
from parlour.wiring.process import Process
from parlour.wiring.settlement import referee_key


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms part of a process; `watchdog` stops game rules that take too long."""

    connections: Connections
    lobby: Lobby
    registry: RoomRegistry
    watchdog: Watchdog


def build(settings: Settings, process: Process) -> Rooms:
    """Make the registry of rooms, and the connections, live lists and metrics that it notifies.

    Raises:
        SettingsError: `PARLOUR_REFEREE_KEY` cannot be read.
        PluginNotFound: `PARLOUR_GAMES` names a game that cannot be imported.
    """
    watchdog = Watchdog()
    connections = Connections(process.frames)
    kinds = served_kinds(settings.games, watchdog)
    limits = LobbyLimits(settings.lobby_ms, settings.lobby_reread_seconds, settings.lobby_lists)
    lobby = Lobby(process.store, process.clock, process.frames, limits)

    context = RoomContext(
        store=process.store,
        clock=process.clock,
        encoder=process.frames,
        limits=limits_of(HostLimits, settings),
        diff=diff,
        make_room=kinds.make,
        owner=process.owner,
        notify=connections.notify,
        on_stored=[process.telemetry.stored],
        on_entry={type_: [log_stored] for type_ in LOGGED},
        on_listed=lobby.note_change,
        sign=process.key.sign,
        referee=referee_key(settings, process.key.address),
        tails=MemoryBound(settings.tail_bytes),
    )
    connections.on_gone = context.statuses.left
    policy = CreationPolicy(settings.rooms_owned, settings.room_ids)
    registry = RoomRegistry(context, kinds, policy, max_live=settings.rooms_live)
    return Rooms(connections, lobby, registry, watchdog)
