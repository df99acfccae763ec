"""The server's own description: `/api/openapi.json` and `/api/asyncapi.json`, each made when it is first asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from aiohttp import web

from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.openapi import openapi
from parlour.adapters.http.routes import Route


class Documents:
    """Describes the routes beside it, and itself.

    Args:
        routes: the JSON routes of the same application.
        asyncapi: makes the description of what is served over sockets.
    """

    def __init__(self, routes: Sequence[Route], asyncapi: Callable[[], dict[str, Any]]) -> None:
        self._described = routes
        self._make_asyncapi = asyncapi

    def routes(self) -> list[Route]:
        """List the two routes."""
        return [
            Route("GET", "/api/openapi.json", self.openapi, dict[str, Any]),
            Route("GET", "/api/asyncapi.json", self.asyncapi, dict[str, Any]),
        ]

    async def openapi(self, request: web.Request) -> web.Response:
        """Describe what is served over HTTP: an OpenAPI 3.1 document."""
        return json_answer(self._openapi)

    async def asyncapi(self, request: web.Request) -> web.Response:
        """Describe what is served over sockets: an AsyncAPI 3.0 document."""
        return json_answer(self._asyncapi)

    @cached_property
    def _openapi(self) -> dict[str, Any]:
        return openapi([*self._described, *self.routes()])

    @cached_property
    def _asyncapi(self) -> dict[str, Any]:
        return self._make_asyncapi()
