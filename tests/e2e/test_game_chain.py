"""A game's chain hooks on a real server that follows a simulated chain over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from parlour.testing.server import ServerProcess
from parlour.testing.simchain import CONTRACT, SimChain
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.bank_game import EVENT
from tests.e2e.kit import done, post, refused
from tests.e2e.stock import PythonClient, heard


@pytest.fixture
def chain() -> SimChain:
    """`safe` four blocks behind the newest, `finalized` eight."""
    chain = SimChain(1337)
    chain.mine_many(10)
    return chain


@pytest.fixture
async def node(chain: SimChain) -> AsyncIterator[str]:
    """The URL of a JSON-RPC node of the chain."""

    def answer(call: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": call["id"], "result": chain.rpc(call["method"], call["params"])}

    async def handle(request: web.Request) -> web.Response:
        calls = await request.json()
        return web.json_response([answer(c) for c in calls] if isinstance(calls, list) else answer(calls))

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_each_hook_runs_once_at_its_finality_and_a_reorg_takes_it_back(chain: SimChain, node: str):
    env = {"PARLOUR_GAMES": "bank_game:Bank", "PYTHONPATH": str(Path(__file__).parent)}
    chains = [{"chainId": 1337, "urls": [node], "pollInterval": 0.1}]
    async with ServerProcess(chains=chains, env=env) as server, PythonClient(["websocket"]) as ann:
        async with aiohttp.ClientSession() as http:
            await ann.connect(server.url, (await sign_in(http, server.url, wallet("ann")))["token"])
        options = {"bank": {"chain": 1337, "address": CONTRACT}}
        room = (await done(ann, "room:create", kind="bank", options=options))["room"]["id"]
        await done(ann, "room:join", room=room)

        async def becomes(**expected: Any) -> None:
            async with asyncio.timeout(60):
                while True:
                    state = (await done(ann, "room:join", room=room))["state"]
                    if expected.items() <= state.items():
                        return
                    await asyncio.sleep(0.1)

        again = {"chain": 1337, "address": CONTRACT, "event": EVENT}
        assert await refused(ann, "room:watch", room=room, watch=again) == ("illegal", "watched")

        chain.mine([chain.ping(7)])
        await becomes(included=[7], safe=[], finalized=[])
        chain.mine_many(4)
        await becomes(included=[7], safe=[7], finalized=[])
        chain.mine_many(4)
        await becomes(included=[7], safe=[7], finalized=[7])

        chain.mine([chain.ping(5)])
        await becomes(included=[7, 5], safe=[7])
        for number, amount in enumerate((6, 4)):
            body = {"action": "spend", "args": {"amount": amount}}
            await done(ann, "room:post", **post(room, "game.action", body, id=f"spend-{number}"))
        chain.reorg(1, [[], []])
        await becomes(included=[7], spent=6)
        (undone,) = [entry["body"] for entry in heard(ann, "entry", room) if entry["type"] == "chain.reverted"]
        assert [void["reason"] for void in undone["void"]] == ["not_paid"]
