"""The indexer of search: hears of every message that rooms store."""

from __future__ import annotations

from parlour.runtime.archive.indexer import TextIndexer
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


def build(process: Process, rooms: Rooms) -> TextIndexer:
    """Make the indexer, and tell it of rooms that store messages."""
    indexer = TextIndexer(process.store, process.clock)
    rooms.registry.context.on_entry.setdefault("chat.message", []).append(lambda record, entry: indexer.note(record.id))
    return indexer
