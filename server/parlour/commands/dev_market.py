"""The market of `parlour dev`: a pool on its chain with twenty minutes of trades, so that a chart has candles."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path
from typing import Any

from parlour.app import Server
from parlour.commands.dev_contracts import built_contract, deployed_once
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.testing.anvil import AnvilChain
from parlour.testing.contracts import Deployed

MARKET = "eth-usd"
TRADES, SPAN_S = 60, 20 * 60
"""Trades that are made, and the seconds they are spread over: three in each candle of a minute."""
HISTORY_BLOCKS = 1000
"""Blocks before the market's own that it reads: with all trades, also where the demo was started later."""
_DOLLARS = (500, 20_000)
"""What a trade is worth: one percent of the pool at most."""
_ETHER_IN_DOLLARS = 2000


async def open_pool(node: AnvilChain, kept: Path, *, timed: bool) -> str | None:
    """Deploy the demo's pool and trade in it; return its address, None where the pages are not built.

    Args:
        kept: where the address is kept; a pool that was deployed before is found by it.
        timed: the chain's time may be set, so that the trades lie in the past.
    """
    artifact = built_contract("DemoPool")
    return None if artifact is None else await deployed_once(node, kept, partial(_traded, node, artifact, timed=timed))


async def _traded(node: AnvilChain, artifact: dict[str, Any], *, timed: bool) -> Deployed:
    now, newest = int(time.time()), int((await node.head())["timestamp"], 16)
    begin = max(now - SPAN_S, newest + 1)
    step = (now - begin) // (TRADES + 1) if timed else 0
    if step:
        await node.rpc("evm_setTime", begin)
    pool = await node.deploy(artifact)
    drawn = random.Random(MARKET)
    for number in range(1, TRADES + 1):
        if step:
            await node.rpc("evm_setNextBlockTimestamp", begin + number * step)
        dollars = drawn.randint(*_DOLLARS)
        if drawn.random() < 0.5:
            await node.transact(pool, "buy", dollars * 10**6)
        else:
            await node.transact(pool, "sell", dollars * 10**18 // _ETHER_IN_DOLLARS)
    if step:
        await node.rpc("evm_setTime", now)
    return pool


async def make_market(server: Server, owner: Caller, chain: int, pool: str) -> None:
    """Create the market of the pool at the first start; raises ParlourError."""
    markets = server.parts.chain.watching.markets
    options = {"chain": chain, "pool": pool, "history": HISTORY_BLOCKS}
    asked = NewRoom("market", MARKET, "Ether in dollars", options=options)
    wanted = await markets.prepared(owner, asked)
    record, _ = await server.parts.rooms.registry.create(owner.account, wanted, limited=False)
    await markets.start(record, owner)
