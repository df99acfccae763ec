"""What an RPC provider's key must never reach: /readyz, acks, the operators' API and command, metrics, the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from parlour.runtime.identity.api_keys import PREFIX
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import made
from tests.e2e.stock import PythonClient
from tests.forked import parlour

KEY = "s3cr3tk3y0123456789abcdef"
GENESIS = "0x" + "ab" * 32


class Provider:
    """An endpoint that fails in the way its path says, and tells its key wherever it can.

    Attributes:
        visited: paths that redirects led to.
    """

    def __init__(self) -> None:
        self.visited: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        way = request.match_info["way"]
        if way == "loop":
            raise web.HTTPTemporaryRedirect(f"/loop/{KEY}?apikey={KEY}")
        if way == "elsewhere":
            raise web.HTTPFound(f"http://127.0.0.1:{request.url.port}/target/{KEY}")
        if way == "target":
            self.visited.append(request.path)
        if way == "nowhere":
            return web.Response(status=302, headers={"Location": f"gopher://{KEY}@[::{KEY}/"})
        if way == "html":
            return web.Response(status=403, text=f"<html>{KEY} is over its plan</html>", content_type="text/html")
        if way == "reason":
            return web.Response(status=500, reason=f"Key {KEY} unknown", text="{}")
        if request.method == "GET":
            return web.Response(status=403, reason=f"Key {KEY} unknown")
        asked = await request.json()
        calls = asked if isinstance(asked, list) else [asked]
        answers = [{"jsonrpc": "2.0", "id": call["id"], **self._said(way, call["method"])} for call in calls]
        return web.json_response(answers if isinstance(asked, list) else answers[0])

    def _said(self, way: str, method: str) -> dict[str, Any]:
        if way == "text":
            return {"error": f"key {KEY}"}
        if way == "value":
            return {"result": KEY}
        if way == "hash" and method == "eth_chainId":
            return {"result": hex(WAYS.index("hash") + 1)}
        if way == "hash":
            return {"result": {"number": "0x0", "hash": KEY, "parentHash": KEY, "timestamp": "0x0"}}
        code, message = ERRORS[way]
        return {"error": {"code": code, "message": f"{message} {KEY}", "data": KEY}}


ERRORS = {
    "refused": (-32000, "no such project"),
    "limited": (429, "too many requests of"),
    "reverted": (3, "execution reverted by"),
    "unsupported": (-32601, "not in the plan of"),
    "absent": (-32001, "header not found for"),
}
WAYS = ["loop", "elsewhere", "nowhere", "html", "reason", "text", "value", "hash", *ERRORS]


@asynccontextmanager
async def providing(provider: Provider) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{way}/{key}", provider.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def chains(port: int) -> list[dict[str, Any]]:
    """A chain for each way to fail, with the key in every part of its URLs, and one whose host does not answer."""
    found: list[dict[str, Any]] = []
    for number, way in enumerate(WAYS, 1):
        rest = f"u{KEY}:p{KEY}@127.0.0.1:{port}/{way}/{KEY}?apikey={KEY}#{KEY}"
        found.append({"chainId": number, "urls": [f"http://{rest}", f"ws://{rest}"]})
    found.append({"chainId": 99, "urls": [f"http://{KEY}.invalid/{KEY}", f"wss://{KEY}:x@127.0.0.1:9/{KEY}"]})
    named = {"url": f"http://named.invalid/{KEY}", "name": "main provider"}
    return [*found, {"chainId": 100, "urls": [named]}]


async def test_providers_key_reaches_no_answer_and_no_log_line() -> None:
    provider, env = Provider(), {"PARLOUR_LOG_LEVEL": "debug", "PARLOUR_ACCESS_LOG": "true"}
    async with providing(provider) as port, aiohttp.ClientSession() as http:
        configured = chains(port)
        async with ServerProcess(env=env, chains=configured, probe="/healthz") as server:
            told = {
                **await watch_errors(http, server, [chain["chainId"] for chain in configured]),
                **await pages(http, server),
            }
            await server.stop()
            told["the log"] = server.log()
    assert "main provider" in told["/api/admin/chains"]
    assert "redirect" in told["/readyz"]
    for where, text in told.items():
        assert KEY not in text.lower(), f"{where}: {text[max(0, text.find(KEY) - 200) :][:400]}"
    assert provider.visited == []


async def watch_errors(http: aiohttp.ClientSession, server: ServerProcess, ids: list[int]) -> dict[str, str]:
    """What a room's owner reads when the room cannot watch."""
    client = PythonClient(["websocket"])
    async with client:
        await client.connect(server.url, (await sign_in(http, server.url, wallet("ann")))["token"])
        room, said = await made(client), {}
        for chain in ids:
            watch = {"chain": chain, "address": "0x" + "11" * 20, "event": "Ping(uint256 value)"}
            ack = await client.ask("room:watch", {"room": room, "watch": watch})
            assert ack["ok"] is False
            said[f"room:watch on chain {chain}"] = str(ack)
        return said


async def pages(http: aiohttp.ClientSession, server: ServerProcess) -> dict[str, str]:
    """What anybody and what an operator reads."""
    token = await minted(server)
    said = {}
    for path in ("/readyz", "/metrics", "/api/admin/chains"):
        async with http.get(server.url + path, headers={"Authorization": f"Bearer {token}"}) as answer:
            said[path] = await answer.text()
            assert answer.status in (200, 503), (path, said[path])
    for options in ([], ["--json"]):
        command = ["chain", "status", "--url", server.url, "--token", token, *options]
        said[" ".join(["parlour chain status", *options])] = await printed(server, *command)
    return said


async def minted(server: ServerProcess) -> str:
    out = await printed(server, "token", "mint", "ops", "--scope", "admin:read", "--database-url", server.database_url)
    return next(word for word in out.split() if word.startswith(PREFIX))


async def printed(server: ServerProcess, *arguments: str) -> str:
    _, out, err = await parlour(*arguments, folder=server.folder)
    return out + err
