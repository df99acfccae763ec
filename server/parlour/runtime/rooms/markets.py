"""Markets of this process: checks a pool before its room is made, follows it from then on, and answers its depth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from parlour.core.chain.watches import WatchRecord
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.markets.depth import depth_answer
from parlour.core.markets.options import MarketOptions, options_json, read_options, wanted_watches
from parlour.core.markets.room import MarketRoom
from parlour.core.room import RoomId, Watch
from parlour.errors import Forbidden, Illegal, Invalid
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.markets.depth import At, Depths
from parlour.runtime.markets.pool_facts import Ask, complete, factory_of, is_pool_of
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomRecord

OPERATOR = SERVER_ROLES["operator"]


class MarketChains(Protocol):
    """What markets need from the followers; runtime/chain/chains.py implements it."""

    async def watch(
        self,
        room: RoomId,
        request: Any,
        submit: Callable[[WatchRecord], Awaitable[Any]],
        *,
        operator: bool = False,
        key: str | None = None,
        hook: bool = False,
        own: str = "",
    ) -> WatchRecord:
        """Start a watch and let the room store it by `submit`; raises ParlourError."""

    async def ask(self, chain: int, method: str, params: list[Any]) -> Any:
        """Make one JSON-RPC call; raises NotFound, Reverted, Refused or Unavailable."""

    async def standing(self, chain: int) -> dict[str, Any]:
        """Return `{number, hash, safe, finalized}` where the follower stands; raises NotFound or Unavailable."""


class Markets:
    """Makes rooms of kind `market` and answers for them.

    Args:
        policy: `owners` (whoever may create rooms, the default) or `operators` (`PARLOUR_MARKETS`).
    """

    def __init__(self, registry: RoomRegistry, chains: MarketChains, policy: str = "owners") -> None:
        self._registry = registry
        self._rights = RoomRights(registry)
        self._chains = chains
        self._policy = policy
        self._depths = Depths()

    async def prepared(self, caller: Caller, wanted: NewRoom) -> NewRoom:
        """Return the room to create with its pool's facts in the options; a room of another kind as it is.

        Raises:
            Forbidden: `PARLOUR_MARKETS`. Invalid: the options, or the contract is no pool. NotFound: no such chain.
            Unavailable: the chain does not answer.
        """
        if wanted.kind != MarketRoom.kind:
            return wanted
        if self._policy == "operators" and caller.rank < OPERATOR:
            raise Forbidden("On this server only operators make markets.", reason="role")
        if wanted.options and "facts" in wanted.options:
            raise Invalid("The server reads a pool's facts itself.", details={"path": "options.facts"})
        options = read_options(wanted.options or {})
        return replace(wanted, options=options_json(await complete(self._asks(options.chain), options)))

    async def of_factory(self, chain: int, pool: str, factories: Collection[str]) -> dict[str, Any] | None:
        """Return the options of a market of this pool; None where it is none that one of these factories made.

        Args:
            factories: in lower case.

        Raises:
            Unavailable: the chain does not answer.
        """
        ask = self._asks(chain)
        factory = await factory_of(ask, pool)
        if factory is None or factory.lower() not in factories:
            return None
        try:
            options = await complete(ask, read_options({"chain": chain, "pool": pool}))
        except Invalid:
            return None
        assert options.facts is not None, "it is complete"
        made = await is_pool_of(ask, options, factory, options.facts.tokens)
        return options_json(options) if made else None

    async def start(self, record: RoomRecord, owner: Caller) -> None:
        """Follow a new market's pool and venues; it may be repeated. Raises as `Chains.watch`."""
        if record.kind != MarketRoom.kind:
            return
        most = self._registry.context.limits.watches_per_room

        async def submit(watch: WatchRecord) -> None:
            command = Watch(author=owner.account, rank=owner.rank, watch=watch, most=most)
            await self._registry.ask(record.id, RoomRequest(command))

        options = read_options(record.options)
        for number, asked in enumerate(wanted_watches(options)):
            if options.history:
                asked["fromBlock"] = max(
                    0, (await self._chains.standing(options.chain))["number"] - options.history + 1
                )
            await self._chains.watch(record.id, asked, submit, key=f"market:{number}", own=MarketRoom.kind)

    async def depth(self, room: RoomId, caller: Caller, within: int, levels: int) -> dict[str, Any]:
        """Answer `{bids, asks, block}` of a market's pool.

        Args:
            within: basis points from the pool's price.

        Raises:
            Illegal: the room is no market, or its pool has no depth. TooLarge: too many ticks. Unavailable.
        """
        _, hall = await self._rights.open(room, caller)
        options = hall.asked if isinstance(hall, MarketRoom) else None
        if options is None:
            raise Illegal("That room is no market.", reason="kind")
        stands = await self._chains.standing(options.chain)
        at = At(stands["number"], stands["hash"])
        liquidity = await self._depths.liquidity(self._asks(options.chain), options, at, within)
        return depth_answer(liquidity, _scale(options), within, levels, at.ref())

    def _asks(self, chain: int) -> Ask:
        return partial(self._chains.ask, chain)


def _scale(options: MarketOptions) -> Any:
    return options.pool_read().scale
