"""The index of texts is filled for many rooms in one transaction, up to a limit of entries."""

from __future__ import annotations

from parlour.adapters.sql.rooms import SqlStore
from tests.logs import message, new_log
from tests.searching import searched

ROOMS = ["Room-1", "Room-2", "Room-3"]


async def test_rooms_are_indexed_together_up_to_the_limit(store: SqlStore) -> None:
    heads = []
    for room in ROOMS:
        await new_log(store, room, message("a", "a quick fox"), message("b", "a slow fox"))
        heads.append(len(await store.entries(room, 0, 10)))
    assert await store.index_more(ROOMS, heads[0] + 1) == [heads[0], 1]
    assert await store.index_more(ROOMS[1:], sum(heads)) == [heads[1] - 1, heads[2]]
    assert await store.index_more(ROOMS, 1) == [0, 0, 0]
    for room in ROOMS:
        assert [entry.id for entry in await searched(store, room, "fox", 10)] == ["b", "a"]
