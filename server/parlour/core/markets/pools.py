"""The kinds of pools a market can follow: their events, and the factories that are known to make honest ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SWAP_V2 = (
    "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, "
    "address indexed to)"
)
"""UniswapV2Pair. `to` receives what the swap paid out."""
SYNC_V2 = "Sync(uint112 reserve0, uint112 reserve1)"
"""UniswapV2Pair, emitted directly before each Swap: the reserves after it."""
SWAP_V3 = (
    "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, "
    "uint128 liquidity, int24 tick)"
)
"""UniswapV3Pool. Amounts are the pool's: above 0 was paid in."""
SWAP_V4 = (
    "Swap(bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, uint160 sqrtPriceX96, "
    "uint128 liquidity, int24 tick, uint24 fee)"
)
"""Uniswap v4's PoolManager. Amounts are the swapper's: below 0 was paid in."""
INITIALIZE_V4 = (
    "Initialize(bytes32 indexed id, address indexed currency0, address indexed currency1, uint24 fee, "
    "int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick)"
)
"""Uniswap v4's PoolManager, once for each pool."""
PAIR_CREATED = "PairCreated(address indexed token0, address indexed token1, address pair, uint256)"
"""UniswapV2Factory."""
POOL_CREATED = (
    "PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24 tickSpacing, address pool)"
)
"""UniswapV3Factory."""


class PoolType(NamedTuple):
    """What is followed of a pool.

    Attributes:
        swap: the event of a trade.
        before: an event that stands directly before it and says what the pool holds then; empty for none.
    """

    swap: str
    before: str = ""


POOL_TYPES: Mapping[str, PoolType] = {
    "uniswap-v2": PoolType(SWAP_V2, SYNC_V2),
    "uniswap-v3": PoolType(SWAP_V3),
    "uniswap-v4": PoolType(SWAP_V4),
}
"""By the name that `options.type` has."""

_UNISWAP_V2 = "0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f"
_UNISWAP_V3 = "0x1f98431c8ad98523631ae4a59f267346ea31f984"
_SUSHI_V2 = "0xc0aee478e3658e2610c5f7a4a2e1777ce9e4f2ac"
_POOL_MANAGER = "0x000000000004444c5dc75cb358380d2e3de08a90"
KNOWN_FACTORIES: Mapping[int, frozenset[str]] = {
    1: frozenset({_UNISWAP_V2, _SUSHI_V2, _UNISWAP_V3, _POOL_MANAGER}),
    10: frozenset({"0x0c3c1c532f1e39edf36be9fe0be1410313e074bf", _UNISWAP_V3}),
    137: frozenset({"0x9e5a52f57b3038f1b8eee45f28b3c1967e22799c", _UNISWAP_V3}),
    8453: frozenset({"0x8909dc15e40173ff4699343b6eb8132c65e18ec6", "0x33128a8fc17869897dce68ed026d694621f6fdfd"}),
    42161: frozenset({"0xf1d7cc64fb4452f05c498126312ebe29f30fbcf9", _UNISWAP_V3}),
}
"""Chain id → factories, in lower case, whose pools count as `verified`: Uniswap's own deployments and Sushi's v2 on
mainnet, as their lists of deployments have them. Any contract can claim a factory, so the factory is asked whether the
pool is its own."""
