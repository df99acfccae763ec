"""`parlour replay`: a room's log folded again, to any entry, as any viewer sees it."""

from __future__ import annotations

from typing import Any

from parlour.adapters.sql.rooms import open_store
from parlour.core.identity.accounts import normal_account
from parlour.core.room import fold
from parlour.errors import NotFound
from parlour.runtime.rooms.kinds import Kinds, served_kinds
from parlour.runtime.store import Store
from parlour.settings import Settings

PAGE = 1000


async def replayed(settings: Settings, room: str, at: int | None, viewer: str | None) -> dict[str, Any]:
    """`{room, kind, seq, hash, state}`; `state` is the kind's view, or the room's facts where it computes none.

    Raises:
        NotFound: no such room. Invalid: `viewer` is no account. StoreError: the database cannot be read.
    """
    seen_by = viewer and normal_account(viewer)
    kinds = served_kinds(settings.games)
    store = await open_store(settings.database_url)
    try:
        return await _fold(store, kinds, room, at, seen_by)
    finally:
        await store.close()


async def _fold(store: Store, kinds: Kinds, room: str, at: int | None, viewer: str | None) -> dict[str, Any]:
    saved = await store.load(room)
    if saved is None:
        raise NotFound(f"There is no room {room}.")
    record = saved.record
    upto = record.head if at is None else min(at, record.head)
    hall = kinds.make(record.kind, record.id)
    after = record.floor - 1
    if after:
        base = await store.snapshot_before(record.id, upto + 1)
        if base is None:
            raise NotFound(f"The log of {room} starts after entry {upto}; retention dropped what was before.")
        hall.restore(base.state)
        after = base.seq
    entries = []
    while after < upto:
        page = [e for e in await store.entries(record.id, after, PAGE) if e.seq <= upto]
        if not page:
            break
        entries += page
        after = page[-1].seq
    fold(hall, entries)
    state = hall.view(viewer) if hall.computed else hall.snapshot()
    hash_ = entries[-1].hash if entries else record.hash
    return {"room": record.id, "kind": record.kind, "seq": upto, "hash": "0x" + hash_.hex(), "state": state}
