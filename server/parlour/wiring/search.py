"""The indexers of search: they hear of every message and every edit of a document that rooms store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parlour.core.room import Entry, RoomId
from parlour.runtime.archive.document_indexer import DocumentIndexer
from parlour.runtime.archive.document_reader import DocumentReader
from parlour.runtime.archive.indexer import TextIndexer
from parlour.runtime.store import RoomRecord
from parlour.settings import Settings
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Indexers:
    """The indexers of a process: of messages, and of documents."""

    messages: TextIndexer
    documents: DocumentIndexer


def build(settings: Settings, process: Process, rooms: Rooms) -> Indexers:
    """Make the indexers, and tell them of rooms that store messages and edits."""
    context, store, clock = rooms.registry.context, process.store, process.clock
    reader = DocumentReader(context, rooms.registry.find, settings.searched_characters)
    messages, documents = TextIndexer(store, clock), DocumentIndexer(store, reader.read, clock)
    notes = {
        "chat.message": messages.note,
        "doc.update": documents.note,
        "doc.version": documents.note_version,
    }
    for type_, note in notes.items():
        context.on_entry.setdefault(type_, []).append(_told(note))
    return Indexers(messages, documents)


def _told(note: Callable[[RoomId], None]) -> Callable[[RoomRecord, Entry], None]:
    return lambda record, entry: note(record.id)
