"""Makes an account's room when it first joins it: `wallet:<account>`, which follows what the account says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from parlour.core.chain.watches import WatchRecord, watch_id
from parlour.core.room import Configure, Join, RoomId, Unwatch, Watch
from parlour.core.rooms.reserved import OPERATOR
from parlour.core.wallets.options import wanted_watches
from parlour.core.wallets.room import WalletRoom
from parlour.core.wallets.route import FillRoute
from parlour.errors import NoSuchRoom, ParlourError
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.store import StoreError

log = structlog.get_logger()

PREFIX = "wallet:"


class WalletChains(Protocol):
    """What wallet rooms need from the followers; runtime/chain/chains.py implements it."""

    async def watch(
        self, room: RoomId, request: Any, submit: Callable[[WatchRecord], Awaitable[Any]], *, operator: bool = False,
        key: str | None = None, own: str = "",
    ) -> WatchRecord:  # fmt: skip
        """Start a watch and let the room store it by `submit`; raises ParlourError."""

    def chain(self, chain: int) -> object:
        """Return a followed chain; raises NotFound for any other."""

    async def unwatch(self, chain: int, watch: str) -> None:
        """End a watch whose room has stored `room.unwatched`."""


class WalletRooms:
    """Makes wallet rooms, and keeps their watches as their options say.

    Args:
        any_token: whether a room without `tokens` is told of transfers of every contract (`PARLOUR_WALLET_ANY`).
    """

    def __init__(self, registry: RoomRegistry, chains: WalletChains, *, any_token: bool) -> None:
        self._registry, self._chains, self._any = registry, chains, any_token
        self._following: set[asyncio.Task[None]] = set()
        self._one_at_a_time: dict[RoomId, asyncio.Lock] = {}
        registry.reserved.make_at_join(PREFIX, self.make)
        registry.reserved.before_configure(PREFIX, self.check)
        registry.reserved.after_configure(PREFIX, self.follow_soon)

    async def make(self, room: RoomId, command: Join) -> None:
        """Create the room of the account that joins; raises NoSuchRoom for everybody else."""
        account = command.author
        if not account or account.startswith("app:") or room.lower() != f"{PREFIX}{account}".lower():
            raise NoSuchRoom()
        wanted = NewRoom(WalletRoom.kind, PREFIX + account, visibility="private", options={})
        await self._registry.create(account, wanted, reserved=True)

    def check(self, command: Configure) -> None:
        """Check that the server follows the chains that new options name; raises NotFound."""
        chains = (command.options or {}).get("chains")
        for chain in chains if isinstance(chains, list) else ():
            if isinstance(chain, int):
                self._chains.chain(chain)

    def follow_soon(self, room: RoomId) -> None:
        """Start and end watches as the room's new options say, in a task of its own."""
        task = asyncio.get_running_loop().create_task(self._follow(room), name=f"watches of {room}")
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _follow(self, room: RoomId) -> None:
        try:
            async with self._one_at_a_time.setdefault(room.lower(), asyncio.Lock()):
                await self.follow(room)
        except (ParlourError, StoreError) as error:
            log.warning("wallet.not_followed", room=room, error=str(error))

    async def follow(self, room: RoomId) -> None:
        """Start the watches that the room wants and does not have, and end the others; raises ParlourError."""
        host = await self._registry.reach(room)
        hall = await host.read_state(lambda hall: hall)
        if not isinstance(hall, WalletRoom):
            return
        wanted = wanted_watches(hall.owner, hall.followed(), any_token=self._any)
        ids = {watch_id(host.id, key): key for key in wanted}
        for watch, record in list(hall.watches.records.items()):
            if watch not in ids:
                await self._registry.ask(host.id, RoomRequest(Unwatch(rank=OPERATOR, watch=watch)))
                await self._chains.unwatch(record["chain"], watch)
        for watch, key in ids.items():
            if watch not in hall.watches.records:
                await self._start(host.id, key, wanted[key])

    async def _start(self, room: RoomId, key: str, asked: dict[str, Any]) -> None:
        async def submit(record: WatchRecord) -> None:
            await self._registry.ask(room, RoomRequest(Watch(rank=OPERATOR, watch=record)))

        own = "" if "balance" in asked else FillRoute.kind if "venue" in asked["for"] else WalletRoom.kind
        try:
            await self._chains.watch(room, asked, submit, operator=True, key=key, own=own)
        except ParlourError as error:
            log.warning("wallet.not_watched", room=room, watch=key, error=error.message)
