"""A proxy between a follower and a real node that injects faults: HTTP and WebSocket on one loopback port.

async with AnvilChain() as chain, FaultProxy(chain.url) as proxy:
    proxy.faults.empty_logs(times=1)
    … ChainConfig(31337, (proxy.ws_url,), events_per_second=50) …
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp import web

from parlour.testing.faults import Fault, Faults


class FaultProxy:
    """Serves JSON-RPC on `url` and `ws_url` with the answers of `upstream`.

    Attributes:
        upstream: an http URL that speaks WebSocket too.
        faults: what is wrong with the answers.
        port: where it listens, once started.
        max_batch: calls of one batch that it takes, 0 for no batches at all; None for any number.
        sockets: WebSockets accepted so far.
    """

    def __init__(self, upstream: str, faults: Faults | None = None) -> None:
        self.upstream = upstream
        self.faults = faults or Faults()
        self.port = 0
        self.max_batch: int | None = None
        self.sockets = 0
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self._open: set[web.WebSocketResponse] = set()

    @property
    def url(self) -> str:
        """The URL of its HTTP side."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """The URL of its WebSocket side."""
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> FaultProxy:
        self._session = aiohttp.ClientSession()
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.hang_up()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def hang_up(self) -> None:
        """Close every WebSocket now (chain.md F11)."""
        for socket in list(self._open):
            await socket.close()

    async def _ask(self, method: str, params: list[Any]) -> Any:
        assert self._session is not None
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            async with self._session.post(self.upstream, json=body) as answer:
                reply = await answer.json()
        except aiohttp.ClientError as error:
            raise Fault(-32000, "upstream is gone", status=502) from error
        if reply.get("error") is not None:
            raise Fault(reply["error"].get("code", 0), reply["error"].get("message", ""))
        return reply.get("result")

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        reply = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            result = await self.faults.answer(self._ask, request["method"], request.get("params", []))
        except Fault as fault:
            if fault.status is not None:
                raise
            return {**reply, "error": {"code": fault.code, "message": fault.message}}
        return {**reply, "result": result}

    async def _answers(self, body: Any) -> Any:
        if isinstance(body, list) and self.max_batch is not None and len(body) > self.max_batch:
            message = f"batch of more than {self.max_batch} requests are not allowed"
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": message}}
        if isinstance(body, list):
            return [await self._answer(request) for request in body]
        return await self._answer(body)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._serve_socket(request)
        try:
            return web.json_response(await self._answers(await request.json()))
        except Fault as fault:
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return web.Response(status=fault.status or 500, headers=headers, text=fault.message)

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.add(socket)
        self.sockets += 1
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for message in socket:
                tasks.add(asyncio.create_task(self._socket_request(socket, message.json())))
        finally:
            self._open.discard(socket)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return socket

    async def _socket_request(self, socket: web.WebSocketResponse, body: Any) -> None:
        if isinstance(body, dict) and body.get("method") == "eth_subscribe":
            await socket.send_json({"jsonrpc": "2.0", "id": body.get("id"), "result": "0x1"})
            await self._push_heads(socket)
            return
        try:
            answers = await self._answers(body)
        except Fault as fault:
            error = {"code": 429 if fault.status == 429 else -32000, "message": fault.message}
            ids = [r.get("id") for r in body] if isinstance(body, list) else [body.get("id")]
            answers = [{"jsonrpc": "2.0", "id": i, "error": error} for i in ids]
        with contextlib.suppress(ConnectionError):
            await socket.send_json(answers)

    async def _push_heads(self, socket: web.WebSocketResponse) -> None:
        assert self._session is not None
        subscribe = {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
        try:
            async with self._session.ws_connect(self.upstream) as upstream:
                await upstream.send_json(subscribe)
                async for message in upstream:
                    pushed = message.json()
                    if pushed.get("method") != "eth_subscription":
                        continue
                    if await self._push(socket, pushed["params"]["result"]):
                        break
        except (aiohttp.ClientError, ConnectionError):
            pass
        await socket.close()

    async def _push(self, socket: web.WebSocketResponse, head: dict[str, Any]) -> bool:
        """Forward one head through the faults; return whether the connection closes now."""
        for shown in self.faults.heads(head):
            params = {"subscription": "0x1", "result": shown}
            await socket.send_json({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})
        return self.faults.closes()
