"""`/api/admin/reports`: the queue of reported messages, for the server's moderators (protocol §7)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.protocol.http_operating import QueueQuery, QueueReply, ResolveReply, ResolveRequest
from parlour.runtime.archive.reports import DISMISSED, OPEN, REDACTED, Reports

STATES = (OPEN, DISMISSED, REDACTED)


class ReportQueue:
    """The routes of the queue."""

    def __init__(self, reports: Reports, door: AdminDoor) -> None:
        self._reports = reports
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        queue = "/api/admin/reports"
        resolve = Change("POST", queue + "/{report}/resolve", "report.resolve", "moderator", ResolveRequest)
        return [
            self._door.view(queue, self.list, QueueReply, QueueQuery, role="moderator"),
            self._door.change(resolve, self.resolve, ResolveReply),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """List reported messages of all rooms, those reported last first."""
        state = request.query.get("state", OPEN)
        cursor = request.query.get("cursor")
        return json_answer(await self._reports.queue(state if state in STATES else OPEN, cursor))

    async def resolve(self, request: web.Request, act: Act[ResolveRequest]) -> dict[str, Any]:
        """End a report: dismiss it, or redact the message; needs a reason."""
        await self._reports.resolve(act.caller, act.whom, act.body.action, act.row(answer={}))
        return {}
