"""Follows the chain behind a node's URL for a command that prints what it hears: `parlour watch`, `parlour market`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from parlour.errors import OperatorError
from parlour.runtime.chain.chains import Chains, Connect
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.outbox import Deliver
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.clock import SystemClock
from parlour.runtime.nodes.node import NodeError

DEV_NODE = "http://127.0.0.1:8545"
"""Where anvil, Hardhat and Ganache listen by default."""
_NO_RATE = 1_000_000.0
"""Events a second: a terminal takes what comes."""
_START_S = 20.0
"""Seconds a node may take to show its chain."""


def _checked(url: str) -> str:
    """Return a node's URL as it was given; raises BadParameter for another scheme."""
    if not re.match(r"(https?|wss?)://[^/\[]", url):
        raise typer.BadParameter("A node's URL starts with http://, https://, ws:// or wss://.")
    return url


NodeUrl = Annotated[str, typer.Option("--url", help="The node, http(s) or ws(s).", callback=_checked)]


@asynccontextmanager
async def following(url: str, context: ChainContext, deliver: Deliver, connect: Connect) -> AsyncIterator[Chains]:
    """Follow the one chain behind a URL while the block runs; it is at the newest block when that begins.

    Raises:
        OperatorError: the node does not answer, or not about a chain.
    """
    config = ChainConfig.read({"chainId": await chain_id(url, connect), "urls": [url]}, events_per_second=_NO_RATE)
    chains = Chains([config], context, deliver, connect)
    await chains.start()
    try:
        follower = chains.chain(config.chain_id).follower
        try:
            async with asyncio.timeout(_START_S):
                while follower.state != "following":  # noqa: ASYNC110 a follower has no event for it
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise OperatorError(f"{url} does not show its chain: {follower.reason or follower.state}") from None
        yield chains
    finally:
        await chains.stop()


def in_memory() -> ChainContext:
    """Return what following a chain needs where nothing is to last."""
    return ChainContext(MemoryChainStore(), SystemClock())


async def chain_id(url: str, connect: Connect) -> int:
    """Ask a node for its chain id; raises OperatorError."""
    node = connect(url)
    try:
        return int(await node.call("eth_chainId", []), 16)
    except (NodeError, TypeError, ValueError) as error:
        raise OperatorError(f"{url} does not answer as a chain's node: {error}") from error
    finally:
        await node.close()
