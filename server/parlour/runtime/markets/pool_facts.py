"""Reads what a pool is: its type, tokens, decimals and factory; refuses a contract that is no pool in clear words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from parlour.core.chain.abi import checksum, parse_event
from parlour.core.markets.calls import address_in, call_of, decimals_in, symbol_in, words
from parlour.core.markets.options import Facts, MarketOptions
from parlour.core.markets.pools import INITIALIZE_V4, KNOWN_FACTORIES
from parlour.errors import Invalid
from parlour.runtime.nodes.node import Refused, Reverted

Ask = Callable[[str, list[Any]], Awaitable[Any]]
"""Asks the market's chain: JSON-RPC method and parameters. Raises Reverted, and Unavailable where nobody answers."""

_NATIVE = "0x" + "00" * 20
"""How v4 names the chain's own coin, which has 18 decimals."""


async def complete(ask: Ask, options: MarketOptions) -> MarketOptions:
    """Return the options with their type settled and the facts of the pool.

    Raises:
        Invalid: there is no contract, it is no pool, or a token does not say its decimals.
        Unavailable: the chain does not answer.
    """
    code = await ask("eth_getCode", [options.pool, "latest"])
    if code in ("0x", None):
        raise _no_pool(f"There is no contract at {options.pool} on chain {options.chain}.", "no_contract")
    type_ = options.type
    if type_ == "auto":
        type_ = await _recognised(ask, options)
    elif type_ != "uniswap-v4" and not await _answers(ask, options.pool, _PROBES[type_]):
        raise _no_pool(f"{options.pool} is no pool of {type_}: it does not answer {_PROBES[type_][0]}.", "no_pool")
    options = options.model_copy(update={"type": type_})
    facts = await (_facts_v4 if type_ == "uniswap-v4" else _facts)(ask, options)
    return options.model_copy(update={"facts": facts})


_PROBES: dict[str, tuple[str, int]] = {"uniswap-v3": ("slot0()", 7), "uniswap-v2": ("getReserves()", 3)}
"""What a pool of each type answers, and how many words at least."""


async def _recognised(ask: Ask, options: MarketOptions) -> Any:
    for type_, probe in _PROBES.items():
        if await _answers(ask, options.pool, probe):
            return type_
    raise _no_pool(f"{options.pool} is no pool: it answers neither slot0 (Uniswap v3) nor getReserves (v2).", "no_pool")


async def _answers(ask: Ask, pool: str, probe: tuple[str, int]) -> bool:
    read = words(await _call(ask, pool, probe[0]))
    return read is not None and len(read) >= probe[1]


async def _call(ask: Ask, to: str, signature: str, *args: Any) -> Any:
    """Return what a contract answers, or None where it reverts or the node will not run it."""
    try:
        return await ask("eth_call", [call_of(to, signature, *args), "latest"])
    except (Reverted, Refused):
        return None


def _no_pool(message: str, reason: str) -> Invalid:
    return Invalid(message, reason=reason, details={"path": "options.pool"})


async def _facts(ask: Ask, options: MarketOptions) -> Facts:
    pool = options.pool
    asked = [_call(ask, pool, name) for name in ("token0()", "token1()", "factory()")]
    token0, token1, factory = map(address_in, await asyncio.gather(*asked))
    if token0 is None or token1 is None or token0 == token1:
        raise _no_pool(f"{pool} is no pool: it does not name two tokens.", "no_pool")
    decimals, symbols = await _tokens(ask, (token0, token1))
    verified = factory is not None and await _made_by(ask, options, factory, (token0, token1))
    return Facts(tokens=(token0, token1), decimals=decimals, symbols=symbols, factory=factory, verified=verified)


async def _tokens(ask: Ask, tokens: tuple[str, str]) -> tuple[tuple[int, int], tuple[str | None, str | None]]:
    answers = await asyncio.gather(*(_token(ask, token) for token in tokens))
    for token, (decimals, _) in zip(tokens, answers, strict=True):
        if decimals is None:
            raise _no_pool(f"The token {token} does not say how many decimals it has.", "no_decimals")
    (d0, s0), (d1, s1) = answers
    return (d0 or 0, d1 or 0), (s0, s1)


async def _token(ask: Ask, token: str) -> tuple[int | None, str | None]:
    if token == _NATIVE:
        return 18, None
    decimals, symbol = await asyncio.gather(_call(ask, token, "decimals()"), _call(ask, token, "symbol()"))
    return decimals_in(decimals), symbol_in(symbol)


async def _made_by(ask: Ask, options: MarketOptions, factory: str, tokens: tuple[str, str]) -> bool:
    """Return whether the factory is a known one and says that the pool is its own."""
    if factory.lower() not in KNOWN_FACTORIES.get(options.chain, ()):
        return False
    return await is_pool_of(ask, options, factory, tokens)


async def factory_of(ask: Ask, pool: str) -> str | None:
    """Return who made a pool, as it says itself; None where it does not say."""
    return address_in(await _call(ask, pool, "factory()"))


async def is_pool_of(ask: Ask, options: MarketOptions, factory: str, tokens: tuple[str, str]) -> bool:
    """Return whether a factory says that the pool is its own."""
    if options.type == "uniswap-v2":
        found = await _call(ask, factory, "getPair(address,address)", *tokens)
    else:
        fee = words(await _call(ask, options.pool, "fee()"))
        if fee is None or fee[0] >= 1 << 24:
            return False
        found = await _call(ask, factory, "getPool(address,address,uint24)", *tokens, fee[0])
    return address_in(found) == options.pool


async def _facts_v4(ask: Ask, options: MarketOptions) -> Facts:
    """Read a v4 pool's tokens from the log that made it: the PoolManager keeps only a hash of them."""
    event = parse_event(INITIALIZE_V4)
    wanted = {"address": options.pool, "topics": [event.topic0, options.pool_id], "fromBlock": "0x0"}
    try:
        logs = await ask("eth_getLogs", [{**wanted, "toBlock": "latest"}])
    except Refused as error:
        raise _no_pool(
            "This chain's endpoint does not search so far back for the pool's first log.", "range"
        ) from error
    if not isinstance(logs, list) or not logs:
        raise _no_pool(f"{options.pool} has no pool {options.pool_id}.", "no_pool")
    topics = logs[0].get("topics", ())
    if len(topics) != 4 or topics[0] != event.topic0:
        raise _no_pool(f"{options.pool} has no pool {options.pool_id}.", "no_pool")
    tokens = (checksum("0x" + topics[2][26:]), checksum("0x" + topics[3][26:]))
    decimals, symbols = await _tokens(ask, tokens)
    verified = options.pool.lower() in KNOWN_FACTORIES.get(options.chain, ())
    return Facts(tokens=tokens, decimals=decimals, symbols=symbols, factory=options.pool, verified=verified)
