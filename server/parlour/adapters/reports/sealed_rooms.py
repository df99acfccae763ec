"""`POST /api/admin/rooms/<id>/open`: an administrator reads a room that nobody reads along in (protocol §7)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.routes import Route
from parlour.core.room import OpenSealed
from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.http_operating import OpenReply
from parlour.runtime.rooms.interface import RoomRequest, RoomService
from parlour.runtime.rooms.room_ids import named_room


class SealedRooms:
    """The route that opens direct and wallet rooms."""

    def __init__(self, rooms: RoomService, door: AdminDoor) -> None:
        self._rooms = rooms
        self._door = door

    def routes(self) -> list[Route]:
        """List the route."""
        opening = Change("POST", "/api/admin/rooms/{room}/open", "room.open", "admin", ChangeRequest, keys=False)
        return [self._door.change(opening, self.open, OpenReply)]

    async def open(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Read a direct or wallet room for a day; its people read who did, and why."""
        room = named_room(request.match_info["room"])
        command = OpenSealed(act.caller.account, act.caller.rank, reason=act.body.reason)
        answer = await self._rooms.ask(room, RoomRequest(command, request_id=act.id, audit=act.row()))
        return {"seq": answer["seq"]}
