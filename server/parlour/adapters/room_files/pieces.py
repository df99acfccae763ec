"""Reads the body of an upload piece by piece, limited in bytes and in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from parlour.adapters.http.bodies import BODY_SECONDS
from parlour.errors import Invalid, TooLarge

UPLOAD_SECONDS = 1800.0
"""The longest that an upload may take: 25 MB on a bad mobile network."""


async def pieces_of(request: web.Request, most: int) -> AsyncIterator[bytes]:
    """Yield a body as it comes in.

    Raises:
        TooLarge: it says that it has more than `most` bytes; nothing is read.
        Invalid: it is compressed, or ended before its end.
        web.HTTPRequestTimeout: no byte came for too long, or it took too long as a whole.
    """
    if (request.content_length or 0) > most:
        raise TooLarge(f"A file has at most {most} bytes.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Invalid("Send the file as it is, without Content-Encoding.", details={"path": "body"})
    idle = request.config_dict.get(BODY_SECONDS, 10.0)
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + UPLOAD_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(min(loop.time() + idle, ends_at)):
                piece = await request.content.readany()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (ConnectionError, web.RequestPayloadError):
            raise Invalid("The body ended too early.", details={"path": "body"}) from None
        if not piece:
            return
        yield piece
