"""One Parlour as an ASGI 3 application: HTTP, WebSocket and lifespan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

import orjson
import structlog
from aiohttp import web
from yarl import URL

from parlour.adapters.asgi.exchange import answer
from parlour.adapters.asgi.messages import Receive, Scope, Send
from parlour.adapters.asgi.public_address import PublicAddress
from parlour.adapters.asgi.websocket import REFUSED, serve_websocket
from parlour.adapters.engine import Engine
from parlour.errors import NotFound, ParlourError, Unavailable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers while a Parlour runs: HTTP and sockets."""

    http: web.Server
    engine: Engine


class AsgiApplication:
    """Answers what lies below the path of a Parlour's address, and starts and stops it where the host has a lifespan.

    Frameworks tell no application that is mounted in another of the lifespan: there the host starts it.

    Args:
        address: where clients find it.
        serving: returns what answers now, or None while it does not run.
    """

    def __init__(
        self,
        address: PublicAddress,
        serving: Callable[[], Serving | None],
        start: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
    ) -> None:
        self._address = address
        self._serving = serving
        self._start = start
        self._stop = stop
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one scope (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        serving, below = self._serving(), self._below(scope)
        if scope["type"] == "websocket":
            if serving is None or below is None or below.rstrip("/") + "/" != serving.engine.path:
                await receive()
                await send({"type": "websocket.close", "code": REFUSED})
            else:
                await serve_websocket(serving.engine.endpoint, serving.engine.path, scope, receive, send)
        elif serving is None or below is None:
            await _refuse(self._reason(scope) if serving is not None else _not_running(), send)
        else:
            target = URL.build(path=below, query_string=scope["query_string"].decode("latin-1"), encoded=True)
            await answer(serving.http, target, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the host ("Lifespan Protocol")."""
        await receive()
        try:
            await self._start()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _below(self, scope: Scope) -> str | None:
        """Return the path below the address's, encoded as it came, or None for a path elsewhere."""
        path = self._address.path
        asked = _whole(scope, scope["path"])
        if not asked.startswith(path):
            return None
        raw = _whole(scope, scope["raw_path"].decode("latin-1")) if scope.get("raw_path") else ""
        return raw[len(path) - 1 :] if raw.startswith(path) else quote(asked[len(path) - 1 :])

    def _reason(self, scope: Scope) -> ParlourError:
        """Say why a request that came here is not below the address's path; an operator's mistake is logged once."""
        mounted = scope.get("root_path", "") + "/"
        if self._address.path.startswith(mounted):
            return NotFound()
        advice = self._address.advice(mounted)
        if not self._told:
            self._told = True
            log.error("asgi.wrong_mount", advice=advice)
        return NotFound(advice)


def _whole(scope: Scope, path: str) -> str:
    """Return a path with the mount's in front: some hosts leave it out of `path`."""
    root: str = scope.get("root_path", "")
    return path if path.startswith(root + "/") else root + path


def _not_running() -> ParlourError:
    return Unavailable("The server is not running; try again.", retry_after=1000)


async def _refuse(error: ParlourError, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(-(-error.retry_after // 1000)).encode()))
    body = orjson.dumps({"error": error.to_json()})
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
