"""`parlour market` in a terminal: trades of a real pool with their prices, reverts, and what is no pool."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest

from parlour.adapters.chain.node_rpc import connect
from parlour.commands.market import Terminal, follow
from parlour.errors import Invalid
from tests.amm import ETHER, pair, tokens
from tests.anvil import anvil
from tests.runtime.chain.chain_kit import until


async def test_terminal_prints_trades_and_what_a_reorganisation_undoes() -> None:
    async with anvil() as chain:
        amm = await pair(chain)
        base = "token1" if amm.usd_first else "token0"
        said: list[str] = []
        make = partial(Terminal, said.append, 3, as_json=False)
        asked = {"pool": amm.pool.address, "base": base, "history": 0}
        following = asyncio.create_task(follow(chain.ws_url, asked, make, connect))
        await until(lambda: said)
        assert said[0].startswith("ETH in USD on chain 31337, uniswap-v2 (made by no factory")
        amounts, paid = ((0, ETHER), (2100 * 10**6, 0)) if amm.usd_first else ((ETHER, 0), (0, 2100 * 10**6))
        await amm.swap(*amounts, paid=paid)
        await until(lambda: len(said) == 2)
        assert said[1].startswith("#1 buy  1 ETH at 2100, then 2004.1")
        await chain.reorg(1)
        await chain.mine(1)
        await until(lambda: len(said) >= 3)
        assert said[2] == "reverted #1"
        await amm.swap(*amounts, paid=paid)
        await asyncio.wait_for(following, 30)
        assert said[3].startswith("#2 buy  1 ETH")


async def test_history_is_printed_as_json_lines() -> None:
    async with anvil() as chain:
        amm = await pair(chain)
        amounts, paid = ((0, ETHER), (2100 * 10**6, 0)) if amm.usd_first else ((ETHER, 0), (0, 2100 * 10**6))
        await amm.swap(*amounts, paid=paid)
        said: list[str] = []
        make = partial(Terminal, said.append, 1, as_json=True)
        await follow(chain.url, {"pool": amm.pool.address, "history": 20}, make, connect)
        [trade] = [json.loads(line) for line in said]
        assert (trade["type"], trade["body"]["id"]) == ("market.trade", 1)


async def test_contract_that_is_no_pool_is_said_in_a_sentence() -> None:
    async with anvil() as chain:
        token, _, _ = await tokens(chain)
        make = partial(Terminal, print, 1, as_json=False)
        with pytest.raises(Invalid, match="is no pool"):
            await follow(chain.url, {"pool": token.address, "history": 0}, make, connect)
