"""What JSON routes share: reading a request's object and numbers, and answering JSON or NDJSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.bodies import read_body
from parlour.errors import Invalid

NO_STORE = {"Cache-Control": "no-store"}
MAX_DIGITS = 16
"""Of a number in a path or a query: 2^53 has as many."""


def json_answer(body: Any, status: int = 200) -> web.Response:
    """Answer JSON that no cache may keep."""
    return web.json_response(body=orjson.dumps(body), status=status, headers=NO_STORE)


async def stream_lines(request: web.Request, lines: AsyncIterator[dict[str, Any]]) -> web.StreamResponse:
    """Answer NDJSON: each object as one line, as soon as it comes."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", **NO_STORE})
    await response.prepare(request)
    async for line in lines:
        await response.write(orjson.dumps(line) + b"\n")
    await response.write_eof()
    return response


async def json_body(request: web.Request) -> dict[str, Any]:
    """Read the JSON object of a request; raises TooLarge, or Invalid for anything else."""
    try:
        body = orjson.loads(await read_body(request, request.client_max_size))
    except orjson.JSONDecodeError as error:
        raise Invalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise Invalid("The body must be a JSON object.")
    return body


def number(text: str | None) -> int | None:
    """Read a whole number of a path or a query; raises Invalid."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        raise Invalid(f"{text[:20]!r} is not a number.")
    return int(text)
