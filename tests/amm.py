"""Small real pools on a dev chain (tests/contracts/Markets.sol): deployed, funded, and swapped in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parlour.testing.anvil import AnvilChain, Deployed

_CONTRACTS = json.loads((Path(__file__).parent / "contracts" / "Markets.json").read_text())["contracts"]
ETHER = 10**18


def artifact(name: str) -> dict[str, Any]:
    """Return the artifact of one of the contracts."""
    found: dict[str, Any] = _CONTRACTS[name]
    return found


@dataclass
class Amm:
    """Two tokens, USD with 6 decimals and ETH with 18, and a pool of them; `tokens` in the pool's order."""

    chain: AnvilChain
    pool: Deployed
    factory: Deployed
    tokens: tuple[Deployed, Deployed]

    @property
    def usd_first(self) -> bool:
        """Whether USD is the pool's token0."""
        return int(self.tokens[0].address, 16) == int(self._usd, 16)

    _usd: str = ""

    async def swap(self, out0: int, out1: int, *, paid: tuple[int, int], sender: int = 0) -> dict[str, Any]:
        """Pay a v2 pair, and take out; return the receipt."""
        for token, amount in zip(self.tokens, paid, strict=True):
            if amount:
                await self.chain.transact(token, "mint", self.pool.address, amount, sender=sender)
        to = self.chain.accounts[sender]
        return await self.chain.transact(self.pool, "swap", out0, out1, to, sender=sender)


async def tokens(chain: AnvilChain) -> tuple[Deployed, Deployed, str]:
    """Deploy USD and ETH; return them in the order a pool has them, and USD's address."""
    usd = await chain.deploy(artifact("Token"), "USD", 6)
    eth = await chain.deploy(artifact("Token"), "ETH", 18)
    first, second = sorted((usd, eth), key=lambda token: int(token.address, 16))
    return first, second, usd.address


async def pair(chain: AnvilChain, usd: int = 2_000_000 * 10**6, eth: int = 1000 * ETHER) -> Amm:
    """Deploy a v2 pair that holds so much of both."""
    first, second, usd_address = await tokens(chain)
    factory = await chain.deploy(artifact("PairFactory"))
    await chain.transact(factory, "createPair", first.address, second.address)
    address = await chain.call(factory, "getPair", first.address, second.address)
    pool = Deployed(_checksum(address), artifact("Pair")["abi"])
    amm = Amm(chain, pool, factory, (first, second), usd_address)
    for token in amm.tokens:
        await chain.transact(token, "mint", pool.address, usd if token.address == usd_address else eth)
    await chain.transact(pool, "sync")
    return amm


async def pool(chain: AnvilChain, liquidity: int = ETHER, spacing: int = 10) -> Amm:
    """Deploy a v3 pool at price 1 (raw) with liquidity from tick -1000 to 1000."""
    first, second, usd_address = await tokens(chain)
    factory = await chain.deploy(artifact("PoolFactory"))
    await chain.transact(factory, "createPool", first.address, second.address, 3000, spacing)
    address = await chain.call(factory, "getPool", first.address, second.address, 3000)
    made = Deployed(_checksum(address), artifact("Pool")["abi"])
    await chain.transact(made, "initialize", 1 << 96, 0)
    await chain.transact(made, "mint", -1000, 1000, liquidity)
    return Amm(chain, made, factory, (first, second), usd_address)


def _checksum(address: str) -> str:
    from eth_utils.address import to_checksum_address

    return to_checksum_address(address)
