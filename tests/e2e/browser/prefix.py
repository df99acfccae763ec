"""A reverse proxy that has a server below a path, as an operator's nginx may: `/chat/…` is the server's `/…`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

PREFIX = "/chat"
_HOP = {"connection", "upgrade", "transfer-encoding", "content-encoding", "content-length", "host"}
"""Headers of one hop, and those the next hop writes itself."""


@asynccontextmanager
async def behind_a_prefix(server: str) -> AsyncIterator[str]:
    """Serve `server` below `PREFIX` on a port of its own; yields the address of the front page."""
    async with aiohttp.ClientSession() as http:
        app = web.Application()
        app.router.add_route("*", PREFIX + "/{path:.*}", _Proxy(server, http).handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}{PREFIX}/"
        finally:
            await runner.cleanup()


class _Proxy:
    def __init__(self, server: str, http: aiohttp.ClientSession) -> None:
        self._server = server
        self._http = http

    async def handle(self, request: web.Request) -> web.StreamResponse:
        query = f"?{request.query_string}" if request.query_string else ""
        url = f"{self._server}/{request.match_info['path']}{query}"
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        headers["Origin"] = self._server  # an operator would list the proxy's origin instead (PARLOUR_ORIGINS)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request, url)
        body = await request.read()
        async with self._http.request(request.method, url, headers=headers, data=body, allow_redirects=False) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())

    async def _socket(self, request: web.Request, url: str) -> web.WebSocketResponse:
        near = web.WebSocketResponse()
        await near.prepare(request)
        async with self._http.ws_connect(url, headers={"Origin": self._server}) as far:
            await asyncio.wait(
                [asyncio.create_task(_pump(near, far)), asyncio.create_task(_pump(far, near))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        await near.close()
        return near


_Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _pump(source: _Socket, target: _Socket) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)
