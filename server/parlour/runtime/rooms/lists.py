"""Lists of rooms as pages: public ones, the caller's own with unread counts, and the operators'."""

from __future__ import annotations

from typing import Any

from parlour.core.room import RoomId
from parlour.runtime.rooms.inbox import add_unread
from parlour.runtime.rooms.interface import Caller, RoomQuery
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomFilter


class RoomLists:
    """Reads pages of rooms; any call may raise StoreError."""

    def __init__(self, registry: RoomRegistry, rights: RoomRights) -> None:
        self._registry = registry
        self._rights = rights
        self._store = registry.context.store

    async def page(self, caller: Caller, query: RoomQuery) -> dict[str, Any]:
        """Answer `{rooms, cursor}`: public rooms and those the caller belongs to, newest activity first."""
        wanted = self._rights.joinable(caller, query)
        records, cursor = await self._store.rooms(wanted, cursor=query.cursor, limit=query.limit)
        rooms = [record.to_json() for record in records]
        if query.mine and records:
            await add_unread(self._store, caller.account, records, rooms, wanted.now)
        return {"rooms": rooms, "cursor": cursor}

    async def overview(self, limit: int) -> list[dict[str, Any]]:
        """Answer the newest rooms, private ones too, each with `head`, `live` and `connections`."""
        records, _ = await self._store.rooms(RoomFilter(everything=True), limit=limit)
        return [{**record.to_json(), "head": record.head, **self.standing(record.id)} for record in records]

    def standing(self, room: RoomId) -> dict[str, Any]:
        """Answer `{live, connections}` of a room in this process."""
        host = self._registry.find(room)
        return {"live": host is not None, "connections": 0 if host is None else len(host.presence.connections)}
