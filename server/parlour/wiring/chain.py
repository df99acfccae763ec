"""The chains of a process: one follower for each, the watches of rooms, and read-only calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.adapters.chain.solana_pubsub import SolanaNode
from parlour.adapters.sql.chain import SqlChainStore
from parlour.core.chain.routes import Route
from parlour.core.chain.solana import KIND as SOLANA
from parlour.core.chain.solana import SolanaRoute
from parlour.core.markets.factories import FACTORY
from parlour.core.markets.room import MarketRoom
from parlour.core.markets.route import MarketRoute
from parlour.core.wallets.room import WalletRoom
from parlour.core.wallets.route import FillRoute, WalletRoute
from parlour.errors import Unavailable
from parlour.runtime.blocks.attach import listen_to_blocks
from parlour.runtime.blocks.pending import PendingFeeds
from parlour.runtime.chain.chains import Chains, Connect
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.gates.gates import GateLimits, Gates
from parlour.runtime.gates.room_settings import RoomGating
from parlour.runtime.nodes.node import Disconnected
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.watch import RoomWatches
from parlour.runtime.server_rooms.chain_rooms import ChainRooms
from parlour.runtime.server_rooms.market_rooms import MarketRooms
from parlour.runtime.server_rooms.silence import ChainSilence
from parlour.runtime.server_rooms.wallet_rooms import WalletRooms
from parlour.runtime.tracking.room_tracks import Tracking, TrackingLimits
from parlour.settings import Settings, limits_of
from parlour.wiring.process import Process

Call = Callable[[str, list[Any]], Awaitable[Any]]
"""Ask a chain's node: JSON-RPC method and parameters. Raises Disconnected where no endpoint answers."""


@dataclass(frozen=True, slots=True)
class ChainPart:
    """The chain part of a process; `calls` asks a node, by chain id."""

    chains: Chains
    pending: PendingFeeds
    silence: ChainSilence
    watching: RoomWatches
    gates: Gates
    gating: RoomGating
    tracking: Tracking
    calls: Mapping[int, Call]


def build(settings: Settings, process: Process, registry: RoomRegistry, connect: Connect) -> ChainPart:
    """Make a follower for each configured chain; its outbox delivers to the registry's rooms.

    Args:
        connect: makes the client of an endpoint's URL.

    Raises:
        BadChainConfig: an item of `PARLOUR_CHAINS` cannot be used.
    """
    context = ChainContext(SqlChainStore(process.store.writer, process.store.reader), process.clock, process.owner)
    context.routes.register(MarketRoom.kind, MarketRoute)
    context.routes.register(WalletRoom.kind, WalletRoute)
    context.routes.register(FillRoute.kind, FillRoute)
    context.routes.register(FACTORY, Route)
    context.routes.register(SOLANA, SolanaRoute)
    configs = configured(settings)
    clusters = {url: SolanaNode(url, c.chain_id, process.clock) for c in configs if c.kind == SOLANA for url in c.urls}
    chains = Chains(configs, context, registry.deliver, lambda url: clusters.get(url) or connect(url))
    chain_rooms = ChainRooms(registry, chains, settings.chain_room_blocks)
    listen_to_blocks(chains, context, chain_rooms.tell)
    calls = {n: partial(_ask, chains, n) for n in (c.chain_id for c in configs if c.kind != SOLANA)}
    gates = Gates(chains, registry.submit, process.clock, limits_of(GateLimits, settings))
    registry.context.gates = gates
    gating = RoomGating(registry, gates, settings.gates)
    watching = RoomWatches(registry, chains, settings.watch, settings.markets)
    MarketRooms(registry, chains, watching.markets)
    WalletRooms(registry, chains, any_token=settings.wallet_any == "on")
    limits = limits_of(TrackingLimits, settings)
    tracking = Tracking(chains, context.store, registry.deliver, process.clock, limits)
    pending = PendingFeeds(chains, process.frames, process.clock)
    silence = ChainSilence(registry, chains, process.clock, settings.gate_grace)
    return ChainPart(chains, pending, silence, watching, gates, gating, tracking, calls)


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
