"""`/api/admin/overview`, `chains` and `gates`: what is live now, and the repair of chains."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.console.recent_figures import RecentFigures
from parlour.adapters.http.answers import json_answer, number
from parlour.adapters.http.api import SERVER
from parlour.adapters.http.routes import Route
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.core.identity.accounts import normal_account
from parlour.protocol.http_admin import (
    ChainsReply,
    ChangeRequest,
    GateQuery,
    GateReply,
    OverviewQuery,
    OverviewReply,
    RevivedReply,
    RewindRequest,
    UndoneReply,
)
from parlour.runtime.chain.chains import Chains
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.rooms.room_ids import named_room

LISTED = 500
"""Connections and rooms one answer lists, newest first: a page, not a dump."""

TOLD_MS = 30_000
"""How far back the samples of a live picture reach: three of them, so that one of a few seconds late lacks none."""


class Sockets(Protocol):
    """The open connections; adapters/socket/gateway.py implements it."""

    def count(self) -> int:
        """Count the connections."""
        ...

    def described(self, limit: int) -> list[dict[str, Any]]:
        """Describe the newest connections, the newest first."""
        ...


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What the overview tells of a process: its counters, and its figures of the last hour."""

    telemetry: Telemetry
    figures: RecentFigures


class ServerRoutes:
    """Routes about the process, its chains and its gates."""

    def __init__(
        self,
        rooms: RoomService,
        sockets: Sockets,
        chains: Chains,
        door: AdminDoor,
        facts: ProcessFacts,
    ) -> None:
        self._rooms = rooms
        self._sockets = sockets
        self._chains = chains
        self._door = door
        self._facts = facts

    def routes(self) -> list[Route]:
        """List the routes."""
        door, chain = self._door, "/api/admin/chains/{chain}"
        replay = Change("POST", chain + "/replay", "chain.replay", "operator", ChangeRequest)
        rewind = Change("POST", chain + "/rewind", "chain.rewind", "operator", RewindRequest)
        return [
            door.view("/api/admin/overview", self.overview, OverviewReply, OverviewQuery),
            door.view("/api/admin/chains", self.chain_status, ChainsReply),
            door.view("/api/admin/gates/{room}", self.gate, GateReply, GateQuery),
            door.change(replay, self.replay_chain, RevivedReply),
            door.change(rewind, self.rewind_chain, UndoneReply),
        ]

    async def overview(self, request: web.Request) -> web.Response:
        """Say what is live now, and with `since` how it was in the last hour: a sample in ten seconds."""
        since = number(request.query.get("since"))
        hour = {} if since is None else {"hour": self._facts.figures.since(since)}
        return json_answer({**hour, **await self.picture()})

    async def live_picture(self) -> dict[str, Any]:
        """Return what is live now with the newest samples, for those who are told of each change."""
        figures = self._facts.figures
        return {"hour": figures.since(figures.now()["at"] - TOLD_MS), **await self.picture()}

    async def picture(self) -> dict[str, Any]:
        """Return what is live now."""
        telemetry = self._facts.telemetry
        return {
            "now": self._facts.figures.now(),
            "server": {**SERVER, "uptimeMs": int((time.monotonic() - telemetry.started) * 1000)},
            "connections": self._sockets.described(LISTED),
            "rooms": await self._rooms.overview(LISTED),
            "metrics": {
                "connections": self._sockets.count(),
                "liveRooms": sum(self._rooms.live_kinds().values()),
                "entries": telemetry.entries_stored,
                "requests": telemetry.requests_answered,
                "residentBytes": resident_bytes(),
            },
        }

    async def chain_status(self, request: web.Request) -> web.Response:
        """Each chain's head, position, lag, reorganisations and endpoints."""
        return json_answer(await self.chains_picture())

    async def chains_picture(self) -> dict[str, Any]:
        """Return each chain as its follower sees it."""
        return {"chains": await self._chains.status()}

    async def gate(self, request: web.Request) -> web.Response:
        """Say why an account passes a room's gate now or does not, leaf by leaf, with block and balance."""
        account = normal_account(request.query.get("account", ""))
        return json_answer(await self._rooms.explain_gate(named_room(request.match_info["room"]), account))

    async def replay_chain(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Try a halted chain again, and deliver parked rows again."""
        return {"revived": await self._chains.replay(_chain(request), act.row())}

    async def rewind_chain(self, request: web.Request, act: Act[RewindRequest]) -> dict[str, Any]:
        """Accept the endpoint's chain from a block on: `{to}`; answers how many blocks were undone."""
        return {"undone": await self._chains.rewind(_chain(request), act.body.to, act.row())}


def _chain(request: web.Request) -> int:
    chain = number(request.match_info["chain"])
    assert chain is not None, "the path names a chain"
    return chain


def resident_bytes() -> int:
    """Return the memory in use now, or the highest use so far where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
