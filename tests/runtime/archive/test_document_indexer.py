"""The indexer of documents: what rests is read, what never rests is read too, and what was left behind is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlour.errors import NoSuchRoom
from parlour.runtime.archive.document_indexer import LOOKS, REST_SECONDS, DocumentIndexer
from parlour.runtime.archive.indexer import LOOK_SECONDS
from parlour.runtime.store import StoreError
from parlour.testing.fakes import FakeClock, settle


class FakeTexts:
    """Documents by their text, and which text is indexed of each."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.indexed: dict[str, str] = {}
        self.failing = 0

    async def read(self, room: str) -> tuple[int, str]:
        if room not in self.texts:
            raise NoSuchRoom()
        return 1, self.texts[room]

    async def documents_behind(self, after: str, limit: int) -> list[str]:
        behind = [room for room in sorted(self.texts) if self.indexed.get(room) != self.texts[room]]
        return [room for room in behind if room > after][:limit]

    async def keep_document_text(self, room: str, upto: int, text: str) -> None:
        if self.failing:
            self.failing -= 1
            raise StoreError("away")
        self.indexed[room] = text


Running = tuple[FakeTexts, DocumentIndexer, FakeClock]


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    texts, clock = FakeTexts(), FakeClock()
    texts.texts = {"old": "from before", "older": "too"}
    texts.failing = 1
    indexer = DocumentIndexer(texts, texts.read, clock)
    tasks = [asyncio.ensure_future(indexer.follow()), asyncio.ensure_future(indexer.keep_up())]
    await settle()
    yield texts, indexer, clock
    for task in tasks:
        task.cancel()


async def look(clock: FakeClock) -> None:
    await settle()
    await clock.advance(REST_SECONDS)


async def test_document_is_indexed_once_it_rests(running: Running) -> None:
    texts, indexer, clock = running
    for text in ("a", "ab"):
        texts.texts["notes"] = text
        indexer.note("NOTES")
        await look(clock)
        assert "notes" not in texts.indexed
    await look(clock)
    assert texts.indexed["notes"] == "ab"


async def test_document_that_never_rests_is_indexed_too(running: Running) -> None:
    texts, indexer, clock = running
    for looks in range(LOOKS + 1):
        assert "notes" not in texts.indexed, looks
        texts.texts["notes"] = str(looks)
        indexer.note("notes")
        await look(clock)
    assert texts.indexed["notes"] == str(LOOKS)


async def test_version_is_indexed_without_rest(running: Running) -> None:
    texts, indexer, clock = running
    texts.texts["notes"] = "v1"
    indexer.note("notes")
    indexer.note_version("notes")
    await look(clock)
    assert texts.indexed["notes"] == "v1"


async def test_document_left_behind_is_found_whatever_fails(running: Running) -> None:
    texts, indexer, clock = running
    assert texts.indexed == {"older": "too"}, "the first one failed"
    indexer.note("gone")
    texts.texts["theirs"] = "of another process"
    await clock.advance(LOOK_SECONDS)
    assert texts.indexed == texts.texts
