"""A chain's node whose answers are broken in one place, now and then: the follower goes on once they are whole.

`PARLOUR_BROKEN_ANSWERS` says how many broken answers the long form gives.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from parlour.testing.server import ServerProcess
from parlour.testing.simchain import CONTRACT, PING, SimChain
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.broken import broken
from tests.e2e.kit import done, made
from tests.e2e.stock import PythonClient, of_type, until

CASES = int(os.environ.get("PARLOUR_BROKEN_ANSWERS", "3000"))
BELIEVED = ("eth_chainId",)
"""Not broken: another number there is another chain, at which a follower rightly stops for good."""


class BrokenNode:
    """Serves a chain over HTTP.

    Attributes:
        breaks: whether every other answer is broken.
        broken: how many were, by method.
    """

    def __init__(self, chain: SimChain, seed: int) -> None:
        self._chain = chain
        self._rng = Random(seed)
        self.breaks = False
        self.broken: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        answers = [self._one(call) for call in (asked if isinstance(asked, list) else [asked])]
        said = answers if isinstance(asked, list) else answers[0]
        if self.breaks and self._rng.random() < 0.1:
            self.broken["a body"] += 1
            text = json.dumps(broken(self._rng, said), default=bytes.hex).encode()
            return web.Response(body=text[: self._rng.choice([0, 1, len(text) // 2, len(text)])])
        return web.json_response(text=json.dumps(said, default=bytes.hex))

    def _one(self, call: dict[str, Any]) -> dict[str, Any]:
        try:
            result = self._chain.rpc(call["method"], call["params"])
        except Exception as error:  # what the chain does not know
            return {"jsonrpc": "2.0", "id": call["id"], "error": {"code": -32000, "message": str(error)}}
        answer = {"jsonrpc": "2.0", "id": call["id"], "result": result}
        if self.breaks and call["method"] not in BELIEVED and self._rng.random() < 0.5:
            self.broken[call["method"]] += 1
            if self._rng.random() < 0.3:
                return broken(self._rng, answer)  # type: ignore[no-any-return]  # whatever comes of it is sent
            spoilt = broken(self._rng, {"result": result})
            return {**answer, "result": spoilt.get("result") if isinstance(spoilt, dict) else spoilt}
        return answer


@asynccontextmanager
async def serving(node: BrokenNode) -> AsyncIterator[str]:
    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/", node.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def heard_of(client: PythonClient, room: str) -> set[str]:
    """The values of the events that were told; a lone node's log is believed where nothing is proven."""
    return {str(each["body"].get("args", {}).get("value")) for each in of_type(client, room, "chain.event")}


async def follow_a_broken_node(cases: int, seed: int, verify: str = "bloom") -> Counter[str]:
    """Mine blocks with events while answers are broken, heal after each, and wait for its event.

    Args:
        verify: of the chain; with `receipts` every event that was told is one that was mined.
    """
    chain = SimChain()
    node, value = BrokenNode(chain, seed), 0
    async with serving(node) as url, aiohttp.ClientSession() as http:
        chains = [{"chainId": chain.chain_id, "urls": [url], "pollInterval": 0.05, "verify": verify}]
        async with ServerProcess(chains=chains) as server, PythonClient(["websocket"]) as ann:
            await ann.connect(server.url, (await sign_in(http, server.url, wallet("ann")))["token"])
            room = await made(ann)
            await done(ann, "room:join", room=room)
            watch = {"chain": chain.chain_id, "address": CONTRACT, "event": PING}
            await done(ann, "room:watch", room=room, watch=watch, id="w")

            while node.broken.total() < cases:
                node.breaks, before = True, node.broken.total()
                chain.mine([chain.ping(value + 1)])
                await until(lambda before=before: node.broken.total() > before + 2)
                node.breaks = False  # an endpoint that fails for long is left alone for longer and longer
                value += 2
                chain.mine([chain.ping(value)])
                await until(lambda value=value: str(value) in heard_of(ann, room))
            log, told = server.log(), heard_of(ann, room)
    made_up = told - {str(number) for number in range(value + 2)}
    assert verify != "receipts" or not made_up, f"told, and never mined: {made_up}"
    assert "Traceback" not in log, log[log.index("Traceback") - 1_000 :][:4_000]
    print(node.broken.total(), "broken answers, seed", seed, dict(node.broken), "made up:", made_up)
    return node.broken


async def test_follower_goes_on_after_broken_answers_of_a_node() -> None:
    told = await follow_a_broken_node(40, 3)
    assert told.keys() >= {"eth_getBlockByNumber"}


async def test_follower_that_proves_receipts_tells_no_log_that_the_node_changed() -> None:
    await follow_a_broken_node(40, 5, "receipts")


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("verify", ["bloom", "receipts"])
async def test_follower_goes_on_after_many_broken_answers(verify: str) -> None:
    await follow_a_broken_node(CASES, 4, verify)
