"""Serve HTTP long polling (Engine.IO v4, "HTTP long-polling") and CORS through aiohttp."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import orjson
from aiohttp import HttpVersion11, web

from parlour.adapters.engine import frames, packets
from parlour.adapters.engine.admission import BAD_REQUEST, Refused, RequestHead
from parlour.adapters.engine.endpoint import Endpoint
from parlour.adapters.engine.engine_session import EngineSession
from parlour.adapters.engine.packets import Malformed
from parlour.adapters.engine.peers import Elsewhere, Peer


class TakenOver(web.Response):
    """Stands for the answer on a connection that was taken over: aiohttp may log it, and it writes nothing."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write no headers."""
        return

    async def write_eof(self, data: bytes = b"") -> None:
        """Write no body."""
        return


def request_head(request: web.Request) -> RequestHead:
    """Read from an aiohttp request what admission looks at."""
    return RequestHead(
        request.method,
        request.path,
        request.query,
        {name.lower(): value for name, value in request.headers.items()},
        request.remote or "",
    )


def routes(endpoint: Endpoint) -> list[web.RouteDef]:
    """Return the endpoint as aiohttp routes, with the slash at its end and without."""
    serve = _PollingRoutes(endpoint).serve
    return [web.route("*", path, serve) for path in (endpoint.path, endpoint.path.rstrip("/"))]


class _PollingRoutes:
    """Answers every request to the endpoint that aiohttp has read.

    Args:
        endpoint: admits the requests and opens the sessions.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._limits = endpoint.sessions.limits
        self._posting: set[EngineSession] = set()  # sessions with a POST under way

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request: a WebSocket handshake, a preflight, or a request of a polling client."""
        head = request_head(request)
        try:
            if "websocket" in request.headers.get("Upgrade", "").lower():
                return self._accept_websocket(request, head)
            response = await self._answer(request, head)
        except Elsewhere as elsewhere:
            response = await self._pass_on(request, head, elsewhere.peer)
        except Refused as refusal:
            response = refusal_response(refusal)
        return self._with_cors(response, head)

    async def _answer(self, request: web.Request, head: RequestHead) -> web.StreamResponse:
        endpoint = self._endpoint
        if head.method == "OPTIONS":
            endpoint.policy.check(head)
            return web.Response(status=204)
        session = endpoint.admit_request(head)
        if head.query["transport"] != "polling":
            raise Refused(400, BAD_REQUEST, "Not a WebSocket handshake")
        if session is None:
            session = endpoint.open_session(head)
            return _text(frames.polling_body([endpoint.open_packet(session, '"websocket"')]))
        if session.transport != "polling":
            raise Refused(400, BAD_REQUEST, "This session has moved to WebSocket.")
        if head.method == "GET":
            return await self._poll(request, session)
        if head.method == "POST":
            return await self._post(request, session)
        raise Refused(400, BAD_REQUEST, "Bad method")

    async def _pass_on(self, request: web.Request, head: RequestHead, peer: Peer) -> web.StreamResponse:
        """Let the session's own process answer; what it sent and the client did not take is lost with the session."""
        body = request.content.iter_any() if request.body_exists else None
        try:
            answered = await peer.ask(head, body)
        except Refused as refusal:
            return refusal_response(refusal)
        response = web.Response(status=answered.status, body=answered.body, headers=answered.headers)
        self._with_cors(response, head)
        if not await self._write(request, response) and head.method == "GET":
            with suppress(Refused):
                await peer.ask(replace(head, method="POST"), frames.CLOSE.text)
        return response

    async def _write(self, request: web.Request, response: web.Response) -> bool:
        """Write an answer whole; return False where the client did not take it."""
        try:
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError
            async with asyncio.timeout(self._limits.ping_interval + self._limits.ping_timeout):
                await response.prepare(request)
                await response.write_eof()
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
            return False
        return True

    async def _poll(self, request: web.Request, session: EngineSession) -> web.StreamResponse:
        response = _text(await session.poll())
        self._with_cors(response, request_head(request))
        if not await self._write(request, response):  # the packets in the answer are lost, so the session must end
            session.end("transport close")
        return response

    async def _post(self, request: web.Request, session: EngineSession) -> web.StreamResponse:
        if session.closed:
            raise Refused(400, BAD_REQUEST, "The session is closed.")
        if session in self._posting:
            session.end("transport error", final=frames.CLOSE)
            raise Refused(400, BAD_REQUEST, "Another POST of this session is under way.")
        self._posting.add(session)
        try:
            await self._receive(session, await self._read_body(request, session))
        finally:
            self._posting.discard(session)
        return web.Response(text="ok", content_type="text/html")

    async def _receive(self, session: EngineSession, body: str) -> None:
        """Hand the packets of a body to the session, in order, as fast as its `gate` lets them through.

        Raises:
            Refused: 400; a packet is malformed, which ends the session.
        """
        for text in body.split("\x1e"):
            await session.gate.wait_open()
            if text[:1] == "b":
                attachment = packets.decode_base64(text[1:])
                if attachment is None:
                    session.end_malformed(Malformed("not base64"))
                else:
                    session.received(attachment)
            elif text in ("2", "5") or not text:
                session.end_malformed(Malformed("an unexpected packet type"))
            else:
                session.received(text)
            if session.closed and text != "1":
                raise Refused(400, BAD_REQUEST, "The payload is malformed.")

    async def _read_body(self, request: web.Request, session: EngineSession) -> str:
        """Read the whole body, in however many pieces it comes.

        Raises:
            Refused: 413 above `body_bytes`, 408 after `handshake_timeout`, 400 where it is compressed, not UTF-8 or cut
                off. Each ends the session.
        """
        limits, stats, body = self._limits, self._endpoint.sessions.stats, bytearray()
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise _end_refused(session, 400, "Compressed bodies are refused.")
        try:
            async with asyncio.timeout(limits.handshake_timeout):
                async for chunk in request.content.iter_any():
                    body += chunk
                    stats.bytes_in += len(chunk)
                    if len(body) > limits.body_bytes:
                        raise _end_refused(session, 413, "The payload is larger than maxPayload.")
            return body.decode()
        except ConnectionError:
            raise _end_refused(session, 400, "The body was cut off.") from None
        except TimeoutError:
            raise _end_refused(session, 408, "The body took too long.") from None
        except UnicodeDecodeError:
            raise _end_refused(session, 400, "The payload is not UTF-8.") from None

    def _accept_websocket(self, request: web.Request, head: RequestHead) -> web.StreamResponse:
        """Take the connection over from aiohttp, which then frees its request, parser and task."""
        if request.version < HttpVersion11:
            raise Refused(400, BAD_REQUEST, "A WebSocket needs HTTP/1.1")
        if request.body_exists:  # a proxy could read as a body what this server reads as frames
            raise Refused(400, BAD_REQUEST, "A WebSocket handshake has no body.")
        transport, protocol = request.transport, request.protocol
        if transport is None:
            raise Refused(400, BAD_REQUEST, "The connection is gone.")
        try:
            self._endpoint.accept_websocket(head, transport)
        except Elsewhere as elsewhere:
            elsewhere.peer.splice(head, transport, b"")
        protocol.transport = None  # else `connection_lost` would close the transport
        protocol.connection_lost(None)
        return TakenOver(status=101)

    def _with_cors(self, response: web.StreamResponse, head: RequestHead) -> web.StreamResponse:
        """Add the CORS headers (Fetch standard, "CORS protocol") for an origin that is allowed.

        The refusal of another origin can be read by its page too, which else could only tell that something failed.
        """
        origin = head.headers.get("origin")
        policy = self._endpoint.policy
        if response.prepared or origin is None:
            return response
        headers = response.headers
        if not policy.allows_origin(origin, policy.host(head)):
            if response.status == web.HTTPForbidden.status_code and head.method != "OPTIONS":
                headers["Access-Control-Allow-Origin"] = "*"
            return response
        headers["Access-Control-Allow-Origin"] = origin
        headers["Vary"] = "Origin"
        if head.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST"
            asked = head.headers.get("access-control-request-headers")  # what stock clients' `extraHeaders` ask for
            headers["Access-Control-Allow-Headers"] = asked or "Content-Type, Authorization"
            headers["Access-Control-Max-Age"] = "600"  # seconds
        return response


def _end_refused(session: EngineSession, status: int, message: str) -> Refused:
    """End the session and return the refusal to raise."""
    session.end("parse error", final=frames.CLOSE)
    return Refused(status, BAD_REQUEST, message)


def _text(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="text/plain", charset="UTF-8", headers={"Cache-Control": "no-store"})


def refusal_response(refusal: Refused) -> web.Response:
    """Turn a refusal into a response; `Retry-After` in whole seconds, rounded up (RFC 9110 §10.2.3)."""
    headers = {}
    if refusal.error.retry_after is not None:
        headers["Retry-After"] = str(-(-refusal.error.retry_after // 1000))
    return web.Response(
        status=refusal.status, body=orjson.dumps(refusal.body()), content_type="application/json", headers=headers
    )
