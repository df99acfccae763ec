"""The console's data: `/api/admin/*`, for server roles; under `parlour dev` for its own page."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from parlour.adapters.http.answers import json_answer, json_body, number
from parlour.adapters.http.api import SERVER
from parlour.adapters.http.callers import Callers
from parlour.adapters.http.routes import Access, Route
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.errors import Invalid
from parlour.protocol.http_admin import ChainsReply, OverviewReply, RevivedReply, RewindRequest, UndoneReply
from parlour.runtime.chain.chains import Chains
from parlour.runtime.rooms.interface import RoomService

LISTED = 500
"""Connections and rooms one answer lists, newest first: a page, not a dump."""


class Sockets(Protocol):
    """The open connections; adapters/socket/gateway.py implements it."""

    def count(self) -> int:
        """Count the connections."""
        ...

    def described(self, limit: int) -> list[dict[str, Any]]:
        """Describe the newest connections, the newest first."""
        ...


class Admin:
    """Routes of the console."""

    def __init__(
        self, rooms: RoomService, sockets: Sockets, chains: Chains, callers: Callers, telemetry: Telemetry
    ) -> None:
        self._rooms = rooms
        self._sockets = sockets
        self._chains = chains
        self._callers = callers
        self._telemetry = telemetry

    def routes(self) -> list[Route]:
        """List the routes of the console's data."""
        chain = "/api/admin/chains/{chain}"
        view = Access(session=True, scope="admin:read", role="viewer")
        operate = Access(session=True, scope="admin:operate", role="operator")
        return [
            Route("GET", "/api/admin/overview", self.overview, OverviewReply, view),
            Route("GET", "/api/admin/chains", self.chain_status, ChainsReply, view),
            Route("POST", chain + "/replay", self.replay_chain, RevivedReply, operate),
            Route("POST", chain + "/rewind", self.rewind_chain, UndoneReply, operate, body=RewindRequest),
        ]

    async def overview(self, request: web.Request) -> web.Response:
        """Say what is live now: the server, its connections and its rooms."""
        await self._callers.check_operator(request, "viewer")
        telemetry = self._telemetry
        return json_answer(
            {
                "server": {**SERVER, "uptimeMs": int((time.monotonic() - telemetry.started) * 1000)},
                "connections": self._sockets.described(LISTED),
                "rooms": await self._rooms.overview(LISTED),
                "metrics": {
                    "connections": self._sockets.count(),
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
        """Try a halted chain again, and deliver parked rows again."""
        await self._callers.check_operator(request, "operator")
        return json_answer({"revived": await self._chains.replay(_chain(request))})

    async def rewind_chain(self, request: web.Request) -> web.Response:
        """Accept the endpoint's chain from a block on: `{to}`; answers how many blocks were undone."""
        await self._callers.check_operator(request, "operator")
        body = await json_body(request)
        to = body.get("to")
        if type(to) is not int or to < 0:
            raise Invalid("to must be a block number.", details={"path": "to"})
        return json_answer({"undone": await self._chains.rewind(_chain(request), to)})


def _chain(request: web.Request) -> int:
    chain = number(request.match_info["chain"])
    assert chain is not None, "the path names a chain"
    return chain


def _resident_bytes() -> int:
    """Return the memory in use now, or the highest use so far where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
