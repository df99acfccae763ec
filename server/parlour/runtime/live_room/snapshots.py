"""Finds the snapshot from which a room is folded."""

from __future__ import annotations

from dataclasses import replace

from parlour.core.log.formats import Formats, unreadable
from parlour.core.room import Snapshot
from parlour.runtime.store import RoomRecord, Store, StoreError


async def base_of(store: Store, formats: Formats, record: RoomRecord, newest: Snapshot | None) -> Snapshot | None:
    """Return the newest snapshot that this release can use, in today's shape; None: fold from the first entry.

    Args:
        newest: where to begin: the newest snapshot that may be used at all. Older ones are asked of the store.

    Raises:
        Unavailable: the log needs a newer release; or its beginning was removed by retention, and no snapshot that is
            left can be used. StoreError: the store cannot answer now.
    """
    formats.check(record.format)
    found = newest
    while found is not None:
        state = formats.state_of(found, record.kind)
        if state is not None:
            return found if state is found.state else replace(found, state=state, format=formats.shape)
        found = await store.snapshot_before(record.id, found.seq)
    if record.floor == 1:
        return None
    if newest is None:
        raise StoreError(f"The snapshot below entry {record.floor} of {record.id} is missing; see `parlour doctor`.")
    raise unreadable(newest.format)
