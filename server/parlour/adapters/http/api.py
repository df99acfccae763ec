"""HTTP beside the sockets (protocol §7): health, metrics, kinds, rooms, the demo and the console's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.auth import Limit, bearer
from parlour.adapters.http.bodies import read_body
from parlour.adapters.http.transcript import stream_transcript
from parlour.adapters.socket.parsing import check_id
from parlour.adapters.sql.server_key import ServerKey
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.log.hash_chain import canonical
from parlour.core.room import Post
from parlour.errors import Invalid, NotFound, Unauthorized
from parlour.protocol import PROTOCOL, events, schema
from parlour.protocol import requests as wire
from parlour.runtime.identity.api_keys import PREFIX, ApiKeys
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.rooms.history import Reader, Reading
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.room_ids import is_room_id

Readiness = Callable[[], Awaitable[dict[str, str | None]]]
"""What must hold to serve: name → None where it does, else what is wrong."""

API_KEY_RANK = SERVER_ROLES["moderator"]
"""A DApp's own backend reaches private rooms too; its scopes say what it may do there."""

_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class About:
    """What the server says of itself."""

    name: str
    version: str


class Api:
    """The JSON routes; the same rights as on the socket."""

    def __init__(
        self,
        registry: RoomRegistry,
        sign_in: SignIn,
        keys: ApiKeys,
        telemetry: Telemetry,
        ready: Readiness,
        about: About,
        key: ServerKey,
        limit: Limit,
        *,
        guests: bool,
    ) -> None:
        """Args: limit: asked with the rule `http` and the account of whoever has one; addresses are counted outside."""
        self._registry = registry
        self._sign_in = sign_in
        self._keys = keys
        self._reading = Reading(registry)
        self._telemetry = telemetry
        self._ready = ready
        self._about = about
        self._key = key
        self._limit = limit
        self._guests = guests

    def routes(self) -> list[web.RouteDef]:
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
        return json_answer({"ok": True})

    async def readiness(self, request: web.Request) -> web.Response:
        checks = await self._ready()
        ok = all(fault is None for fault in checks.values())
        return json_answer({"ok": ok, "checks": {n: f or "ok" for n, f in checks.items()}}, 200 if ok else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._telemetry.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def version(self, request: web.Request) -> web.Response:
        return json_answer({"name": self._about.name, "version": self._about.version, "protocol": PROTOCOL})

    async def kinds(self, request: web.Request) -> web.Response:
        return json_answer({"kinds": self._registry.kinds.described()})

    async def rooms(self, request: web.Request) -> web.Response:
        reader = await self._reader(request)
        asked: wire.RoomList = wire.parse(wire.RoomList, _listing(request))
        records, cursor = await self._registry.context.store.rooms(
            viewer=reader.account or None,
            kind=asked.kind,
            query=asked.query,
            open=bool(asked.open),
            cursor=asked.cursor,
            limit=asked.limit or 50,
        )
        return json_answer({"rooms": [record.to_json() for record in records], "cursor": cursor})

    async def room(self, request: web.Request) -> web.Response:
        reader = await self._reader(request)
        return json_answer({"room": await self._reading.describe(_room(request), reader)})

    async def entries(self, request: web.Request) -> web.Response:
        reader = await self._reader(request)
        query = request.query
        bounds = {name: _number(query.get(name)) for name in ("after", "before", "limit")}
        asked: wire.RoomHistory = wire.parse(wire.RoomHistory, {"room": _room(request), **bounds})
        proof = query.get("proof") in ("1", "true")
        return json_answer(
            await self._reading.history(
                asked.room, reader, after=asked.after, before=asked.before, limit=asked.limit, proof=proof
            )
        )

    async def post(self, request: web.Request) -> web.Response:
        """A DApp's backend posts as `app:<key name>` (protocol §7)."""
        key = await self._keys.authenticate(bearer(request))
        key.require("entries:post")
        await self._limit.hit("http", key.account)
        body = {**await json_body(request), "room": _room(request)}
        asked: wire.RoomPost = wire.parse(wire.RoomPost, body)
        if asked.sig is not None:
            raise Invalid("An API key has nothing to sign with.", details={"path": "sig"})
        if isinstance(asked.body, dict):
            canonical(asked.body)
        check_id(asked.id)
        command = Post(author=key.account, rank=API_KEY_RANK, id=asked.id, type=asked.type, body=asked.body)
        return json_answer(await self._registry.ask(asked.room, RoomRequest(command)))

    async def transcript(self, request: web.Request) -> web.StreamResponse:
        reader = await self._reader(request)
        host, _ = await self._reading.room(_room(request), reader)
        return await stream_transcript(request, self._registry, host, self._reading, reader, self._sign_in, self._key)

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
        info = {"title": self._about.name, "version": self._about.version}
        return json_answer({"openapi": "3.1.0", "info": info, "paths": paths})

    async def asyncapi(self, request: web.Request) -> web.Response:
        described = {**wire.REQUESTS, **events.EVENTS}
        payloads, found = schema.definitions(described.values(), "#/$defs/")
        named = zip(described, payloads, strict=True)
        messages = {e.replace(":", "_"): {"name": e, "payload": payload} for e, payload in named}
        info = {"title": self._about.name, "version": self._about.version}
        return json_answer({"asyncapi": "3.0.0", "info": info, "components": {"messages": messages}, "$defs": found})

    async def _reader(self, request: web.Request) -> Reader:
        """Who asks: an API key or a session by bearer, else a guest where guests are let in."""
        if "Authorization" in request.headers:
            token = bearer(request)
            if token.startswith(PREFIX):
                key = await self._keys.authenticate(token)
                key.require("entries:read" if "{room}/" in _pattern(request) else "rooms:read")
                await self._limit.hit("http", key.account)
                return Reader(key.account, API_KEY_RANK)
            session = await self._sign_in.authenticate(token)
            if session is None:
                raise Unauthorized("That token is not valid; sign in again.")
            await self._limit.hit("http", session.account)
            return Reader(session.account, session.rank)
        if not self._guests:
            raise Unauthorized()
        return Reader()


def demo_pages(static: Path) -> list[web.AbstractRouteDef]:
    """The demo at `/`, and the SDK at `/parlour/`."""
    folders = (("/demo", static / "demo"), ("/parlour", static / "client"))
    return [web.get("/", _page(static / "demo" / "index.html")), *_folders(*folders)]


def console_page(static: Path) -> list[web.AbstractRouteDef]:
    """The console's page at `/admin/`; its data is elsewhere, and guarded."""

    async def to_console(request: web.Request) -> web.Response:
        raise web.HTTPFound("/admin/")

    page = _page(static / "admin" / "index.html")
    return [web.get("/admin", to_console), web.get("/admin/", page), *_folders(("/admin", static / "admin"))]


def _page(file: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def show(request: web.Request) -> web.FileResponse:
        if not file.is_file():
            raise NotFound("This build ships no pages.")
        return web.FileResponse(file, headers=_PAGE_HEADERS)

    return show


def _folders(*folders: tuple[str, Path]) -> list[web.AbstractRouteDef]:
    return [web.get(prefix + "/{path:.+}", _file_in(folder)) for prefix, folder in folders if folder.is_dir()]


def _file_in(folder: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    """What aiohttp's static route does, with errors of our shape (protocol §1)."""

    async def show(request: web.Request) -> web.FileResponse:
        path = request.match_info["path"]
        file = None if "\x00" in path else (folder / path).resolve()
        if file is None or not file.is_relative_to(folder) or not file.is_file():
            raise NotFound("There is no such page.")
        return web.FileResponse(file)

    return show


def json_answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body=orjson.dumps(body), status=status, headers={"Cache-Control": "no-store"})


async def json_body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; raises TooLarge, and Invalid for what is none."""
    try:
        body = orjson.loads(await read_body(request, request.client_max_size))
    except orjson.JSONDecodeError as error:
        raise Invalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise Invalid("The body is a JSON object.")
    return body


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def _room(request: web.Request) -> str:
    room = request.match_info["room"]
    if not is_room_id(room):
        raise NotFound("There is no such room.")
    return room


def _listing(request: web.Request) -> dict[str, Any]:
    """The query string as the object of `room:list`."""
    query = request.query
    asked = {name: query.get(name) for name in ("kind", "query", "cursor")}
    return asked | {"limit": _number(query.get("limit")), "open": query.get("open") in ("1", "true")}


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise Invalid(f"{text[:20]!r} is not a number.")
    return int(text)
