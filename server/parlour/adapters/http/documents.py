"""The server's own description: `/api/openapi.json` and `/api/asyncapi.json`, each made at its first request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.answers import NO_STORE
from parlour.adapters.http.openapi import openapi
from parlour.adapters.http.routes import Route


class Documents:
    """Describes the routes beside it, and itself.

    Args:
        routes: the JSON routes of the same application.
        asyncapi: makes the description of what is served over sockets.
    """

    def __init__(self, routes: Sequence[Route], asyncapi: Callable[[], dict[str, Any]]) -> None:
        self._openapi = _Document(lambda: openapi([*routes, *self.routes()]))
        self._asyncapi = _Document(asyncapi)

    def routes(self) -> list[Route]:
        """List the two routes."""
        return [
            Route("GET", "/api/openapi.json", self.openapi, dict[str, Any]),
            Route("GET", "/api/asyncapi.json", self.asyncapi, dict[str, Any]),
        ]

    async def openapi(self, request: web.Request) -> web.Response:
        """Describe what is served over HTTP: an OpenAPI 3.1 document."""
        return await self._openapi.answer()

    async def asyncapi(self, request: web.Request) -> web.Response:
        """Describe what is served over sockets: an AsyncAPI 3.0 document."""
        return await self._asyncapi.answer()


class _Document:
    """JSON that is made once, in a thread, because it takes some 100 ms and rooms must not wait for it."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._making: asyncio.Task[bytes] | None = None

    async def answer(self) -> web.Response:
        if self._making is None:
            work = asyncio.to_thread(lambda: orjson.dumps(self._make()))
            self._making = asyncio.get_running_loop().create_task(work, name="description")
        return web.json_response(body=await asyncio.shield(self._making), headers=NO_STORE)
