"""Searches of a store: whatever it finds by its log it must find by its index too."""

from __future__ import annotations

from typing import Any

from parlour.adapters.sql.rooms import SqlStore
from parlour.core.room import Entry
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.archive.indexer import catch_up
from parlour.runtime.store import MOST_SEQ, Store, TextQuery


async def searched(store: Store, room: str, query: str, limit: int, before: int = MOST_SEQ, **more: Any) -> list[Entry]:
    """The messages that a search finds, newest first, the same before and after they are indexed."""
    wanted = TextQuery(search_form(query).split(), limit, before=before, **more)
    found = (await store.find([room], wanted)).get(room)
    if isinstance(store, SqlStore):
        async for _ in catch_up(store):
            pass
        indexed = (await store.find([room], wanted)).get(room)
        assert indexed == found, (indexed, found)
    seqs = [] if found is None else [hit.seq for hit in found.hits]
    stored = await store.pick(room, seqs)
    assert found is None or [stored[hit.seq].at for hit in found.hits] == [hit.at for hit in found.hits]
    return [stored[seq] for seq in seqs]
