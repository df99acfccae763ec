"""What a pool is, read from real contracts; and what is refused because it is none, in clear words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from parlour.core.markets.options import MarketOptions, read_options
from parlour.errors import Invalid
from parlour.runtime.markets.pool_facts import complete, is_pool_of
from parlour.runtime.nodes.node import Reverted
from parlour.testing.anvil import AnvilChain, RpcFault
from tests.amm import artifact, pair, pool, tokens
from tests.anvil import anvil

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil() as chain:
        yield chain


def asks(chain: AnvilChain) -> Any:
    async def ask(method: str, params: list[Any]) -> Any:
        try:
            return await chain.rpc(method, *params)
        except RpcFault as fault:
            raise Reverted(str(fault)) from fault

    return ask


def wanted(address: str, **more: Any) -> MarketOptions:
    return read_options({"chain": 31337, "pool": address, **more})


async def test_v2_pair_is_recognised_with_its_tokens(chain: AnvilChain) -> None:
    amm = await pair(chain)
    read = await complete(asks(chain), wanted(amm.pool.address))
    assert read.type == "uniswap-v2"
    assert read.facts is not None
    assert read.facts.tokens == tuple(token.address for token in amm.tokens)
    assert read.facts.decimals == ((6, 18) if amm.usd_first else (18, 6))
    assert read.facts.symbols == (("USD", "ETH") if amm.usd_first else ("ETH", "USD"))
    assert (read.facts.factory, read.facts.verified) == (amm.factory.address, False)


async def test_v3_pool_is_recognised_and_its_factory_knows_it(chain: AnvilChain) -> None:
    amm = await pool(chain)
    read = await complete(asks(chain), wanted(amm.pool.address))
    assert (read.type, read.facts and read.facts.factory) == ("uniswap-v3", amm.factory.address)
    addresses = (amm.tokens[0].address, amm.tokens[1].address)
    assert await is_pool_of(asks(chain), read, amm.factory.address, addresses)
    other = await pool(chain)
    assert not await is_pool_of(asks(chain), read, other.factory.address, addresses)


async def test_contract_that_is_no_pool_is_refused_by_what_it_lacks(chain: AnvilChain) -> None:
    token, _, _ = await tokens(chain)
    with pytest.raises(Invalid, match="is no pool: it answers neither slot0") as refused:
        await complete(asks(chain), wanted(token.address))
    assert (refused.value.reason, refused.value.details) == ("no_pool", {"path": "options.pool"})
    with pytest.raises(Invalid, match="does not answer getReserves"):
        await complete(asks(chain), wanted(token.address, type="uniswap-v2"))


async def test_address_without_code_is_refused(chain: AnvilChain) -> None:
    with pytest.raises(Invalid, match="no contract") as refused:
        await complete(asks(chain), wanted("0x" + "12" * 20))
    assert refused.value.reason == "no_contract"


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
async def test_token_with_odd_decimals_is_refused(chain: AnvilChain, mode: int) -> None:
    """It reverts, returns nothing, 2^256 - 1, or far too much."""
    odd = await chain.deploy(artifact("OddToken"), mode)
    good = await chain.deploy(artifact("Token"), "T", 18)
    factory = await chain.deploy(artifact("PairFactory"))
    await chain.transact(factory, "createPair", odd.address, good.address)
    address = await chain.call(factory, "getPair", odd.address, good.address)
    with pytest.raises(Invalid, match="does not say how many decimals") as refused:
        await complete(asks(chain), wanted(address))
    assert refused.value.reason == "no_decimals"


async def test_v4_pool_that_was_never_made_is_refused(chain: AnvilChain) -> None:
    token, _, _ = await tokens(chain)
    options = wanted(token.address, type="uniswap-v4", poolId="0x" + "12" * 32)
    with pytest.raises(Invalid, match="has no pool"):
        await complete(asks(chain), options)
