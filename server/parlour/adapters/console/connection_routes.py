"""`/api/admin/connections`: the sockets of the process that answers, and dropping one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer, number
from parlour.adapters.http.routes import Route
from parlour.core.audit.record import AuditRecord
from parlour.errors import NotFound
from parlour.protocol.http_admin import ChangeRequest, ConnectionsQuery, ConnectionsReply, DoneReply

PAGE = 500
"""Connections of one answer; the console asks for more as one scrolls."""


class OpenSockets(Protocol):
    """The open connections; adapters/socket/gateway.py implements it."""

    def count(self) -> int:
        """Count the connections."""
        ...

    def page(self, query: str, before: int | None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Describe connections with a text, the newest first, below a number; and the number to go on below."""
        ...

    def has(self, id_: str) -> bool:
        """Return whether a connection is open here."""
        ...

    def drop(self, id_: str) -> None:
        """End a connection, whose client may come back at once; raises NotFound where it is not here."""


class ConnectionRoutes:
    """The routes of connections.

    Args:
        keep: writes an audit row; a socket is no row that could go with it.
    """

    def __init__(self, sockets: OpenSockets, keep: Callable[[AuditRecord], Awaitable[None]], door: AdminDoor) -> None:
        self._sockets = sockets
        self._keep = keep
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        path = "/api/admin/connections"
        drop = Change("POST", path + "/{connection}/drop", "connection.drop", "moderator", ChangeRequest)
        return [
            self._door.view(path, self.connections, ConnectionsReply, ConnectionsQuery),
            self._door.change(drop, self.drop, DoneReply),
        ]

    async def connections(self, request: web.Request) -> web.Response:
        """List the sockets of the process that answers, the newest first."""
        asked = request.query
        found, before = self._sockets.page(asked.get("query", "").lower(), number(asked.get("cursor")), PAGE)
        cursor = None if before is None else str(before)
        return json_answer({"connections": found, "total": self._sockets.count(), "cursor": cursor})

    async def drop(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """End a socket of the process that answers; its client may come back at once."""
        if not self._sockets.has(act.whom):
            raise NotFound("There is no such connection here.")
        await self._keep(act.row(answer={}))
        if self._sockets.has(act.whom):  # it may have ended by itself meanwhile
            self._sockets.drop(act.whom)
        return {}
