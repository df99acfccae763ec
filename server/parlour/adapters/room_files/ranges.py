"""Sends a file's bytes: whole or one range (RFC 9110 section 14), with headers that make it harmless in a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

from aiohttp import web
from multidict import CIMultiDict

from parlour.core.files.types import SHOWN, TEXT
from parlour.errors import NotFound
from parlour.runtime.files.store import StoredFile

PRIVATE, PUBLIC = "private, no-cache", "public, max-age=3600"
"""A room's file is asked for again each time, because the right to see it may end; an avatar lives on for an hour."""
HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}
"""No script runs in it, wherever it is opened; pages of DApps elsewhere may show it; its address is told to nobody."""

Reads = Callable[[str, int, int], AsyncIterator[bytes]]
"""Reads the bytes kept under a key, from where to where (`FileStore.read`)."""


async def send(request: web.Request, found: StoredFile, reads: Reads, cache: str = PRIVATE) -> web.StreamResponse:
    """Answer a request for a file; raises NotFound where its bytes are gone."""
    size, tag = found.facts.bytes, found.facts.hash.hex()
    headers = _headers(found, cache, tag)
    if {each.value for each in request.if_none_match or ()} & {tag, "*"}:
        return web.Response(status=304, headers=headers)
    start, end, status = _range(request, size, tag)
    if status == 416:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    response = web.StreamResponse(status=status, headers=headers)
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    pieces = reads(found.key, start, end)
    try:
        first = await anext(pieces)
    except (FileNotFoundError, StopAsyncIteration):
        raise NotFound("There is no such file in this room.") from None
    await response.prepare(request)
    await response.write(first)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response


def _headers(found: StoredFile, cache: str, tag: str) -> CIMultiDict[str]:
    type_ = found.facts.type
    shown = "inline" if type_ in SHOWN else "attachment"
    plain = "".join(char if 32 <= ord(char) < 127 and char not in '"\\' else "_" for char in found.name)
    named = f"{shown}; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    return CIMultiDict(
        {
            "Content-Type": f"{type_}; charset=utf-8" if type_ == TEXT else type_,
            "Content-Disposition": named,
            "Accept-Ranges": "bytes",
            "ETag": f'"{tag}"',
            "Cache-Control": cache,
            **HARMLESS,
        }
    )


def _range(request: web.Request, size: int, tag: str) -> tuple[int, int, int]:
    """Return where to start, where to end, and the status. What is no single range is answered with everything."""
    condition = request.headers.get("If-Range")
    if condition is not None and condition != f'"{tag}"':
        return 0, size, 200
    try:
        asked = request.http_range
    except ValueError:
        return 0, size, 200
    start, stop = asked.start, asked.stop
    if start is None and stop is None:
        return 0, size, 200
    if start is not None and start < 0:  # the last bytes
        start, stop = max(0, size + start), size
    stop = size if stop is None else min(stop, size)
    return (0, 0, 416) if start >= stop else (start, stop, 206)
