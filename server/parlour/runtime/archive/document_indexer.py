"""Reads documents once they rest, and puts their texts into the index of search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from parlour.core.room import RoomId
from parlour.runtime.archive.indexer import LOOK_SECONDS, ROOMS_AT_ONCE
from parlour.runtime.clock import Clock
from parlour.runtime.store import StoreError

log = structlog.get_logger()

REST_SECONDS = 2.0
"""A document that nobody edits for so long is read: whoever types gets no answer later because of search."""
LOOKS = 5
"""A document that never rests is read after so many times `REST_SECONDS`."""
PAUSE = 9
"""Times as long as a reading took, until the next one: a tenth of a core at most, however many and large they are."""

ReadDocument = Callable[[RoomId], Awaitable[tuple[int, str]]]
"""Return a document's text, and the entry as of which it reads so; raises StoreError or ParlourError."""


class DocumentTexts(Protocol):
    """The index as the store has it. Every method may raise StoreError."""

    async def documents_behind(self, after: RoomId, limit: int) -> list[RoomId]:
        """Return documents whose log goes beyond their indexed text: ids above `after`, in their order."""

    async def keep_document_text(self, room: RoomId, upto: int, text: str) -> None:
        """Index a document's text as of entry `upto` in place of the one before."""


@dataclass(slots=True)
class _Noted:
    """A document that was edited: how often it was looked at since, and whether it was edited since the last look."""

    looks: int = 0
    edited: bool = True


class DocumentIndexer:
    """Indexes documents that this process edits; `keep_up`, of one process, those that are behind: old ones too."""

    def __init__(self, texts: DocumentTexts, read: ReadDocument, clock: Clock) -> None:
        self._texts = texts
        self._read = read
        self._clock = clock
        self._noted: dict[RoomId, _Noted] = {}
        self._called = asyncio.Event()

    def note(self, room: RoomId) -> None:
        """Note that a document was edited."""
        self._noted.setdefault(room.lower(), _Noted()).edited = True
        self._called.set()

    def note_version(self, room: RoomId) -> None:
        """Note that a document has a new version: its text is indexed without waiting for rest."""
        self._noted[room.lower()] = _Noted(looks=LOOKS)
        self._called.set()

    async def follow(self) -> None:
        """Index noted documents until cancelled; what fails is logged, and `keep_up` tries it again."""
        while True:
            await self._called.wait()
            await self._clock.sleep(REST_SECONDS)
            for room in self._due():
                began = self._clock.monotonic()
                await _index(self._texts, self._read, room)
                await self._pause(began)
            if not self._noted:
                self._called.clear()

    async def _pause(self, began: float) -> None:
        await self._clock.sleep(PAUSE * (self._clock.monotonic() - began))

    def _due(self) -> list[RoomId]:
        """Take out the documents that rest, and those that were looked at often enough."""
        due = [room for room, noted in self._noted.items() if noted.looks >= LOOKS or not noted.edited]
        for room in due:
            del self._noted[room]
        for noted in self._noted.values():
            noted.looks += 1
            noted.edited = False
        return due

    async def keep_up(self) -> None:
        """Index what is behind, and look again each minute until cancelled: one process of a database does this."""
        while True:
            began = self._clock.monotonic()
            try:
                async for _ in catch_up_documents(self._texts, self._read):
                    await self._pause(began)
                    began = self._clock.monotonic()
            except StoreError as error:
                log.warning("search.index_failed", error=type(error).__name__)
            await self._clock.sleep(LOOK_SECONDS)


async def catch_up_documents(texts: DocumentTexts, read: ReadDocument) -> AsyncIterator[RoomId]:
    """Index every document that is behind; yield each one that was read. What cannot be read is logged and left."""
    last = ""
    while rooms := await texts.documents_behind(last, ROOMS_AT_ONCE):
        for last in rooms:
            if await _index(texts, read, last):
                yield last


async def _index(texts: DocumentTexts, read: ReadDocument, room: RoomId) -> bool:
    """Index a document; return whether that went well."""
    try:
        upto, text = await read(room)
        await texts.keep_document_text(room, upto, text)
    except Exception as error:  # whatever a damaged log makes of its fold; the documents after it are read
        log.warning("search.index_failed", error=type(error).__name__)
        return False
    return True
