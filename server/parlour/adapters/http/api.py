"""HTTP beside the sockets (protocol §7): health, metrics, kinds and rooms, with the same rights as on the socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.answers import NO_STORE, json_answer, json_body, number, stream_lines
from parlour.adapters.http.bodies import read_body
from parlour.adapters.http.callers import API_KEY_RANK, Callers
from parlour.adapters.http.routes import Access, Route
from parlour.core.canonical_json import canonical
from parlour.core.room import Post
from parlour.errors import Invalid
from parlour.protocol import PROTOCOL
from parlour.protocol.documents import DocRead, DocRestore, DocSeqReply
from parlour.protocol.http_rooms import (
    DocumentQuery,
    DocumentRestore,
    DocumentText,
    EntriesQuery,
    EntryPost,
    HealthReply,
    KindsReply,
    ReadyReply,
    ReplayLine,
    RoomReply,
    RoomsQuery,
    StateQuery,
    StateReply,
    TranscriptLine,
    VersionReply,
)
from parlour.protocol.replies import EntriesPage, PostReceipt, RoomsPage
from parlour.protocol.requests import RoomHistory, RoomList, RoomPost, check_id, parse
from parlour.runtime.rooms.interface import ROOMS_LISTED, Bounds, RoomQuery, RoomRequest, RoomService
from parlour.runtime.rooms.room_ids import named_room
from parlour.version import __version__

SERVER = {"name": "parlour", "version": __version__}
"""What the server says of itself."""

BINARY = "application/octet-stream"
DEGRADED = "degraded: "
"""How the fault of a check begins with which clients should be sent here all the same."""
Readiness = Callable[[], Awaitable[dict[str, str | None]]]
"""What must hold to serve: name → None where it does, else what is wrong."""


class Api:
    """The JSON routes."""

    def __init__(self, rooms: RoomService, callers: Callers, ready: Readiness, update_bytes: int) -> None:
        """Args: update_bytes: the largest update of a document."""
        self._rooms = rooms
        self._callers = callers
        self._ready = ready
        self._update_bytes = update_bytes

    def routes(self) -> list[Route]:
        """List the routes of the API."""
        room = "/api/rooms/{room}"
        read_rooms = Access(session=True, scope="rooms:read", nobody=True)
        read_entries = Access(session=True, scope="entries:read", nobody=True)
        return [
            Route("GET", "/healthz", self.health, HealthReply),
            Route("GET", "/readyz", self.readiness, ReadyReply),
            Route("GET", "/version", self.version, VersionReply),
            Route("GET", "/api/kinds", self.kinds, KindsReply),
            Route("GET", "/api/rooms", self.rooms, RoomsPage, read_rooms, RoomsQuery),
            Route("GET", room, self.room, RoomReply, read_rooms),
            Route("GET", room + "/entries", self.entries, EntriesPage, read_entries, EntriesQuery),
            Route("GET", room + "/state", self.state, StateReply, read_entries, StateQuery),
            Route("POST", room + "/entries", self.post, PostReceipt, Access(scope="entries:post"), body=EntryPost),
            Route(
                "GET", room + "/document", self.document, DocumentText, read_entries, DocumentQuery, media="text/plain"
            ),
            Route(
                "POST",
                room + "/document/restore",
                self.restore_document,
                DocSeqReply,
                Access(session=True, scope="entries:post"),
                body=DocumentRestore,
            ),
            Route(
                "GET", room + "/transcript", self.transcript, TranscriptLine, read_entries, media="application/x-ndjson"
            ),
            Route("GET", room + "/replay", self.replay, ReplayLine, read_entries, media="application/x-ndjson"),
        ]

    async def health(self, request: web.Request) -> web.Response:
        """Say that the process answers."""
        return json_answer({"ok": True})

    async def readiness(self, request: web.Request) -> web.Response:
        """Say whether clients should be sent here; if not, why."""
        checks = await self._ready()
        ok = all(fault is None or fault.startswith(DEGRADED) for fault in checks.values())
        return json_answer({"ok": ok, "checks": {n: f or "ok" for n, f in checks.items()}}, 200 if ok else 503)

    async def version(self, request: web.Request) -> web.Response:
        """Say which server this is, and which protocol it speaks."""
        return json_answer({**SERVER, "protocol": PROTOCOL})

    async def kinds(self, request: web.Request) -> web.Response:
        """List the kinds of rooms, with the JSON Schemas of their options and actions."""
        return json_answer({"kinds": self._rooms.kinds()})

    async def rooms(self, request: web.Request) -> web.Response:
        """List public rooms and those of the caller, newest activity first."""
        caller = await self._callers.reader(request, "rooms:read")
        asked = parse(RoomList, _listing(request))
        query = RoomQuery(
            asked.kind,
            asked.query,
            bool(asked.open),
            featured=bool(asked.featured),
            cursor=asked.cursor,
            limit=asked.limit or ROOMS_LISTED,
        )
        return json_answer(await self._rooms.list(caller, query))

    async def room(self, request: web.Request) -> web.Response:
        """Describe one room."""
        caller = await self._callers.reader(request, "rooms:read")
        return json_answer({"room": await self._rooms.describe(_room(request), caller)})

    async def entries(self, request: web.Request) -> web.Response:
        """Read a room's entries, ascending between exclusive bounds; the latest page unless only `after` is given."""
        caller = await self._callers.reader(request, "entries:read")
        query = request.query
        limits = {name: number(query.get(name)) for name in ("after", "before", "limit")}
        asked = parse(RoomHistory, {"room": _room(request), **limits})
        bounds = Bounds(asked.before, asked.after, asked.limit)
        return json_answer(
            await self._rooms.history(asked.room, caller, bounds, proof=query.get("proof") in ("1", "true"))
        )

    async def state(self, request: web.Request) -> web.Response:
        """Read the state a room had once entry `at` was there, as a spectator saw it."""
        caller = await self._callers.reader(request, "entries:read")
        seq = number(request.query.get("at"))
        return json_answer(await self._rooms.state_at(_room(request), caller, seq))

    async def post(self, request: web.Request) -> web.Response:
        """Write an entry as a DApp's backend: its author is `app:<key name>`. Bytes: `?type=doc.update&id=`."""
        if request.content_type == BINARY:
            return await self._post_bytes(request)
        account = await self._callers.key(request, "entries:post")
        asked = parse(RoomPost, {**await json_body(request), "room": _room(request)})
        if asked.sig is not None:
            raise Invalid("An API key cannot sign posts.", details={"path": "sig"})
        if isinstance(asked.body, dict):
            canonical(asked.body)
        check_id(asked.id)
        command = Post(account, API_KEY_RANK, id=asked.id, type=asked.type, body=asked.body)
        return json_answer(await self._rooms.ask(asked.room, RoomRequest(command)))

    async def _post_bytes(self, request: web.Request) -> web.Response:
        account = await self._callers.key(request, "entries:post")
        body, query = await read_body(request, self._update_bytes), request.query
        wanted = {"room": _room(request), "type": query.get("type"), "id": query.get("id"), "body": body}
        asked = parse(RoomPost, wanted)
        check_id(asked.id)
        command = Post(account, API_KEY_RANK, id=asked.id, type=asked.type, body=body)
        return json_answer(await self._rooms.ask(asked.room, RoomRequest(command)))

    async def document(self, request: web.Request) -> web.Response:
        """Read a document, now or in a version: `as=text` (plain text), `json` (its roots) or `update` (bytes)."""
        caller = await self._callers.reader(request, "entries:read")
        query = request.query
        wanted = {"as": query.get("as", "text"), "version": number(query.get("version"))}
        asked = parse(DocRead, {"room": _room(request), **wanted})
        answer = await self._rooms.document(asked.room, caller, asked.version, asked.as_)
        return _document(asked.as_, answer)

    async def restore_document(self, request: web.Request) -> web.Response:
        """Make a document read as it did in a version; that is one more edit."""
        caller = await self._callers.writer(request, "entries:post")
        asked = parse(DocRestore, {**await json_body(request), "room": _room(request)})
        check_id(asked.id)
        return json_answer(await self._rooms.restore_document(asked.room, caller, asked.version, asked.id))

    async def transcript(self, request: web.Request) -> web.StreamResponse:
        """Stream the whole log of a room, verifiable offline."""
        caller = await self._callers.reader(request, "entries:read")
        return await stream_lines(request, await self._rooms.transcript(_room(request), caller))

    async def replay(self, request: web.Request) -> web.StreamResponse:
        """Stream the last finished match of a room: its log with proof, and each state that a spectator saw."""
        caller = await self._callers.reader(request, "entries:read")
        return await stream_lines(request, await self._rooms.replay(_room(request), caller))


def _document(as_: str, answer: dict[str, Any]) -> web.Response:
    headers = {**NO_STORE, "Parlour-Seq": str(answer["seq"])}
    if "approximate" in answer:
        headers["Parlour-Approximate"] = "1"
    if as_ == "text":
        return web.Response(text=answer["text"], content_type="text/plain", headers=headers)
    body = answer["update"] if as_ == "update" else orjson.dumps(answer["json"])
    return web.Response(body=body, content_type=BINARY if as_ == "update" else "application/json", headers=headers)


def _room(request: web.Request) -> str:
    return named_room(request.match_info["room"])


def _listing(request: web.Request) -> dict[str, Any]:
    """Read the query string as the object of `room:list`."""
    query = request.query
    asked = {name: query.get(name) for name in ("kind", "query", "cursor")}
    wanted = {name: query.get(name) in ("1", "true") for name in ("open", "featured")}
    return asked | wanted | {"limit": number(query.get("limit"))}
