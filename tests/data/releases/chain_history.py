"""One chain's history, block by block, so that a test can make the very same chain again and go on from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from eth_utils.crypto import keccak

from parlour.testing.simchain import CONTRACT, SimChain, SimLog
from parlour.testing.wallets import wallet

CHAIN = 1337


def stake(chain: SimChain, name: str, amount: int) -> Any:
    """A transaction in which this wallet stakes `amount` wei."""
    topic = "0x" + keccak(text="Staked(address,uint256)").hex()
    player = "0x" + wallet(name).address[2:].lower().rjust(64, "0")
    return chain.tx(SimLog(CONTRACT, (topic, player), "0x" + f"{amount:064x}"))


def mine_first(chain: SimChain) -> None:
    """Blocks 1 to 12: one event that is final by the end."""
    chain.mine_many(2)
    chain.mine([chain.ping(7)])
    chain.mine_many(9)


def mine_stake(chain: SimChain) -> None:
    """Block 13: ann stakes."""
    chain.mine([stake(chain, "ann", 5)])


def mine_second(chain: SimChain) -> None:
    """Blocks 14 to 16: an event that stays, an event and a stake that a reorganisation will take back."""
    kept, lost = chain.ping(8), chain.ping(9)
    chain.mine([kept])
    chain.mine([lost, stake(chain, "ben", 5)])
    chain.mine()


def replace_second(chain: SimChain) -> None:
    """Replace blocks 14 to 16 by 14 to 17: the first event comes again in another block, the others do not."""
    kept = chain.ancestor(2).txs[0]
    chain.reorg(3, [[], [kept], [], [chain.ping(10), stake(chain, "ben", 6)]])


@asynccontextmanager
async def node_of(chain: SimChain) -> AsyncIterator[str]:
    """The URL of a JSON-RPC node of the chain."""

    def answer(call: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": call["id"], "result": chain.rpc(call["method"], call["params"])}

    async def handle(request: web.Request) -> web.Response:
        calls = await request.json()
        return web.json_response([answer(call) for call in calls] if isinstance(calls, list) else answer(calls))

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def chain_as_left() -> SimChain:
    """The chain as the release last saw it."""
    chain = SimChain(CHAIN)
    for step in (mine_first, mine_stake, mine_second, replace_second):
        step(chain)
    return chain
