"""`/api/admin/people`: who signed in, one person, and what moderators do: mute, ban, sign out, note, export, erase."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import NO_STORE, json_answer
from parlour.adapters.http.routes import Route
from parlour.adapters.operating.person_export import PersonExports
from parlour.adapters.operating.person_rows import SqlPersonRows
from parlour.core.identity.accounts import normal_account
from parlour.core.room import Account, Moderate
from parlour.errors import Forbidden, Invalid, NotFound
from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.http_operating import (
    NoteRequest,
    PeopleQuery,
    PeopleReply,
    PersonErasedReply,
    PersonReply,
    SanctionReply,
    SanctionRequest,
    SignedOutReply,
)
from parlour.runtime.clock import Clock
from parlour.runtime.identity.sanctions import Sanctions
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.operating.person_eraser import PersonEraser
from parlour.runtime.rooms.interface import RoomRequest, RoomService
from parlour.runtime.rooms.room_ids import named_room

PIECE = 64 * 1024
"""Bytes of an archive sent at once."""


class PeopleRoutes:
    """The routes of people."""

    def __init__(
        self,
        rows: SqlPersonRows,
        exports: PersonExports,
        eraser: PersonEraser,
        sanctions: Sanctions,
        sign_in: SignIn,
        rooms: RoomService,
        clock: Clock,
        door: AdminDoor,
    ) -> None:
        self._rows = rows
        self._exports = exports
        self._eraser = eraser
        self._sanctions = sanctions
        self._sign_in = sign_in
        self._rooms = rooms
        self._clock = clock
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        door, one = self._door, "/api/admin/people/{account}"

        def sanctioned(name: str) -> Route:
            change = Change("POST", f"{one}/{name}", f"person.{name}", "moderator", SanctionRequest)
            return door.change(change, getattr(self, name), SanctionReply)

        sign_out = Change("POST", one + "/sign-out", "person.sign-out", "moderator", ChangeRequest)
        note = Change("POST", one + "/note", "person.note", "moderator", NoteRequest)
        erase = Change("POST", one + "/erase", "person.erase", "admin", ChangeRequest)
        return [
            door.view("/api/admin/people", self.list_people, PeopleReply, PeopleQuery),
            door.view(one, self.show_person, PersonReply),
            door.view(one + "/export", self.export_person, bytes, role="admin", media="application/zip"),
            *(sanctioned(name) for name in ("mute", "unmute", "ban", "unban")),
            door.change(sign_out, self.sign_out_person, SignedOutReply),
            door.change(note, self.note_person, SanctionReply),
            door.change(erase, self.erase_person, PersonErasedReply),
        ]

    # ── seeing ────────────────────────────────────────────────────────────────────────────────────────────────

    async def list_people(self, request: web.Request) -> web.Response:
        """List people who signed in, by a part of their address or name."""
        query, cursor = request.query.get("query", ""), request.query.get("cursor")
        found, following = await self._rows.page(query, cursor, self._clock.now())
        return json_answer({"people": found, "cursor": following})

    async def show_person(self, request: web.Request) -> web.Response:
        """Show a person: profile, sessions, rooms, reports, notes, and what holds for them."""
        account = _account(request)
        found = await self._rows.one(account)
        if found is None:
            raise NotFound("That account never signed in here.")
        held = [each.to_json() for each in await self._sanctions.of(account)]
        return json_answer({**found, "sanctions": held, "rank": self._sign_in.rank(account)})

    async def export_person(self, request: web.Request) -> web.StreamResponse:
        """Send all that is stored of a person as a zip, but for rooms that nobody reads along in."""
        archive = await self._exports.archive(_account(request))
        with archive:
            headers = {"Content-Type": "application/zip", "Content-Disposition": 'attachment; filename="person.zip"'}
            response = web.StreamResponse(headers={**headers, **NO_STORE})
            await response.prepare(request)
            while piece := archive.read(PIECE):
                await response.write(piece)
            await response.write_eof()
        return response

    # ── acting ────────────────────────────────────────────────────────────────────────────────────────────────

    async def mute(self, request: web.Request, act: Act[SanctionRequest]) -> dict[str, Any]:
        """Let somebody write nothing but moves of games, in a room or on the whole server."""
        return await self._sanction(act, "mute")

    async def unmute(self, request: web.Request, act: Act[SanctionRequest]) -> dict[str, Any]:
        """End a mute."""
        return await self._sanction(act, "unmute")

    async def ban(self, request: web.Request, act: Act[SanctionRequest]) -> dict[str, Any]:
        """Keep somebody out of a room, or of the server: sessions end within a second, and none begins."""
        return await self._sanction(act, "ban")

    async def unban(self, request: web.Request, act: Act[SanctionRequest]) -> dict[str, Any]:
        """End a ban."""
        return await self._sanction(act, "unban")

    async def _sanction(self, act: Act[SanctionRequest], action: str) -> dict[str, Any]:
        account, body = self._below(act), act.body
        if body.until is not None and action.startswith("un"):
            raise Invalid("Only a mute or a ban has an end.", details={"path": "until"})
        if body.scope != "server":
            await self._in_room(act, action, account)
        elif action.startswith("un"):
            await self._sanctions.lift(account, action.removeprefix("un"), act.row(whom=account, answer={}))
        else:
            await self._sanctions.impose(account, action, body.until, act.row(whom=account, answer={}))
        return {}

    async def _in_room(self, act: Act[SanctionRequest], action: str, account: Account) -> None:
        prefix, _, name = act.body.scope.partition(":")
        if prefix != "room" or not name:
            raise Invalid("scope is server or room:<id>.", details={"path": "scope"})
        by = act.caller
        command = Moderate(
            by.account, by.rank, account=account, action=action, until=act.body.until, reason=act.body.reason
        )
        row = act.row(whom=account, after={"room": name}, answer={})
        await self._rooms.ask(named_room(name), RoomRequest(command, request_id=act.id, audit=row))

    async def sign_out_person(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """End every session of somebody; they may sign in again."""
        account = self._below(act)
        answer = {"ended": await self._sign_in.revoke_all(account)}
        await self._rows.audit(act.row(whom=account, answer=answer))
        return answer

    async def note_person(self, request: web.Request, act: Act[NoteRequest]) -> dict[str, Any]:
        """Keep a note about somebody, for other operators."""
        account = _named(act.whom)
        await self._rows.note(account, act.body.text, act.row(whom=account, answer={}))
        return {}

    async def erase_person(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Erase what somebody wrote and left here; answers what is not reached. Nothing brings it back."""
        account = self._below(act)
        return await self._eraser.erase(account, act.row(whom=account))

    def _below(self, act: Act[Any]) -> Account:
        """Return whom an act is about; raises Forbidden unless the operator stands above them."""
        account = _named(act.whom)
        if self._sign_in.rank(account) >= act.operator.rank:
            raise Forbidden("Your role is not above the role of that account.", reason="role")
        return account


def _account(request: web.Request) -> Account:
    return _named(request.match_info["account"])


def _named(text: str) -> Account:
    return normal_account(text)
