"""Who may bring files into a room, and who may see them: the rights of posting and of joining, at that moment."""

from __future__ import annotations

from parlour.core.room import RoomId
from parlour.errors import NotFound
from parlour.runtime.files.store import FileRows, StoredFile
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.rights import RoomRights


class RoomFiles:
    """Answers for the files of rooms. A read asks the room's own list, never the store by a hash."""

    def __init__(self, rights: RoomRights, rows: FileRows) -> None:
        self._rights = rights
        self._rows = rows

    async def bring(self, room: RoomId, caller: Caller) -> RoomId:
        """Return the id of a room that the caller may upload to; raises as `RoomRights.writable`."""
        return await self._rights.writable(room, caller)

    async def find(self, room: RoomId, caller: Caller, hash_: bytes) -> StoredFile:
        """Return a file of a room that the caller may join.

        Raises:
            NotFound: it is not on the room's list. As `RoomRights.open`.
        """
        host, _ = await self._rights.open(room, caller)
        found = await self._rows.find(host.id, hash_)
        if found is None:
            raise NotFound("There is no such file in this room.")
        return found
