"""HTTP beside the sockets (protocol §7): health, metrics, kinds and rooms, with the same rights as on the socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from parlour import __version__
from parlour.adapters.http.answers import json_answer, json_body, number
from parlour.adapters.http.callers import API_KEY_RANK, Callers
from parlour.adapters.http.transcript import stream_lines
from parlour.adapters.socket.parsing import check_id, check_room
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.core.log.hash_chain import canonical
from parlour.core.room import Post
from parlour.errors import Invalid
from parlour.protocol import PROTOCOL, events, schema
from parlour.protocol.requests import RoomHistory, RoomList, RoomPost, parse
from parlour.runtime.rooms.interface import ROOMS_LISTED, Bounds, RoomQuery, RoomRequest, RoomService

SERVER = {"name": "parlour", "version": __version__}
"""What the server says of itself."""

Readiness = Callable[[], Awaitable[dict[str, str | None]]]
"""What must hold to serve: name → None where it does, else what is wrong."""


class Api:
    """The JSON routes."""

    def __init__(self, rooms: RoomService, callers: Callers, telemetry: Telemetry, ready: Readiness) -> None:
        self._rooms = rooms
        self._callers = callers
        self._telemetry = telemetry
        self._ready = ready

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the API."""
        room = "/api/rooms/{room}"
        return [
            web.get("/healthz", self.health),
            web.get("/readyz", self.readiness),
            web.get("/metrics", self.metrics),
            web.get("/version", self.version),
            web.get("/api/kinds", self.kinds),
            web.get("/api/rooms", self.rooms),
            web.get(room, self.room),
            web.get(room + "/entries", self.entries),
            web.post(room + "/entries", self.post),
            web.get(room + "/transcript", self.transcript),
            web.get("/api/openapi.json", self.openapi),
            web.get("/api/asyncapi.json", self.asyncapi),
        ]

    async def health(self, request: web.Request) -> web.Response:
        """Say that the process answers."""
        return json_answer({"ok": True})

    async def readiness(self, request: web.Request) -> web.Response:
        """Say whether clients should be sent here, and what stands against it."""
        checks = await self._ready()
        ok = all(fault is None for fault in checks.values())
        return json_answer({"ok": ok, "checks": {n: f or "ok" for n, f in checks.items()}}, 200 if ok else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer figures for Prometheus."""
        return web.Response(body=self._telemetry.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

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
            asked.kind, asked.query, bool(asked.open), cursor=asked.cursor, limit=asked.limit or ROOMS_LISTED
        )
        return json_answer(await self._rooms.list(caller, query))

    async def room(self, request: web.Request) -> web.Response:
        """Describe one room."""
        caller = await self._callers.reader(request, "rooms:read")
        return json_answer({"room": await self._rooms.describe(_room(request), caller)})

    async def entries(self, request: web.Request) -> web.Response:
        """Read a room's entries, ascending between exclusive bounds; the latest page unless `after` stands alone."""
        caller = await self._callers.reader(request, "entries:read")
        query = request.query
        limits = {name: number(query.get(name)) for name in ("after", "before", "limit")}
        asked = parse(RoomHistory, {"room": _room(request), **limits})
        bounds = Bounds(asked.before, asked.after, asked.limit)
        return json_answer(
            await self._rooms.history(asked.room, caller, bounds, proof=query.get("proof") in ("1", "true"))
        )

    async def post(self, request: web.Request) -> web.Response:
        """Write an entry as a DApp's backend: its author is `app:<key name>`."""
        account = await self._callers.key(request, "entries:post")
        asked = parse(RoomPost, {**await json_body(request), "room": _room(request)})
        if asked.sig is not None:
            raise Invalid("An API key has nothing to sign with.", details={"path": "sig"})
        if isinstance(asked.body, dict):
            canonical(asked.body)
        check_id(asked.id)
        command = Post(account, API_KEY_RANK, id=asked.id, type=asked.type, body=asked.body)
        return json_answer(await self._rooms.ask(asked.room, RoomRequest(command)))

    async def transcript(self, request: web.Request) -> web.StreamResponse:
        """Stream the whole log of a room, verifiable offline."""
        caller = await self._callers.reader(request, "entries:read")
        return await stream_lines(request, await self._rooms.transcript(_room(request), caller))

    async def openapi(self, request: web.Request) -> web.Response:
        paths: dict[str, Any] = {}
        for route in self.routes():
            answer = {"200": {"description": "OK"}, "default": {"description": "An error: {error}"}}
            summary = (route.handler.__doc__ or route.path).strip().split("\n")[0]
            operation: dict[str, Any] = {"summary": summary, "responses": answer}
            if "{room}" in route.path:
                parameter = {"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}
                operation["parameters"] = [parameter]
            paths.setdefault(route.path, {})[route.method.lower()] = operation
        info = {"title": SERVER["name"], "version": __version__}
        return json_answer({"openapi": "3.1.0", "info": info, "paths": paths})

    async def asyncapi(self, request: web.Request) -> web.Response:
        from parlour.adapters.socket.requests import REQUESTS

        described = {**{n: s.model for n, s in REQUESTS.items()}, **events.EVENTS}
        payloads, found = schema.definitions(described.values(), "#/$defs/")
        named = zip(described, payloads, strict=True)
        messages = {e.replace(":", "_"): {"name": e, "payload": payload} for e, payload in named}
        info = {"title": SERVER["name"], "version": __version__}
        return json_answer({"asyncapi": "3.0.0", "info": info, "components": {"messages": messages}, "$defs": found})


def _room(request: web.Request) -> str:
    return check_room(request.match_info["room"])


def _listing(request: web.Request) -> dict[str, Any]:
    """Read the query string as the object of `room:list`."""
    query = request.query
    asked = {name: query.get(name) for name in ("kind", "query", "cursor")}
    return asked | {"limit": number(query.get("limit")), "open": query.get("open") in ("1", "true")}
