"""`GET /api/rooms/<id>/transcript`: a room's log as NDJSON, verifiable offline (protocol §6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.answers import NO_STORE


async def stream_lines(request: web.Request, lines: AsyncIterator[dict[str, Any]]) -> web.StreamResponse:
    """Answer each object as one line, as soon as it comes."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", **NO_STORE})
    await response.prepare(request)
    async for line in lines:
        await response.write(orjson.dumps(line) + b"\n")
    await response.write_eof()
    return response
