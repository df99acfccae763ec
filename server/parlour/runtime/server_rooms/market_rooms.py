"""Makes the market of a pool of a watched factory when somebody first joins it: `market:<chain>:<pool>`."""

from __future__ import annotations

import re
from typing import Protocol

from parlour.core.chain.abi import checksum
from parlour.core.markets.factories import FACTORY
from parlour.core.markets.room import MarketRoom
from parlour.core.room import Join, RoomId
from parlour.core.rooms.reserved import OPERATOR
from parlour.errors import NoSuchRoom
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.runtime.rooms.markets import Markets
from parlour.runtime.rooms.registry import RoomRegistry

PREFIX = "market:"
_ID = re.compile(r"market:([1-9][0-9]{0,15}):(0x[0-9a-f]{40})")


class FactoryChains(Protocol):
    """What these rooms need of the followers; runtime/chain/chains.py implements it."""

    def __contains__(self, chain: object) -> bool: ...

    async def watched_addresses(self, chain: int, kind: str) -> set[str]:
        """Return the contracts of all watches of one kind; raises StoreError."""


class MarketRooms:
    """Makes one market for each pool of a watched factory."""

    def __init__(self, registry: RoomRegistry, chains: FactoryChains, markets: Markets) -> None:
        self._registry, self._chains, self._markets = registry, chains, markets
        registry.reserved.make_at_join(PREFIX, self.make)

    async def make(self, room: RoomId, command: Join) -> None:
        """Create the market of a pool, and let it follow the pool.

        Raises:
            NoSuchRoom: no watched factory made such a pool. Unavailable: the chain does not answer. StoreError.
        """
        asked = _ID.fullmatch(room.lower())
        if asked is None or (chain := int(asked[1])) not in self._chains:
            raise NoSuchRoom()
        pool, factories = checksum(asked[2]), await self._chains.watched_addresses(chain, FACTORY)
        options = await self._markets.of_factory(chain, pool, factories) if factories else None
        if options is None:
            raise NoSuchRoom()
        wanted = NewRoom(MarketRoom.kind, f"{PREFIX}{chain}:{pool}", options=options)
        record, _ = await self._registry.create("", wanted, reserved=True)
        await self._markets.start(record, Caller("", OPERATOR))
