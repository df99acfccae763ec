"""`/api/admin/messages`, `matches` and `boards`: search over all rooms, redaction, games that are on, boards."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change, operator_of
from parlour.adapters.http.answers import json_answer, number
from parlour.adapters.http.routes import Route
from parlour.adapters.operating.message_rows import PAGE, Place, SqlMessageSearch
from parlour.adapters.operating.room_routes import listed
from parlour.adapters.operating.room_rows import RoomsWanted, SqlRoomViews
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import Post
from parlour.errors import Invalid, NoSuchRoom, ParlourError
from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.http_operating import (
    ActReply,
    AdminMessagesReply,
    AdminRoomsReply,
    BoardsQuery,
    GamesQuery,
    MessagesQuery,
    RoomErasedReply,
)
from parlour.runtime.operating.room_eraser import RoomEraser
from parlour.runtime.rooms.interface import Bounds, Caller, RoomRequest, RoomService
from parlour.runtime.rooms.room_ids import named_room

GAMES = ("waiting", "playing", "ended")
BOARD = "board:"


class MessageRoutes:
    """The routes of messages, matches and boards."""

    def __init__(
        self, rooms: RoomService, search: SqlMessageSearch, views: SqlRoomViews, eraser: RoomEraser, door: AdminDoor
    ) -> None:
        self._rooms = rooms
        self._search = search
        self._views = views
        self._eraser = eraser
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        door = self._door
        one = "/api/admin/messages/{room}/{seq}/redact"
        redact = Change("POST", one, "message.redact", "moderator", ChangeRequest)
        remove = Change("POST", "/api/admin/boards/{board}/remove", "board.remove", "operator", ChangeRequest)
        return [
            door.view("/api/admin/messages", self.find_messages, AdminMessagesReply, MessagesQuery, role="moderator"),
            door.change(redact, self.redact_message, ActReply),
            door.view("/api/admin/matches", self.list_matches, AdminRoomsReply, GamesQuery),
            door.view("/api/admin/boards", self.list_boards, AdminRoomsReply, BoardsQuery),
            door.change(remove, self.remove_board, RoomErasedReply),
        ]

    async def find_messages(self, request: web.Request) -> web.Response:
        """Search messages of all rooms, newest first; rooms that nobody reads along in are left out."""
        query = request.query.get("query", "")
        if not query.strip() or "\0" in query:
            raise Invalid("query is what to look for.", details={"path": "query"})
        hits = await self._search.find(query, _place(request.query.get("cursor")))
        operator = operator_of(request)
        caller = Caller("" if operator.account.startswith("app:") else operator.account, SERVER_MODERATOR)
        found = []
        for hit in hits[:PAGE]:
            try:
                bounds = Bounds(after=hit.seq - 1, before=hit.seq + 1)
                entries = (await self._rooms.history(hit.room, caller, bounds))["entries"]
            except ParlourError:  # the room closed its door, or went, meanwhile
                continue
            found += [{"room": hit.room, "entry": entry} for entry in entries if "redacted" not in entry]
        last = hits[PAGE - 1].place if len(hits) > PAGE else None
        return json_answer({"found": found, "cursor": None if last is None else f"{last.at}.{last.row}"})

    async def redact_message(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Delete a message as the server's moderators do: its text is gone, and the room sees that it was."""
        room, seq = named_room(request.match_info["room"]), number(request.match_info["seq"])
        command = Post(
            act.caller.account,
            act.caller.rank,
            id=act.id,
            type="chat.delete",
            body={"of": seq, "reason": act.body.reason},
        )
        row = act.row(whom=room, after={"seq": seq})
        answer = await self._rooms.ask(room, RoomRequest(command, audit=row))
        return {"seq": answer["seq"]}

    async def list_matches(self, request: web.Request) -> web.Response:
        """List rooms that play a game, those that moved last first."""
        state = request.query.get("state")
        if state is not None and state not in GAMES:
            raise Invalid("state is waiting, playing or ended.", details={"path": "state"})
        wanted = RoomsWanted(kind=request.query.get("kind"), cursor=request.query.get("cursor"), game=state or "")
        return json_answer(await listed(self._views, self._rooms, wanted))

    async def list_boards(self, request: web.Request) -> web.Response:
        """List boards of ratings and scores."""
        wanted = RoomsWanted(kind="board", cursor=request.query.get("cursor"))
        return json_answer(await listed(self._views, self._rooms, wanted))

    async def remove_board(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Erase a board with all its rows; the next game that counts begins it anew."""
        name = request.match_info["board"]
        room = named_room(name if name.lower().startswith(BOARD) else BOARD + name)
        if (await self._views.one(room)).facts.kind != "board":
            raise NoSuchRoom()
        answer = {"erased": room}
        await self._eraser.erase(room, act.row(whom=room, answer=answer))
        return answer


def _place(cursor: str | None) -> Place | None:
    """Read a cursor; raises Invalid."""
    if cursor is None:
        return None
    at, _, row = cursor.partition(".")
    given = number(at), number(row or "x")
    assert given[0] is not None
    assert given[1] is not None
    return Place(given[0], given[1])
