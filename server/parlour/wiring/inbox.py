"""The notices of a process: their rows, their lists, and what tells many accounts of one message."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.adapters.inbox.rows import SqlInbox
from parlour.runtime.inbox.notices import Notices
from parlour.runtime.inbox.spread import Spreader
from parlour.runtime.rooms.rights import RoomRights
from parlour.settings import Settings
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Inbox:
    """The notices part of a process."""

    rows: SqlInbox
    notices: Notices
    spreader: Spreader


def build(settings: Settings, process: Process, rooms: Rooms) -> Inbox:
    """Make the notices part, and tell the rooms what accounts want to hear."""
    registry, clock = rooms.registry, process.clock
    rows = SqlInbox(process.store.writer, process.store.reader)
    spreader = Spreader(registry, rows, clock, rooms.connections.notify)
    context = registry.context
    context.levels, context.followed, context.on_spread = rows.levels, rows.followed, spreader.call
    most = settings.thread_levels
    notices = Notices(RoomRights(registry), rows, process.store, clock, registry.note_followed, most)
    return Inbox(rows, notices, spreader)
