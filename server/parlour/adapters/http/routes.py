"""Route: one HTTP request that is served, declared in one place for aiohttp and OpenAPI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from parlour.protocol.values import Shape

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may send the request; any one of those named is enough.

    Attributes:
        session: whoever is signed in.
        scope: an API key with this scope; None for no API key.
        nobody: those without a token, where guests are let in or nothing is guarded.
        role: the server role that a session needs.
    """

    session: bool = False
    scope: str | None = None
    nobody: bool = False
    role: str | None = None


PUBLIC = Access(nobody=True)
SESSION = Access(session=True)


@dataclass(frozen=True, slots=True)
class Route(web.AbstractRouteDef):
    """A JSON route; its handler's docstring is its summary.

    Attributes:
        path: as aiohttp takes it, with `{name}` for parts that vary.
        reply: the body of the answer; None for 204.
        query, body: what the request holds there.
        media: of the answer.
        status: of the answer, where it has a body.
        takes: the media type of a body that is no JSON.
    """

    method: str
    path: str
    handler: Handler
    reply: Any
    access: Access = PUBLIC
    query: type[Shape] | None = None
    body: type[Shape] | None = None
    media: str = "application/json"
    status: int = 200
    takes: str | None = None

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """Add the route to an application; a GET answers HEAD too."""
        if self.method == "GET":
            return [router.add_get(self.path, self.handler)]
        return [router.add_route(self.method, self.path, self.handler)]
