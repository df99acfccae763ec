"""Matchmaking of a process: a keeper for the line of each kind that people play together."""

from __future__ import annotations

from functools import partial

from parlour.core.rooms.reserved import OPERATOR
from parlour.runtime.live_room.context import Blockers
from parlour.runtime.matchmaking.boards import Boards
from parlour.runtime.matchmaking.line_keeper import PREFIX, Surroundings
from parlour.runtime.matchmaking.lineups import Lineups
from parlour.runtime.matchmaking.matchmaker import NOTED, Matchmaker
from parlour.runtime.matchmaking.networks import Flag
from parlour.runtime.matchmaking.tables import Tables
from parlour.runtime.matchmaking.wishes import MatchLimits
from parlour.runtime.rooms.interface import Caller, RoomService
from parlour.settings import Settings, limits_of
from parlour.wiring.rooms import Rooms


def build(settings: Settings, rooms: Rooms, service: RoomService, blockers: Blockers, flag: Flag) -> Matchmaker:
    """Make the matchmaker, and tell it of entries after which a line has to be looked at.

    Args:
        service: makes the rooms of tables.
        blockers: which of some accounts block an account.
        flag: tells the server's moderators of a table.
    """
    registry = rooms.registry
    lineups = Lineups(registry.kinds)
    tables = Tables(registry, partial(service.create, Caller("", OPERATOR)))
    around = Surroundings(
        registry, tables, Boards(registry, lineups), rooms.connections, blockers, limits_of(MatchLimits, settings), flag
    )
    matchmaker = Matchmaker(lineups, around)
    registry.reserved.make_at_join(PREFIX, matchmaker.make)
    for type_ in NOTED:
        registry.context.on_entry.setdefault(type_, []).append(matchmaker.note)
    registry.context.on_told["match"] = matchmaker.hear
    registry.context.on_nodes_changed.append(matchmaker.look_at_all)
    return matchmaker
