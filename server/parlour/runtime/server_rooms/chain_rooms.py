"""Makes the room of a chain when somebody first joins it: `chain:<chain>`, which then has every block."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from parlour.core.chain.watches import WatchRecord
from parlour.core.explorer.room import ChainRoom
from parlour.core.room import Join, RoomId, Watch
from parlour.core.rooms.reserved import OPERATOR
from parlour.errors import NoSuchRoom
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import RoomRegistry

PREFIX = "chain:"


class BlockChains(Protocol):
    """What chain rooms need from the followers; runtime/chain/chains.py implements it."""

    def __contains__(self, chain: object) -> bool: ...

    async def standing(self, chain: int) -> dict[str, Any]:
        """Return where the chain's follower stands; raises Unavailable."""

    async def watch(
        self, room: RoomId, request: Any, submit: Callable[[WatchRecord], Awaitable[Any]], *, key: str | None = None
    ) -> WatchRecord:
        """Start a watch and let the room store it by `submit`; raises ParlourError."""


class ChainRooms:
    """Makes chain rooms.

    Args:
        kept: blocks that each keeps (`PARLOUR_CHAIN_ROOM_BLOCKS`); with 0 there are none.
    """

    def __init__(self, registry: RoomRegistry, chains: BlockChains, kept: int) -> None:
        self._registry, self._chains = registry, chains
        if kept:
            registry.reserved.make_at_join(PREFIX, self.make)

    def tell(self, chain: int, type_: str, body: dict[str, Any]) -> None:
        """Send a signal to who is in a chain's room."""
        self._registry.tell(f"{PREFIX}{chain}", type_, body)

    async def make(self, room: RoomId, command: Join) -> None:
        """Create the room of a followed chain, and let it watch the blocks.

        Raises:
            NoSuchRoom: the server does not follow that chain. Unavailable: the chain cannot be read now.
        """
        digits = room[len(PREFIX) :]
        if not (digits.isascii() and digits.isdigit() and digits == str(int(digits)) and int(digits) in self._chains):
            raise NoSuchRoom()
        chain = int(digits)
        await self._chains.standing(chain)
        wanted = NewRoom(ChainRoom.kind, f"{PREFIX}{chain}", f"Chain {chain}", options={"chain": chain})
        record, _ = await self._registry.create("", wanted, reserved=True)

        async def submit(watch: WatchRecord) -> None:
            await self._registry.ask(record.id, RoomRequest(Watch(rank=OPERATOR, watch=watch)))

        asked = {"chain": chain, "blocks": True, "confirm": ["safe", "finalized"]}
        await self._chains.watch(record.id, asked, submit, key="chain")
