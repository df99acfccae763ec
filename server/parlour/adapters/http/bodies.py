"""Reads the body of an HTTP request, limited in bytes and in time.

The server unpacks no bodies (`auto_decompress=False`): what comes compressed is no JSON, and no bomb either.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from parlour.errors import TooLarge

BODY_SECONDS = web.AppKey("BODY_SECONDS", float)
"""Seconds a body may take to arrive; set on the application."""


async def read_body(request: web.Request, limit: int) -> bytes:
    """Read a whole body, however many pieces it comes in.

    Raises:
        TooLarge: more than `limit` bytes; nothing beyond them is read.
        web.HTTPRequestTimeout: it took too long.
        web.HTTPBadRequest: the sender is gone; nobody hears this.
    """
    if (request.content_length or 0) > limit:
        raise TooLarge(f"The body has {limit} bytes at most.")
    raw = bytearray()
    try:
        async with asyncio.timeout(request.config_dict.get(BODY_SECONDS, 10.0)):
            async for chunk in request.content.iter_any():
                raw += chunk
                if len(raw) > limit:
                    raise TooLarge(f"The body has {limit} bytes at most.")
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except ConnectionError:
        raise web.HTTPBadRequest from None
    return bytes(raw)
