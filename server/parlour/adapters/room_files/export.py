"""`GET /api/rooms/<id>/export`: a room to keep, as JSON, Markdown or HTML (protocol §7)."""

from __future__ import annotations

from aiohttp import web

from parlour.adapters.http.answers import NO_STORE
from parlour.adapters.http.callers import Callers
from parlour.adapters.http.routes import Access, Route
from parlour.adapters.room_files.ranges import HARMLESS
from parlour.errors import Invalid
from parlour.protocol.http_files import ExportQuery
from parlour.runtime.archive.export import Format, exported
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.rooms.room_ids import named_room

FORMATS: dict[str, tuple[Format, str, str]] = {
    "json": ("json", "application/json", "json"),
    "markdown": ("markdown", "text/markdown", "md"),
    "html": ("html", "text/html", "html"),
}
"""What `?as=` takes: the format, its media type and the ending of its name."""


class RoomExports:
    """The route of exports; whoever reads a room's entries may have it."""

    def __init__(self, rooms: RoomService, callers: Callers) -> None:
        self._rooms = rooms
        self._callers = callers

    def routes(self) -> list[Route]:
        """List the route."""
        read = Access(session=True, scope="entries:read", nobody=True)
        return [Route("GET", "/api/rooms/{room}/export", self.export, bytes, read, ExportQuery)]

    async def export(self, request: web.Request) -> web.StreamResponse:
        """Send a whole room to keep."""
        caller = await self._callers.reader(request, "entries:read")
        found = FORMATS.get(request.query.get("as", "json"))
        if found is None:
            raise Invalid("as is json, markdown or html.", details={"path": "as"})
        as_, media, ending = found
        room = named_room(request.match_info["room"])
        pieces = exported(self._rooms, room, caller, as_)
        first = await anext(pieces)
        named = "".join(char if char.isalnum() else "-" for char in room)
        headers = {
            "Content-Type": f"{media}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{named}.{ending}"',
            **HARMLESS,
            **NO_STORE,
        }
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
        return response
