"""The right to a room, decided in one place for socket, HTTP, lists and transcript.

Rights and redactions are decided on the room as its log has it (`RoomHost.read_state`), never on what is still on its
way to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import Entry, RoomId
from parlour.core.rooms.hall import Hall
from parlour.runtime.live_room.entry_json import entry_json
from parlour.runtime.live_room.host import RoomHost
from parlour.runtime.rooms.interface import Caller, RoomQuery
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.store import RoomFilter


class RoomRights:
    """Opens rooms for whoever may join them."""

    def __init__(self, registry: RoomRegistry) -> None:
        self._registry = registry
        self._clock = registry.context.clock

    async def open(self, room: RoomId, caller: Caller) -> tuple[RoomHost, Hall]:
        """Return the host of a room that this caller may join.

        Raises:
            NoSuchRoom, Forbidden, Unavailable. StoreError: the log cannot be read.
        """
        host = await self._registry.reach(room)
        return host, await host.read_state(lambda hall: self._checked(hall, caller))

    def joinable(self, caller: Caller, query: RoomQuery) -> RoomFilter:
        """Return the rooms of a list that the caller could join now."""
        return RoomFilter(
            caller.account or None,
            query.kind,
            query.query,
            query.open,
            query.mine,
            now=self._clock.now(),
            joins_private=caller.rank >= SERVER_MODERATOR,
        )

    async def shown(
        self, room: RoomId, caller: Caller, entries: Sequence[Entry], *, proof: bool = False
    ) -> list[dict[str, Any]]:
        """Return entries as the caller may see them now; raises as `open`, because a right may end during the read."""
        host = await self._registry.reach(room)
        return await host.read_state(
            lambda hall: [_shown(self._checked(hall, caller), entry, caller, proof) for entry in entries]
        )

    def _checked(self, hall: Hall, caller: Caller) -> Hall:
        hall.may_read(caller.account, caller.rank, self._clock.now())
        return hall


def _shown(hall: Hall, entry: Entry, caller: Caller, proof: bool) -> dict[str, Any]:
    hidden = hall.computed and hall.hides(entry, caller.account or None)
    return entry_json(entry, hidden=hidden, proof=proof)
