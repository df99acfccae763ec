"""`/api/admin/rooms`: rooms but those nobody reads along in, one with its log and its states, and acts on it."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change, operator_of
from parlour.adapters.http.answers import NO_STORE, json_answer, number
from parlour.adapters.http.routes import Route
from parlour.adapters.operating.room_rows import SORTED, RoomsWanted, SqlRoomViews
from parlour.core.identity.accounts import normal_account
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import Close, Command, Configure, Operate
from parlour.core.rooms.reserved import prefix_of
from parlour.errors import Invalid, NoSuchRoom
from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.http_operating import (
    ActReply,
    AdminRoomReply,
    AdminRoomsQuery,
    AdminRoomsReply,
    AdminStateQuery,
    AdminStateReply,
    AnnounceRequest,
    ConfigureRequest,
    EraseQuery,
    RoomErasedReply,
    TailQuery,
    TransferRequest,
)
from parlour.runtime.operating.room_eraser import RoomEraser
from parlour.runtime.operating.tail import Tails
from parlour.runtime.rooms.interface import Caller, RoomRequest, RoomService
from parlour.runtime.rooms.room_ids import named_room
from parlour.runtime.store import RoomRecord

STATES = ("open", "closed", "frozen")


class RoomRoutes:
    """The routes of rooms."""

    def __init__(
        self, rooms: RoomService, views: SqlRoomViews, tails: Tails, eraser: RoomEraser, door: AdminDoor
    ) -> None:
        self._rooms = rooms
        self._views = views
        self._tails = tails
        self._eraser = eraser
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        door, all_, one = self._door, "/api/admin/rooms", "/api/admin/rooms/{room}"
        freeze = Change("POST", one + "/freeze", "room.freeze", "operator", ChangeRequest)
        thaw = Change("POST", one + "/thaw", "room.thaw", "operator", ChangeRequest)
        feature = Change("POST", one + "/feature", "room.feature", "operator", ChangeRequest)
        unfeature = Change("POST", one + "/unfeature", "room.unfeature", "operator", ChangeRequest)
        close = Change("POST", one + "/close", "room.close", "operator", ChangeRequest)
        announce = Change("POST", one + "/announce", "room.announce", "operator", AnnounceRequest)
        configure = Change("POST", one + "/configure", "room.configure", "operator", ConfigureRequest)
        transfer = Change("POST", one + "/transfer", "room.transfer", "operator", TransferRequest)
        erase = Change("DELETE", one, "room.erase", "operator", ChangeRequest)
        return [
            door.view(all_, self.admin_rooms, AdminRoomsReply, AdminRoomsQuery),
            door.view(one, self.admin_room, AdminRoomReply),
            door.view(one + "/entries", self.admin_entries, bytes, TailQuery, media="application/x-ndjson"),
            door.view(one + "/state", self.admin_state, AdminStateReply, AdminStateQuery),
            door.change(freeze, self.freeze_room, ActReply),
            door.change(thaw, self.thaw_room, ActReply),
            door.change(feature, self.feature_room, ActReply),
            door.change(unfeature, self.unfeature_room, ActReply),
            door.change(close, self.close_room, ActReply),
            door.change(announce, self.announce_in_room, ActReply),
            door.change(configure, self.configure_room, ActReply),
            door.change(transfer, self.transfer_room, ActReply),
            door.change(erase, self.erase_room, RoomErasedReply, EraseQuery),
        ]

    # ── seeing ────────────────────────────────────────────────────────────────────────────────────────────────

    async def admin_rooms(self, request: web.Request) -> web.Response:
        """List rooms, private and closed ones too; none that nobody reads along in."""
        asked = request.query
        state, sort = asked.get("state"), asked.get("sort", "updated")
        if state is not None and state not in STATES:
            raise Invalid("state is open, closed or frozen.", details={"path": "state"})
        if sort not in SORTED:
            raise Invalid("sort is updated, created, members or entries.", details={"path": "sort"})
        wanted = RoomsWanted(asked.get("query", ""), asked.get("kind"), state, sort, asked.get("cursor"))
        return json_answer(await listed(self._views, self._rooms, wanted))

    async def admin_room(self, request: web.Request) -> web.Response:
        """Show a room: its facts, its people, what it watches and who hosts it."""
        found = await self._views.one(named_room(request.match_info["room"]))
        record = found.facts
        [shown] = await shown_rooms(self._rooms, [record])
        lease = {"owner": record.lease_owner, "until": record.lease_until, "fence": record.fence}
        facts = {"floor": record.floor, "format": record.format, "epoch": record.epoch, "lease": lease}
        return json_answer({"room": shown, "members": found.members, "watches": found.watches, **facts})

    async def admin_entries(self, request: web.Request) -> web.StreamResponse:
        """Send entries as NDJSON; with `follow=1` also those that come, with blank lines while none does."""
        room, after = named_room(request.match_info["room"]), number(request.query.get("after"))
        pieces = self._tails.read(room, _eye(request), after, follow=request.query.get("follow") == "1")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", **NO_STORE})
        first = await anext(pieces, None)
        await response.prepare(request)
        try:
            if first is not None:
                await response.write(orjson.dumps(first) + b"\n")
            async for entry in pieces:
                await response.write(b"\n" if entry is None else orjson.dumps(entry) + b"\n")
            await response.write_eof()
        except ConnectionError:
            pass  # the client has seen enough
        finally:
            await pieces.aclose()
        return response

    async def admin_state(self, request: web.Request) -> web.Response:
        """Show the state a room had once entry `at` was there, as any account saw it."""
        viewer = request.query.get("as")
        account = normal_account(viewer) if viewer else None
        seq, room = number(request.query.get("at")), named_room(request.match_info["room"])
        return json_answer(await self._rooms.state_as(room, _eye(request), seq, account))

    # ── acting ────────────────────────────────────────────────────────────────────────────────────────────────

    async def freeze_room(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Let a room stand still: posts are refused and a game's clocks stop; its people read the reason."""
        return await self._operate(act, Operate(*_by(act), action="freeze", reason=act.body.reason))

    async def thaw_room(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Let a frozen room go on; a game's clocks are moved by as long as it stood still."""
        return await self._operate(act, Operate(*_by(act), action="thaw"))

    async def feature_room(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Recommend a room to everybody: lists of featured rooms show it, where it is public."""
        return await self._operate(act, Operate(*_by(act), action="feature"))

    async def unfeature_room(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Recommend a room no longer."""
        return await self._operate(act, Operate(*_by(act), action="unfeature"))

    async def close_room(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Close a room for good; its people read the reason."""
        return await self._operate(act, Close(*_by(act), reason=act.body.reason))

    async def announce_in_room(self, request: web.Request, act: Act[AnnounceRequest]) -> dict[str, Any]:
        """Say something to everybody in a room, as the server."""
        return await self._operate(act, Operate(*_by(act), action="announce", text=act.body.text))

    async def configure_room(self, request: web.Request, act: Act[ConfigureRequest]) -> dict[str, Any]:
        """Change settings of a room as its owner could."""
        body = act.body
        rules = None if body.rules is None else body.rules.named()
        if all(value is None for value in (body.title, body.visibility, body.options, rules)):
            raise Invalid("Name a setting to change.", details={"path": "title"})
        changed = Configure(*_by(act), title=body.title, visibility=body.visibility, options=body.options, rules=rules)
        return await self._operate(act, changed)

    async def transfer_room(self, request: web.Request, act: Act[TransferRequest]) -> dict[str, Any]:
        """Give a room to another account; the owner before becomes a moderator."""
        return await self._operate(act, Operate(*_by(act), action="transfer", to=normal_account(act.body.account)))

    async def erase_room(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Erase a room and all that is stored of it; `confirm` is its id once more. Nothing brings it back."""
        room = named_room(request.match_info["room"])
        if request.query.get("confirm", "").lower() != room.lower():
            raise Invalid("confirm is the id of the room to erase.", details={"path": "confirm"})
        check_sealed(room)
        answer = {"erased": room}
        await self._eraser.erase(room, act.row(answer=answer))
        return answer

    async def _operate(self, act: Act[Any], command: Command) -> dict[str, Any]:
        room = named_room(act.whom)
        answer = await self._rooms.ask(room, RoomRequest(command, request_id=act.id, audit=act.row()))
        return {"seq": answer["seq"]}


async def listed(views: SqlRoomViews, rooms: RoomService, wanted: RoomsWanted) -> dict[str, Any]:
    """Return a page of rooms as JSON."""
    records, cursor = await views.page(wanted)
    return {"rooms": await shown_rooms(rooms, records), "cursor": cursor}


async def shown_rooms(rooms: RoomService, records: list[RoomRecord]) -> list[dict[str, Any]]:
    """Return rooms as operators see them."""
    standing = await asyncio.gather(*(rooms.standing(record.id) for record in records))
    return [
        {
            **record.to_json(),
            "state": "closed" if record.closed else "frozen" if record.frozen else "open",
            "head": record.head,
            "updatedAt": record.updated_at,
            **stands,
        }
        for record, stands in zip(records, standing, strict=True)
    ]


def check_sealed(room: str) -> None:
    """Raise NoSuchRoom for a room that belongs to its people alone."""
    reserved = prefix_of(room)
    if reserved is not None and reserved.sealed:
        raise NoSuchRoom()


def _eye(request: web.Request) -> Caller:
    """Return who reads along: an operator of any role, as the server's moderators read."""
    operator = operator_of(request)
    account = "" if operator.account.startswith("app:") else operator.account
    return Caller(account, max(operator.rank, SERVER_MODERATOR))


def _by(act: Act[Any]) -> tuple[str, int]:
    return act.caller.account, act.caller.rank
