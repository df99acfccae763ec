"""The console's data: `/api/admin/*`, for server roles; under `parlour dev`, which binds loopback only, for anybody."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from parlour.adapters.http.answers import json_answer, json_body, number
from parlour.adapters.http.api import SERVER
from parlour.adapters.http.callers import Callers
from parlour.adapters.socket.connection_limits import GatewayClient
from parlour.adapters.socket.gateway import Gateway
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.errors import Invalid
from parlour.runtime.chain.chains import Chains
from parlour.runtime.rooms.interface import RoomService

LISTED = 500
"""Connections and rooms one answer lists, newest first: a page, not a dump."""


class Admin:
    """Routes of the console."""

    def __init__(
        self, rooms: RoomService, gateway: Gateway, chains: Chains, callers: Callers, telemetry: Telemetry
    ) -> None:
        self._rooms = rooms
        self._gateway = gateway
        self._chains = chains
        self._callers = callers
        self._telemetry = telemetry

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/admin/overview", self.overview),
            web.get("/api/admin/chains", self.chain_status),
            web.post("/api/admin/chains/{chain}/replay", self.replay_chain),
            web.post("/api/admin/chains/{chain}/rewind", self.rewind_chain),
        ]

    async def overview(self, request: web.Request) -> web.Response:
        """Say what is live right now: the server, its connections and its rooms."""
        await self._callers.check_operator(request, "viewer")
        clients, telemetry = self._gateway.connections(), self._telemetry
        return json_answer(
            {
                "server": {**SERVER, "uptimeMs": int((time.monotonic() - telemetry.started) * 1000)},
                "connections": [_connection(client) for client in reversed(clients[-LISTED:])],
                "rooms": await self._rooms.overview(LISTED),
                "metrics": {
                    "connections": len(clients),
                    "liveRooms": sum(self._rooms.live_kinds().values()),
                    "entries": telemetry.entries_stored,
                    "requests": telemetry.requests_answered,
                    "residentBytes": _resident_bytes(),
                },
            }
        )

    async def chain_status(self, request: web.Request) -> web.Response:
        """Each chain's head, position, lag, reorganisations and endpoints."""
        await self._callers.check_operator(request, "viewer")
        return json_answer({"chains": await self._chains.status()})

    async def replay_chain(self, request: web.Request) -> web.Response:
        """Try a halted chain again, and give parked deliveries another life."""
        await self._callers.check_operator(request, "operator")
        return json_answer({"revived": await self._chains.replay(_chain(request))})

    async def rewind_chain(self, request: web.Request) -> web.Response:
        """Accept the endpoint's chain from a block on: `{to}`; answers how many blocks were undone."""
        await self._callers.check_operator(request, "operator")
        body = await json_body(request)
        to = body.get("to")
        if type(to) is not int or to < 0:
            raise Invalid("to is a block number.", details={"path": "to"})
        return json_answer({"undone": await self._chains.rewind(_chain(request), to)})


def _connection(client: GatewayClient) -> dict[str, Any]:
    return {
        "id": client.connection.id,
        "account": client.account,
        "transport": client.connection.transport,
        "remote": client.connection.remote,
        "rooms": list(client.rooms),
        "since": client.since,
    }


def _chain(request: web.Request) -> int:
    chain = number(request.match_info["chain"])
    assert chain is not None, "the path names a chain"
    return chain


def _resident_bytes() -> int:
    """Memory in use now; where the system does not tell, the most there was."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
