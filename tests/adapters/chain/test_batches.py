"""Batches that an endpoint accepts: over HTTP and WebSocket, with every way in which providers refuse one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from parlour.adapters.chain.node_rpc import HttpNode, WsNode, connect
from parlour.runtime.nodes.node import Call, Disconnected, RateLimited, Unsupported

CALLS: list[Call] = [("eth_getBlockByNumber", [hex(n), False]) for n in range(50)]


def answer(call: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call["id"], "result": call["params"][0]}


def refusal(message: str = "batch of more than 10 requests are not allowed", code: int = -32600) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}


class Provider:
    """An endpoint that takes batches of so many calls, and refuses larger ones in its way."""

    def __init__(self, most: int, how: str = "object") -> None:
        self.most, self.how = most, how
        self.sizes: list[int] = []

    def reply(self, body: Any) -> tuple[int, Any]:
        size = len(body) if isinstance(body, list) else 0
        self.sizes.append(size)
        if size <= self.most:
            return 200, [answer(c) for c in body] if size else answer(body)
        if self.how == "each":
            return 200, [{"id": c["id"], "error": {"code": -32005, "message": "batch too large"}} for c in body]
        if self.how == "html":
            return 413, "<html>too large</html>"
        if self.how == "first":
            return 200, answer(body[0])
        return (400 if self.how == "400" else 200), refusal()

    async def http(self, request: web.Request) -> web.Response:
        status, reply = self.reply(await request.json())
        return web.Response(status=status, text=reply if isinstance(reply, str) else json.dumps(reply))

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(json.dumps(self.reply(json.loads(message.data))[1]))
        return socket


@pytest.fixture
async def serve() -> AsyncIterator[Any]:
    runners: list[web.AppRunner] = []

    async def one(provider: Provider) -> str:
        app = web.Application()
        app.router.add_post("/", provider.http)
        app.router.add_get("/", provider.socket)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"127.0.0.1:{runner.addresses[0][1]}"

    yield one
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize("most", [100, 20, 10, 3, 0])
async def test_calls_arrive_in_order_whatever_batch_the_endpoint_takes(serve: Any, scheme: str, most: int) -> None:
    provider = Provider(most)
    node = connect(f"{scheme}://{await serve(provider)}")
    try:
        for _ in range(2):
            assert await node.batch(CALLS) == [call[1][0] for call in CALLS]
        refused = [size for size in provider.sizes if size > most]
        assert len(refused) <= 5
        assert max(provider.sizes) <= 20
    finally:
        await node.close()


@pytest.mark.parametrize("how", ["object", "400", "each", "html", "first"])
async def test_every_way_to_refuse_a_batch_is_understood(serve: Any, how: str) -> None:
    node = connect(f"http://{await serve(Provider(5, how))}")
    try:
        assert await node.batch(CALLS) == [call[1][0] for call in CALLS]
    finally:
        await node.close()


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_batch_size_is_what_the_setting_says(serve: Any, scheme: str) -> None:
    provider = Provider(100)
    node = connect(f"{scheme}://{await serve(provider)}")
    node.limit(max_batch=7, call_timeout=5.0)
    try:
        await node.batch(CALLS)
        assert max(provider.sizes) == 7
        node.limit(max_batch=1, call_timeout=5.0)
        provider.sizes.clear()
        await node.batch(CALLS[:3])
        assert provider.sizes == [0, 0, 0]
    finally:
        await node.close()


class Silent(Provider):
    """Answers one call by an error that names none, and then nothing."""

    def reply(self, body: Any) -> tuple[int, Any]:
        return 200, refusal("method not found", -32601)


async def test_error_that_names_no_call_ends_the_call_at_once(serve: Any) -> None:
    node = connect(f"ws://{await serve(Silent(0))}")
    node.limit(max_batch=20, call_timeout=60.0)
    try:
        with pytest.raises(Unsupported):
            await node.call("eth_nothing", [])
    finally:
        await node.close()


class Limited(Provider):
    """Has had enough."""

    def reply(self, body: Any) -> tuple[int, Any]:
        return 200, refusal("rate limit exceeded", 429)


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_rate_limit_is_no_refusal_of_the_batch(serve: Any, scheme: str) -> None:
    node = connect(f"{scheme}://{await serve(Limited(0))}")
    assert isinstance(node, HttpNode | WsNode)
    try:
        with pytest.raises(RateLimited):
            await node.batch(CALLS)
        assert node.batches.most == 20
    finally:
        await node.close()


class Broken(Provider):
    """Stands behind a proxy whose backend is down."""

    async def http(self, request: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>bad gateway</html>")


async def test_endpoint_that_is_down_is_no_refusal_of_the_batch(serve: Any) -> None:
    node = connect(f"http://{await serve(Broken(0))}")
    assert isinstance(node, HttpNode)
    try:
        with pytest.raises(Disconnected):
            await node.batch(CALLS)
        assert node.batches.most == 20
    finally:
        await node.close()
