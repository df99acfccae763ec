"""Logs events that operators look for: rooms created and closed, moderation, roles. Never texts of people."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from parlour.core.room import Entry
from parlour.runtime.store import RoomRecord

log = structlog.get_logger()

LOGGED = {
    "room.closed": "room.closed",
    "member.muted": "room.muted",
    "member.banned": "room.banned",
    "member.removed": "room.kicked",
    "member.restored": "room.restored",
    "member.role": "room.role_given",
}
"""By entry type, the name of its line."""
SHOWN = ("account", "by", "role", "until")
"""Keys of a body that a line repeats; a reason is a person's text, and stays in the room."""


def log_created(record: RoomRecord) -> None:
    """Log a room that was just stored."""
    log.info("room.created", room=record.id, kind=record.kind, owner=record.owner, visibility=record.visibility)


def log_stored(record: RoomRecord, entries: Sequence[Entry]) -> None:
    """Log those entries of a committed batch that operators look for."""
    for entry in entries:
        name = LOGGED.get(entry.type)
        if name is not None and isinstance(entry.body, dict):
            shown = {key: entry.body[key] for key in SHOWN if key in entry.body}
            log.info(name, room=record.id, seq=entry.seq, **({"by": entry.author} | shown))
