"""Depth of real pools at a block: the same call for all who ask, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.markets.depth import book, root_at
from parlour.core.markets.options import Facts, MarketOptions, read_options
from parlour.core.markets.prices import Scale
from parlour.errors import Illegal, Unavailable
from parlour.runtime.markets.depth import At, Depths
from parlour.runtime.nodes.node import Absent
from parlour.testing.anvil import AnvilChain, RpcFault
from tests.amm import ETHER, Amm, pair, pool


def options(amm: Amm, type_: str) -> MarketOptions:
    facts = Facts(tokens=(amm.tokens[0].address, amm.tokens[1].address), decimals=(18, 18))
    read = read_options({"chain": 31337, "pool": amm.pool.address, "type": type_})
    return read.model_copy(update={"facts": facts})


class Asking:
    """Asks a chain and counts; answers of blocks that are gone are Absent."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain, self.calls = chain, 0

    async def __call__(self, method: str, params: list[Any]) -> Any:
        self.calls += 1
        try:
            return await self.chain.rpc(method, *params)
        except RpcFault as fault:
            raise Absent(str(fault)) from fault


async def head(chain: AnvilChain) -> At:
    block = await chain.head()
    return At(int(block["number"], 16), block["hash"])


async def test_v2_depth_is_that_of_its_reserves(chain: AnvilChain) -> None:
    amm = await pair(chain, usd=4000, eth=1000 * 10**6)
    ask, depths, at = Asking(chain), Depths(), await head(chain)
    read = await depths.liquidity(ask, options(amm, "uniswap-v2"), at, 100)
    reserves = [int(n) for n in (await chain.call(amm.pool, "getReserves"))[:2]]
    assert abs(read.here**2 - reserves[0] * reserves[1]) <= 2 * read.here
    assert await depths.liquidity(ask, options(amm, "uniswap-v2"), at, 100) is read
    assert ask.calls == 1


async def test_v3_depth_reads_the_ticks_in_reach(chain: AnvilChain) -> None:
    amm = await pool(chain)
    await chain.transact(amm.pool, "mint", -50, 70, 3 * ETHER)
    read = await Depths().liquidity(Asking(chain), options(amm, "uniswap-v3"), await head(chain), 100)
    assert (read.root, read.here) == (1 << 96, 4 * ETHER)
    assert dict(read.net) == {-50: 3 * ETHER, 70: -3 * ETHER}
    sides = book(read, Scale(False, 18, 18), 100, 1)
    inner = 4 * ((ETHER << 96) * (root_at(70) - (1 << 96)) // (root_at(70) << 96))
    assert int(sides["asks"][0][1]) > inner
    whole = await Depths().liquidity(Asking(chain), options(amm, "uniswap-v3"), await head(chain), 1000)
    assert set(whole.net) == {-1000, -50, 70, 1000} - {1000}


async def test_depth_of_an_undone_block_asks_to_come_again(chain: AnvilChain) -> None:
    amm = await pair(chain)
    gone = At(5, "0x" + "12" * 32)
    depths = Depths()
    for _ in range(2):
        with pytest.raises(Unavailable, match="undone"):
            await depths.liquidity(Asking(chain), options(amm, "uniswap-v2"), gone, 100)


async def test_empty_pool_has_no_depth(chain: AnvilChain) -> None:
    amm = await pair(chain, usd=0, eth=0)
    with pytest.raises(Illegal, match="holds nothing"):
        await Depths().liquidity(Asking(chain), options(amm, "uniswap-v2"), await head(chain), 100)
