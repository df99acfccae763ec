"""RoomRegistry: opens each room once, finds it, renews its lease, and drains all rooms at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from parlour.core.room import Account, ChainUpdate, RoomId
from parlour.errors import NoSuchRoom, ParlourError, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.lease import renewal_s
from parlour.runtime.live_room.host import RoomContext, RoomHost, RoomRequest
from parlour.runtime.live_room.scheduler import Scheduler
from parlour.runtime.rooms.create import ANY_ID, CreationPolicy, RoomCreation
from parlour.runtime.rooms.existence import Existence
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.kinds import Kinds
from parlour.runtime.rooms.operator_log import log_created
from parlour.runtime.store import RoomRecord, Store, StoreError

__all__ = ["Kinds", "RoomRegistry", "make_context"]


class RoomRegistry:
    """Every live room of this process.

    Args:
        max_live: rooms open at once; each holds its newest entries in memory.

    Attributes:
        scheduler: gives live rooms their turns.
    """

    def __init__(
        self,
        context: RoomContext,
        kinds: Kinds,
        policy: CreationPolicy = ANY_ID,
        *,
        max_live: int = 10_000,
    ) -> None:
        self.context = context
        self.kinds = kinds
        self._creation = RoomCreation(context, kinds, policy)
        self._max_live = max_live
        self.scheduler = Scheduler(context.store, context.clock, context.limits.turn_ms)
        self._hosts: dict[str, RoomHost] = {}
        self._existence = Existence(context.store, context.clock)
        self._draining = False
        self._renewing: asyncio.Task[None] | None = None

    def live(self) -> list[RoomHost]:
        """Return every host, also those that are opening or closing."""
        return list(self._hosts.values())

    def find(self, room: RoomId) -> RoomHost | None:
        """Return the live host of a room, or None; never opens it."""
        host = self._hosts.get(room.lower())
        return host if host is not None and host.is_open else None

    def open(self, room: RoomId) -> RoomHost:
        """Return the host of a room; where it is just starting, its mailbox takes requests at once.

        Raises:
            Unavailable: draining, or too many live rooms.
        """
        return self._open(room, refuse=self._draining)

    def _open(self, room: RoomId, *, refuse: bool) -> RoomHost:
        key = room.lower()
        host = self._hosts.get(key)
        if host is None or (host.closing and not refuse):
            if refuse or (len(self._hosts) >= self._max_live and not self._retire_one()):
                raise _no_more_rooms()
            host = self._hosts[key] = RoomHost(
                room, self.context, self.scheduler, lambda closed: self._forget(key, closed), host
            )
        return host

    async def reach(self, room: RoomId) -> RoomHost:
        """Return the host of a room that exists; ids that do not exist get no host.

        Raises:
            NoSuchRoom. Unavailable: as `open`, or it cannot be known now whether the room exists.
        """
        if room.lower() not in self._hosts and not await self._existence.exists(room):
            raise NoSuchRoom()
        return self.open(room)

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a request in the room's mailbox; synchronous, so that callers keep their order.

        A room that is not live is looked up first, and its requests wait in their order until then.

        Raises:
            NoSuchRoom. Unavailable: as `open`, or the mailbox is full.
        """
        key = room.lower()
        host = self._hosts.get(key)
        if host is None or host.closing or key in self._existence.asked:
            self._look_up(room, request)
        else:
            host.submit(request)

    def _look_up(self, room: RoomId, request: RoomRequest) -> None:
        """Open the room if it exists, and pass the request on then; raises as `submit`."""
        key = room.lower()
        if key not in self._existence.asked:
            if key in self._hosts:
                self.open(room).submit(request)
                return
            if self._existence.is_absent(room):
                raise NoSuchRoom()
        if self._draining:
            raise _no_more_rooms()
        self._existence.ask(room, partial(self._looked_up, room, request))

    def _looked_up(self, room: RoomId, request: RoomRequest, found: bool | ParlourError) -> None:
        """Pass on a request that was accepted before its look-up; done while draining too."""
        try:
            if found is True:
                self._open(room, refuse=False).submit(request)
            else:
                request.answer(found or NoSuchRoom())
        except ParlourError as error:
            request.answer(error)

    async def ask(self, room: RoomId, request: RoomRequest) -> dict[str, Any]:
        """Queue a request and wait for its answer; raises the ParlourError it was refused with."""
        return await answer_of(request, partial(self.submit, room))

    async def deliver(self, room: RoomId, news: ChainUpdate) -> None:
        """Pass chain news to a room; returns once it is stored."""
        await self.ask(room, RoomRequest(news))

    async def create(self, owner: Account, wanted: NewRoom, *, limited: bool = True) -> tuple[RoomRecord, bool]:
        """Create a room; see `RoomCreation.create`."""
        record, again = await self._creation.create(owner, wanted, limited=limited)
        self._existence.created(record.id)
        if not again:
            log_created(record)
            self.context.on_listed(record, {})
        return record, again

    def forget_connection(self, connection: Connection, rooms: Iterable[str]) -> None:
        """Remove a lost connection from the rooms it was in."""
        for key in rooms:
            host = self._hosts.get(key)
            if host is not None:
                host.leave(connection)

    def clock_stepped(self, step_ms: int) -> None:
        """Move the deadlines of live rooms, because nobody could act while the clock stepped forward."""
        for host in self.live():
            host.clock_stepped(step_ms)

    def start(self) -> None:
        """Begin to renew the leases of live rooms."""
        self._renewing = asyncio.get_running_loop().create_task(self._renew_leases(), name="leases")

    async def drain(self) -> None:
        """Refuse new rooms, commit every mailbox, close every host."""
        self._draining = True
        if self._renewing is not None:
            self._renewing.cancel()
        await self._existence.settled()
        await asyncio.gather(*(host.drain() for host in self.live()), return_exceptions=True)

    async def _renew_leases(self) -> None:
        """Renew the leases of live rooms. Leases avoid contention; correctness comes from the log's compare-and-set."""
        context = self.context
        while True:
            await context.clock.sleep(renewal_s(context.limits.lease_ms))
            hosts = [host for host in self.live() if host.is_open and not host.closing]
            if not hosts:
                continue
            with suppress(StoreError):
                now = context.clock.now()
                held = await context.store.renew(
                    [host.id for host in hosts], context.owner, context.limits.lease_ms, now
                )
                for host in hosts:
                    if host.id in held:
                        host.renewed(now + context.limits.lease_ms)
                    elif not host.closing:
                        host.lost_lease()

    def _retire_one(self) -> bool:
        """Close a room that nobody uses now, the longest open first; return whether there was one."""
        spare = next((host for host in self._hosts.values() if host.is_spare and not host.closing), None)
        if spare is not None:
            spare.retire()
        return spare is not None

    def _forget(self, key: str, host: RoomHost) -> None:
        if self._hosts.get(key) is host:
            del self._hosts[key]


def _no_more_rooms() -> Unavailable:
    return Unavailable("The server is not opening rooms right now.", retry_after=2000)


async def answer_of(request: RoomRequest, submit: Callable[[RoomRequest], None]) -> dict[str, Any]:
    """Submit a request and wait for its answer; raises the ParlourError it was refused with."""
    future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def reply(answer: dict[str, Any] | ParlourError) -> None:
        if future.done():
            return
        if isinstance(answer, ParlourError):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    request.reply = reply
    submit(request)
    return await future


def make_context(store: Store, clock: Clock, encoder: Encoder, kinds: Kinds, **rest: Any) -> RoomContext:
    """Make a RoomContext that makes rooms by `kinds`."""
    return RoomContext(store=store, clock=clock, encoder=encoder, make_room=kinds.make, **rest)
