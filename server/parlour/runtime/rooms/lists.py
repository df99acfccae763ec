"""Lists of rooms as pages: everybody's, one's own with what is unread, and the operators'."""

from __future__ import annotations

from typing import Any

from parlour.core.identity.accounts import spelled
from parlour.core.room import Account
from parlour.runtime.rooms.interface import Caller, RoomQuery
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomFilter, RoomRecord

COUNTED = 1000
"""Newest entries of a room looked at for mentions, where the page has few rooms."""
COUNTED_IN_ALL = 2000
"""The same of a whole page: about 20 ms of reading."""
LEAST_COUNTED = 20
"""The same of each room, however many the page has."""


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
        if query.mine:
            most = min(COUNTED, max(LEAST_COUNTED, COUNTED_IN_ALL // max(1, len(records))))
            for room, record in zip(rooms, records, strict=True):
                room |= await self._unread(record, caller.account, most)
        return {"rooms": rooms, "cursor": cursor}

    async def _unread(self, record: RoomRecord, account: Account, most: int) -> dict[str, int]:
        read = await self._store.position(record.id, account)
        after = max(read, record.head - most)
        newer = await self._store.entries(record.id, after, most) if after < record.head else []
        mentions = sum(1 for e in newer if e.type == "chat.message" and account in _mentioned(e.body))
        return {"unread": max(0, record.head - read), "mentions": mentions}

    async def overview(self, limit: int) -> list[dict[str, Any]]:
        """Answer the newest rooms, private ones too, each with `head`, `live` and `connections`."""
        records, _ = await self._store.rooms(RoomFilter(everything=True), limit=limit)
        return [{**record.to_json(), "head": record.head, **self._liveness(record)} for record in records]

    def _liveness(self, record: RoomRecord) -> dict[str, Any]:
        host = self._registry.find(record.id)
        return {"live": host is not None, "connections": 0 if host is None else len(host.presence.connections)}


def _mentioned(body: Any) -> set[Account]:
    return set(map(spelled, body.get("mentions", ()))) if isinstance(body, dict) else set()
