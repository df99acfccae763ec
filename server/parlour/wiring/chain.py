"""The chains of a process: one follower for each, the watches of rooms, and read-only calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.adapters.sql.chain import SqlChainStore
from parlour.errors import Unavailable
from parlour.runtime.chain.chains import Chains, Connect
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.node import Disconnected
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.watch import RoomWatches
from parlour.settings import Settings
from parlour.wiring.process import Process

Call = Callable[[str, list[Any]], Awaitable[Any]]
"""Ask a chain's node: JSON-RPC method and parameters. Raises Disconnected where no endpoint answers."""


@dataclass(frozen=True, slots=True)
class ChainPart:
    """The chain part of a process; `calls` asks a node, by chain id."""

    chains: Chains
    watching: RoomWatches
    calls: Mapping[int, Call]


def build(settings: Settings, process: Process, registry: RoomRegistry, connect: Connect) -> ChainPart:
    """Make a follower for each configured chain; its outbox delivers to the registry's rooms.

    Args:
        connect: makes the client of an endpoint's URL.

    Raises:
        BadChainConfig: an item of `PARLOUR_CHAINS` cannot be used.
    """
    context = ChainContext(SqlChainStore(process.store.writer, process.store.reader), process.clock, process.owner)
    chains = Chains(configured(settings), context, registry.deliver, connect)
    calls = {chain.config.chain_id: partial(_ask, chains, chain.config.chain_id) for chain in chains}
    return ChainPart(chains, RoomWatches(registry, chains, settings.watch), calls)


def configured(settings: Settings) -> list[ChainConfig]:
    """Read `PARLOUR_CHAINS`.

    Raises:
        BadChainConfig: an item cannot be used.
    """
    return [ChainConfig.read(item, events_per_second=settings.events_per_second) for item in settings.chains]


async def _ask(chains: Chains, chain: int, method: str, params: list[Any]) -> Any:
    """Call a chain at its endpoints in turn; if none answers, fail as one disconnected node would."""
    try:
        return await chains.call(chain, method, params)
    except Unavailable as error:
        raise Disconnected(error.message) from error
