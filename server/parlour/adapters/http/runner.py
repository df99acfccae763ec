"""Run an application so that what is no HTTP request at all is refused as every other request is: `{error}` in JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.http.answers import NO_STORE
from parlour.errors import Internal, Invalid


class Runner(web.AppRunner):
    """aiohttp's runner of an application, whose connections refuse as the middlewares do.

    Args:
        app: what is run.
        shutdown_timeout: seconds that requests under way get at the end.
        connection: passed to each connection (`access_log`, `keepalive_timeout`, …).
    """

    def __init__(self, app: web.Application, *, shutdown_timeout: float, **connection: Any) -> None:
        super().__init__(app, handle_signals=False, shutdown_timeout=shutdown_timeout)
        self._connection = connection

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(self._connection, made.request_handler, request_factory=made.request_factory)


class _Server(web.Server):
    """Makes connections that refuse in JSON."""

    def __init__(self, connection: dict[str, Any], *handler: Any, **options: Any) -> None:
        super().__init__(*handler, **options)
        self._connection = connection

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._connection)


class _Connection(web.RequestHandler):
    """Refuses what aiohttp could not read: such bytes reach no middleware."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer `{error}`, without the bytes that were sent and without the server's name and version."""
        plain = super().handle_error(request, status, exc, message)
        error = Internal() if plain.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Invalid()
        headers = {**NO_STORE, "Server": "parlour", "X-Content-Type-Options": "nosniff"}
        answer = web.json_response(body=orjson.dumps({"error": error.to_json()}), status=plain.status, headers=headers)
        answer.force_close()
        return answer
