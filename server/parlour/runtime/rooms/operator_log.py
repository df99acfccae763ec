"""Logs events that operators look for: rooms created and closed, moderation, roles. Never texts of people."""

from __future__ import annotations

import structlog

from parlour.core.room import Entry
from parlour.runtime.store import RoomRecord

log = structlog.get_logger()

LOGGED = {
    "room.closed": "room.closed",
    "room.featured": "room.featured",
    "room.frozen": "room.frozen",
    "room.opened": "room.opened",
    "room.thawed": "room.thawed",
    "room.transferred": "room.transferred",
    "room.unfeatured": "room.unfeatured",
    "member.muted": "room.muted",
    "member.banned": "room.banned",
    "member.removed": "room.kicked",
    "member.restored": "room.restored",
    "member.role": "room.role_given",
}
"""By entry type, the name of its line."""
SHOWN = ("account", "by", "role", "to", "until")
"""Keys of a body that a line repeats; a reason is a person's text, and stays in the room."""


def log_created(record: RoomRecord) -> None:
    """Log a room that was just stored."""
    log.info("room.created", room=record.id, kind=record.kind, owner=record.owner, visibility=record.visibility)


def log_stored(record: RoomRecord, entry: Entry) -> None:
    """Log a stored entry of one of the `LOGGED` types."""
    if isinstance(entry.body, dict):
        shown = {key: entry.body[key] for key in SHOWN if key in entry.body}
        log.info(LOGGED[entry.type], room=record.id, seq=entry.seq, **({"by": entry.author} | shown))
