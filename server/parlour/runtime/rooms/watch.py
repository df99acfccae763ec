"""`room:watch` from request to subscription: rights, then the follower's anchor, then the room's own entry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from parlour.core.chain.watches import WatchRecord
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import RoomId, Unwatch, Watch
from parlour.errors import Forbidden
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import RoomRecord, StoreError

log = structlog.get_logger()

OPERATOR = SERVER_ROLES["operator"]


class Chains(Protocol):
    """The followers' side: runtime/chains.py."""

    async def watch(
        self,
        room: RoomId,
        request: Any,
        submit: Callable[[WatchRecord], Awaitable[Any]],
        *,
        operator: bool = False,
        key: str | None = None,
    ) -> WatchRecord: ...

    async def check(self, request: Any, *, operator: bool = False) -> None: ...

    async def unwatch(self, chain: int, watch: str) -> None: ...

    async def forget_room(self, room: RoomId) -> None: ...


class Watching:
    """Args: policy: `owners` (room owners may watch, the default) or `operators` (`PARLOUR_WATCH`)."""

    def __init__(self, registry: RoomRegistry, chains: Chains, policy: str = "owners") -> None:
        self._registry = registry
        self._rights = RoomRights(registry)
        self._chains = chains
        self._policy = policy
        self._forgetting: set[asyncio.Task[None]] = set()

    async def watch(self, room: RoomId, caller: Caller, asked: Any, request_id: str | None) -> dict[str, Any]:
        """The ack of `room:watch`: `{watch: {id, …, from: {number, hash}}, duplicate?}`.

        Raises:
            ParlourError: no right, a bad request, an unknown chain, no contract there, the chain unreachable.
        """
        host, hall = await self._rights.open(room, caller)
        command = Watch(author=caller.account, rank=caller.rank, at=self._registry.context.clock.now())
        self._check_policy(caller)
        hall.check_watch(command)

        async def submit(record: WatchRecord) -> None:
            most = self._registry.context.limits.watches_per_room
            watch = Watch(author=caller.account, rank=caller.rank, watch=record, most=most)
            await self._registry.ask(host.id, RoomRequest(watch))

        held, operator = set(hall.watches.records), caller.rank >= OPERATOR
        record = await self._chains.watch(
            host.id, hall.complete_watch(asked), submit, operator=operator, key=request_id
        )
        return {"watch": record, **({"duplicate": True} if record["id"] in held else {})}

    async def foresee(self, kind: str, options: dict[str, Any], creator: Caller) -> None:
        """Before a room is made: raises as `watch` where it could not have the watches its kind wants."""
        made = self._registry.kinds.of(kind)
        for asked in made.wanted_watches(made.check_options(options)):
            self._check_policy(creator)
            await self._chains.check(asked, operator=creator.rank >= OPERATOR)

    async def arrange(self, record: RoomRecord, creator: Caller) -> None:
        """The watches a new room's kind wants (`@on_chain(…, contract="stake")`); safe to repeat, raises as `watch`."""
        wanted = self._registry.kinds.of(record.kind).wanted_watches(record.options)
        for number, asked in enumerate(wanted):
            await self.watch(record.id, creator, asked, f"kind:{number}")

    def forget_soon(self, room: RoomId) -> None:
        """End the watches of a room that was closed for good, beside whatever else goes on."""
        task = asyncio.get_running_loop().create_task(self._forget(room), name=f"forget watches of {room}")
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)

    async def _forget(self, room: RoomId) -> None:
        try:
            saved = await self._registry.context.store.load(room)
            if saved is not None:
                await self._chains.forget_room(saved.record.id)
        except StoreError as error:
            log.warning("watching.not_forgotten", room=room, error=str(error))

    async def unwatch(self, room: RoomId, caller: Caller, watch: str, request_id: str | None) -> dict[str, Any]:
        """The ack of `room:unwatch`; raises as `watch`."""
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
