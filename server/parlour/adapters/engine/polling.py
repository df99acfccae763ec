"""HTTP long polling: GET fetches what waits, POST brings packets (Engine.IO v4), whole bodies only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
from aiohttp import HttpVersion11, web

from parlour.adapters.engine import frames
from parlour.adapters.engine.admission import BAD_REQUEST, Handshake, Refused

if TYPE_CHECKING:
    from parlour.adapters.engine.engine import Engine
    from parlour.adapters.engine.session import EngineSession


class TakenOver(web.Response):
    """What aiohttp may log for a request whose connection is ours by now; it writes nothing."""

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


def handshake_of(request: web.Request) -> Handshake:
    return Handshake(
        request.method,
        request.path,
        request.query,
        {name.lower(): value for name, value in request.headers.items()},
        request.remote or "",
    )


def routes(engine: Engine) -> list[web.RouteDef]:
    """The endpoint as aiohttp routes."""
    serve = _Endpoint(engine).serve
    return [web.route("*", path, serve) for path in (engine.path, engine.path.rstrip("/"))]


class _Endpoint:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def serve(self, request: web.Request) -> web.StreamResponse:
        handshake = handshake_of(request)
        try:
            if "websocket" in request.headers.get("Upgrade", "").lower():
                return self._websocket(request, handshake)
            response = await self._answer(request, handshake)
        except Refused as refusal:
            response = refusal_response(refusal)
        return self._with_cors(response, handshake)

    async def _answer(self, request: web.Request, handshake: Handshake) -> web.StreamResponse:
        engine = self._engine
        if handshake.method == "OPTIONS":
            engine.doorkeeper.admit(handshake)
            return web.Response(status=204)
        session = engine.judge(handshake)
        if handshake.query["transport"] != "polling":
            raise Refused(400, BAD_REQUEST, "Not a WebSocket handshake")
        if session is None:
            session = engine.open(handshake)
            return _text(frames.payload([engine.greeting(session, '"websocket"')]))
        if session.transport != "polling":
            raise Refused(400, BAD_REQUEST, "This session is on WebSocket by now.")
        if handshake.method == "GET":
            return await self._poll(request, session)
        if handshake.method == "POST":
            return await self._post(request, session)
        raise Refused(400, BAD_REQUEST, "Bad method")

    async def _poll(self, request: web.Request, session: EngineSession) -> web.StreamResponse:
        response, limits = _text(await session.poll()), self._engine.limits
        self._with_cors(response, handshake_of(request))
        try:
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError
            async with asyncio.timeout(limits.ping_interval + limits.ping_timeout):
                await response.prepare(request)
                await response.write_eof()
        except (ConnectionError, TimeoutError):  # what it carried is gone, so the session is
            session.end("transport close")
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _post(self, request: web.Request, session: EngineSession) -> web.StreamResponse:
        if session.closed:
            raise Refused(400, BAD_REQUEST, "The session is closed.")
        if not session.begin_post():
            raise Refused(400, BAD_REQUEST, "Another POST of this session is under way.")
        try:
            await session.post(await self._read(request, session))
        finally:
            session.end_post()
        return web.Response(text="ok", content_type="text/html")

    async def _read(self, request: web.Request, session: EngineSession) -> str:
        """The whole body, however many pieces it comes in.

        Raises:
            Refused: 413 above the limit, 408 when it takes too long, 400 for a coding or text that is not UTF-8, and
                where the rest will not come (nobody hears that one).
        """
        limits, body = self._engine.limits, bytearray()
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise self._end(session, 400, "Compressed bodies are not taken.")
        try:
            async with asyncio.timeout(limits.handshake_timeout):
                async for chunk in request.content.iter_any():
                    body += chunk
                    self._engine.stats.bytes_in += len(chunk)
                    if len(body) > limits.body_bytes:
                        raise self._end(session, 413, "The payload is larger than maxPayload.")
            return body.decode()
        except ConnectionError:
            raise self._end(session, 400, "The body was cut off.") from None
        except TimeoutError:
            raise self._end(session, 408, "The body took too long.") from None
        except UnicodeDecodeError:
            raise self._end(session, 400, "The payload is not UTF-8.") from None

    @staticmethod
    def _end(session: EngineSession, status: int, message: str) -> Refused:
        session.end("parse error", final=frames.CLOSE)
        return Refused(status, BAD_REQUEST, message)

    def _websocket(self, request: web.Request, handshake: Handshake) -> web.StreamResponse:
        """Take the connection over from aiohttp, which frees its request, parser and task."""
        if request.version < HttpVersion11:
            raise Refused(400, BAD_REQUEST, "A WebSocket needs HTTP/1.1")
        if request.body_exists:  # what one party reads as a body is frames to another
            raise Refused(400, BAD_REQUEST, "A WebSocket handshake has no body.")
        transport, protocol = request.transport, request.protocol
        if transport is None:
            raise Refused(400, BAD_REQUEST, "The connection is gone.")
        self._engine.accept(handshake, transport)
        protocol.transport = None  # else it would close the transport on being told that it is lost
        protocol.connection_lost(None)
        return TakenOver(status=101)

    def _with_cors(self, response: web.StreamResponse, handshake: Handshake) -> web.StreamResponse:
        origin = handshake.headers.get("origin")
        doorkeeper = self._engine.doorkeeper
        if response.prepared or origin is None or not doorkeeper.allows(origin, doorkeeper.host(handshake)):
            return response
        headers = response.headers
        headers["Access-Control-Allow-Origin"] = origin
        headers["Vary"] = "Origin"
        if handshake.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST"
            asked = handshake.headers.get("access-control-request-headers")  # stock clients' `extraHeaders`
            headers["Access-Control-Allow-Headers"] = asked or "Content-Type, Authorization"
            headers["Access-Control-Max-Age"] = "600"
        return response


def _text(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="text/plain", charset="UTF-8", headers={"Cache-Control": "no-store"})


def refusal_response(refusal: Refused) -> web.Response:
    headers = {}
    if refusal.error.retry_after is not None:
        headers["Retry-After"] = str(-(-refusal.error.retry_after // 1000))
    return web.Response(
        status=refusal.status, body=orjson.dumps(refusal.body()), content_type="application/json", headers=headers
    )
