"""Starts and ends a room's watches: checks rights, lets the follower choose the anchor, then stores `room.watched`."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import structlog

from parlour.core.chain.abi import watch_warning
from parlour.core.chain.solana import FEEDS
from parlour.core.chain.watches import WatchRecord, watch_id
from parlour.core.games.escrow import Settlement
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.markets.factories import FACTORY, factory_watch
from parlour.core.room import RoomId, Unwatch, Watch
from parlour.core.rooms.hall import Hall
from parlour.core.settlement.terms import Terms
from parlour.errors import Forbidden, Invalid, NotFound
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.live_room.reopen import ReadableRoom
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.markets import MarketChains, Markets
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomRecord, StoreError

log = structlog.get_logger()

OPERATOR = SERVER_ROLES["operator"]
"""From this rank on, a watch may leave the contract out, and `PARLOUR_WATCH=operators` does not apply."""


class Chains(MarketChains, Protocol):
    """What watches need from the followers; runtime/chain/chains.py implements it."""

    async def check(self, request: Any, *, operator: bool = False) -> None:
        """Check a request without starting its watch; raises ParlourError."""

    async def fill_gap(self, room: RoomId, gap: dict[str, Any], seq: int) -> int:
        """Deliver the events of a gap; raises ParlourError."""

    async def unwatch(self, chain: int, watch: str) -> None:
        """End a watch whose room has stored `room.unwatched`."""

    async def forget_room(self, room: RoomId) -> None:
        """End the watches of a room that was closed for good."""


class RoomWatches:
    """The watches of this process's rooms.

    Args:
        policy: `owners` (room owners may watch, the default) or `operators` (`PARLOUR_WATCH`).
        markets: the same of who makes markets (`PARLOUR_MARKETS`).

    Attributes:
        markets: rooms that follow a pool.
    """

    def __init__(self, registry: RoomRegistry, chains: Chains, policy: str = "owners", markets: str = "owners") -> None:
        self._registry = registry
        self._rights = RoomRights(registry)
        self._chains = chains
        self._policy = policy
        self.markets = Markets(registry, chains, markets)
        self._ending: set[asyncio.Task[None]] = set()

    async def watch(self, room: RoomId, caller: Caller, asked: Any, request_id: str | None) -> dict[str, Any]:
        """Start a watch; return the ack `{watch: {id, …, from: {number, hash}}, warning?, duplicate?}`.

        Raises:
            ParlourError: no right, a bad request, an unknown chain, no contract there, the chain unreachable.
        """
        host, hall = await self._open_for_watch(room, caller)
        most = self._registry.context.limits.watches_per_room
        repeats = request_id is not None and watch_id(host.id, request_id) in hall.watches.records
        if len(hall.watches.records) >= most and not repeats:
            raise Invalid(f"A room holds at most {most} watches.", reason="watches")

        async def submit(record: WatchRecord) -> None:
            watch = Watch(author=caller.account, rank=caller.rank, watch=record, most=most)
            await self._registry.ask(host.id, RoomRequest(watch))

        held, operator, own = set(hall.watches.records), caller.rank >= OPERATOR, ""
        if asked.get(FACTORY) is not None:
            if not operator:
                raise Forbidden("Only this server's operators watch factories.", reason="role")
            asked, own = factory_watch(asked), FACTORY
        record = await self._chains.watch(
            host.id, hall.complete_watch(asked), submit,
            operator=operator, key=request_id, hook=hall.rests_on_chain(), own=own,
        )  # fmt: skip
        event = asked.get("event")
        warning = None if event in tuple(FEEDS) else watch_warning(event)
        return {
            "watch": record,
            **({"warning": warning} if warning else {}),
            **({"duplicate": True} if record["id"] in held else {}),
        }

    async def _open_for_watch(self, room: RoomId, caller: Caller) -> tuple[ReadableRoom, Hall]:
        """Open a room whose watches the caller may change; raises ParlourError."""
        host, hall = await self._rights.open(room, caller)
        self._check_policy(caller)
        hall.check_watch(Watch(author=caller.account, rank=caller.rank, at=self._registry.context.clock.now()))
        return host, hall

    async def fill_gap(self, room: RoomId, caller: Caller, seq: int) -> dict[str, Any]:
        """Read the events of a gap again; return the ack `{watch, filled}`.

        Raises:
            ParlourError: no right, no such gap, its watch ended, its blocks left the chain, the chain unreachable.
        """
        host, hall = await self._open_for_watch(room, caller)
        found = await self._registry.context.store.entries(host.id, seq - 1, 1)
        body = found[0].body if found and found[0].seq == seq and found[0].type == "chain.gap" else None
        if not isinstance(body, dict):
            raise NotFound(f"Entry {seq} is no chain.gap.", reason="gap")
        if (record := hall.watches.get(body["watch"])) is None:
            raise NotFound("The watch of that gap has ended.", reason="watch")
        return {"watch": record, "filled": await self._chains.fill_gap(host.id, body, seq)}

    async def check_wanted(self, kind: str, options: dict[str, Any], creator: Caller) -> None:
        """Check, before a room is created, that the watches its kind wants can be had; raises as `watch`."""
        made = self._registry.kinds.of(kind)
        for asked in made.wanted_watches(made.check_options(options)):
            self._check_policy(creator)
            await self._chains.check(asked, operator=creator.rank >= OPERATOR)

    async def start_wanted(self, record: RoomRecord, creator: Caller) -> None:
        """Start the watches that a new room's kind wants (`@on_chain(…, contract="stake")`).

        It may be repeated: each watch has a key of its own. Raises as `watch`.
        """
        wanted = self._registry.kinds.of(record.kind).wanted_watches(record.options)
        for number, asked in enumerate(wanted):
            await self.watch(record.id, creator, asked, f"kind:{number}")

    async def check_escrow(self, terms: Terms, creator: Caller) -> None:
        """Check, before a settled room is created, that its escrow can be watched; raises as `watch`."""
        self._check_policy(creator)
        first, *_ = Settlement(terms, bytes(32)).wanted_watches()
        await self._chains.check(first, operator=creator.rank >= OPERATOR)

    async def start_escrow(self, record: RoomRecord, creator: Caller) -> None:
        """Start the watches of a settled room's escrow; it may be repeated. Raises as `watch`."""
        _, hall = await self._rights.open(record.id, creator)
        for number, asked in enumerate(hall.escrow_watches()):
            await self.watch(record.id, creator, asked, f"escrow:{number}")

    def end_all_soon(self, room: RoomId) -> None:
        """End the watches of a room that was closed for good, in a task of its own."""
        task = asyncio.get_running_loop().create_task(self._end_all(room), name=f"forget watches of {room}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end_all(self, room: RoomId) -> None:
        try:
            saved = await self._registry.context.store.load(room)
            if saved is not None:
                await self._chains.forget_room(saved.record.id)
        except StoreError as error:
            log.warning("watches.end_failed", room=room, error=str(error))

    async def unwatch(self, room: RoomId, caller: Caller, watch: str, request_id: str | None) -> dict[str, Any]:
        """End a watch; return the ack of `room:unwatch`. Raises as `watch`."""
        host, hall = await self._rights.open(room, caller)
        self._check_policy(caller)
        record = hall.watches.get(watch)
        command = Unwatch(author=caller.account, rank=caller.rank, watch=watch)
        answer = await self._registry.ask(host.id, RoomRequest(command, request_id=request_id))
        if record is not None:
            await self._chains.unwatch(record["chain"], watch)
        return answer

    def _check_policy(self, caller: Caller) -> None:
        if self._policy == "operators" and caller.rank < OPERATOR:
            raise Forbidden("On this server only operators watch the chain.", reason="role")
