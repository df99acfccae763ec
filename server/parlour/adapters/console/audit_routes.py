"""`/api/admin/audit`: what operators changed, as pages and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.console.door import AdminDoor
from parlour.adapters.http.answers import NO_STORE, json_answer, number
from parlour.adapters.http.routes import Route
from parlour.protocol.http_console import AuditQueryParams, AuditReply
from parlour.runtime.audit.trail import AuditEntry, AuditQuery, AuditTrail

PAGE = 50
"""Rows of one answer."""
CSV_PAGE = 500
"""Rows that are read at once for a file."""
COLUMNS = ("n", "at", "by", "what", "whom", "reason", "from", "before", "after", "id", "hash")


class AuditRoutes:
    """The routes of the audit trail."""

    def __init__(self, trail: AuditTrail, door: AdminDoor) -> None:
        self._trail = trail
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        path = "/api/admin/audit"
        file = self._door.view(path + ".csv", self.audit_csv, str, AuditQueryParams, media="text/csv")
        return [self._door.view(path, self.audit, AuditReply, AuditQueryParams), file]

    async def audit(self, request: web.Request) -> web.Response:
        """List what operators changed, newest first."""
        return json_answer(await self.page(_query(request)))

    async def page(self, query: AuditQuery) -> dict[str, Any]:
        """Return rows, the newest first."""
        found = await self._trail.page(query, PAGE + 1)
        cursor = str(found[PAGE - 1].row) if len(found) > PAGE else None
        return {"rows": [entry.to_json() for entry in found[:PAGE]], "cursor": cursor}

    async def audit_csv(self, request: web.Request) -> web.StreamResponse:
        """Send what operators changed as CSV (RFC 4180), newest first."""
        query = _query(request)
        headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": "attachment; filename=audit.csv"}
        response = web.StreamResponse(headers={**headers, **NO_STORE})
        first = await self._trail.page(query, CSV_PAGE)
        await response.prepare(request)
        await response.write(_line(COLUMNS))
        async for entry in self._rest(query, first):
            told = entry.to_json()
            await response.write(_line([_cell(told[column]) for column in COLUMNS]))
        await response.write_eof()
        return response

    async def _rest(self, query: AuditQuery, found: Sequence[AuditEntry]) -> AsyncIterator[AuditEntry]:
        while found:
            for entry in found:
                yield entry
            found = await self._trail.page(replace(query, before=found[-1].row), CSV_PAGE)


def _query(request: web.Request) -> AuditQuery:
    asked = request.query
    return AuditQuery(asked.get("by"), asked.get("what"), number(asked.get("cursor")))


def _cell(value: object) -> object:
    """Return a value as a spreadsheet shows it; a text that a spreadsheet would take for a formula gets a quote."""
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return "'" + value if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _line(cells: Sequence[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
