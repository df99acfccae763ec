"""The console's data: `/api/admin/*`, for server roles; under `parlour dev`, which binds loopback only, for anybody."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from parlour.adapters.http.api import About, json_answer, json_body
from parlour.adapters.http.auth import authenticated, bearer
from parlour.adapters.socket.gateway import Gateway
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.errors import Forbidden, Invalid
from parlour.runtime.chain.chains import Chains
from parlour.runtime.identity.api_keys import PREFIX, ApiKeys
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.rooms.registry import RoomRegistry

LISTED = 500
"""Connections and rooms one answer lists, newest first: a page, not a dump."""


class Admin:
    """Routes of the console."""

    def __init__(
        self,
        registry: RoomRegistry,
        gateway: Gateway,
        chains: Chains,
        sign_in: SignIn,
        keys: ApiKeys,
        telemetry: Telemetry,
        about: About,
        *,
        open_to_all: bool,
    ) -> None:
        self._registry = registry
        self._gateway = gateway
        self._chains = chains
        self._sign_in = sign_in
        self._keys = keys
        self._telemetry = telemetry
        self._about = about
        self._open = open_to_all

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/admin/overview", self.overview),
            web.get("/api/admin/chains", self.chain_status),
            web.post("/api/admin/chains/{chain}/replay", self.replay_chain),
            web.post("/api/admin/chains/{chain}/rewind", self.rewind_chain),
        ]

    async def overview(self, request: web.Request) -> web.Response:
        """What is live right now: the server, its connections and its rooms."""
        await self._check(request, "viewer")
        records, _ = await self._registry.context.store.rooms(viewer=None, limit=LISTED, everything=True)
        return json_answer(
            {
                "server": {
                    "name": self._about.name,
                    "version": self._about.version,
                    "uptimeMs": int((time.monotonic() - self._telemetry.started) * 1000),
                },
                "connections": self._connections(),
                "rooms": [self._room(record.id, record.to_json() | {"head": record.head}) for record in records],
                "metrics": {
                    "connections": len(self._gateway.connections()),
                    "liveRooms": len(self._registry.live()),
                    "entries": self._telemetry.entries_stored,
                    "requests": self._telemetry.requests_answered,
                    "residentBytes": _resident_bytes(),
                },
            }
        )

    async def chain_status(self, request: web.Request) -> web.Response:
        """Each chain's head, position, lag, reorganisations and endpoints."""
        await self._check(request, "viewer")
        return json_answer({"chains": await self._chains.status()})

    async def replay_chain(self, request: web.Request) -> web.Response:
        """Try a halted chain again, and give parked deliveries another life."""
        await self._check(request, "operator")
        return json_answer({"revived": await self._chains.replay(_chain(request))})

    async def rewind_chain(self, request: web.Request) -> web.Response:
        """Accept the endpoint's chain from a block on: `{to}`; answers how many blocks were undone."""
        await self._check(request, "operator")
        body = await json_body(request)
        to = body.get("to")
        if type(to) is not int or to < 0:
            raise Invalid("to is a block number.", details={"path": "to"})
        return json_answer({"undone": await self._chains.rewind(_chain(request), to)})

    def _connections(self) -> list[dict[str, Any]]:
        clients = self._gateway.connections()[-LISTED:]
        return [
            {
                "id": client.connection.id,
                "account": client.account,
                "transport": client.connection.transport,
                "remote": client.connection.remote,
                "rooms": list(client.rooms),
                "since": client.since,
            }
            for client in reversed(clients)
        ]

    def _room(self, room: str, described: dict[str, Any]) -> dict[str, Any]:
        host = self._registry.find(room)
        if host is None:
            return described | {"live": False, "connections": 0}
        return described | {"live": True, "connections": len(host.presence.connections)}

    async def _check(self, request: web.Request, role: str) -> None:
        if self._open:
            return
        token = bearer(request)
        if token.startswith(PREFIX):
            key = await self._keys.authenticate(token)
            key.require("admin:read" if role == "viewer" else "admin:operate")
            return
        session = await authenticated(request, self._sign_in)
        if session.rank < SERVER_ROLES[role]:
            raise Forbidden(f"The console needs the server role {role}.", reason="role")


def _chain(request: web.Request) -> int:
    text = request.match_info["chain"]
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise Invalid("A chain is named by its number.")
    return int(text)


def _resident_bytes() -> int:
    """Memory in use now; where the system does not tell, the most there was."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
