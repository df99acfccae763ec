"""RoomRegistry: opens each room once, finds it, renews its lease, and drains all rooms at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import structlog

from parlour.core.room import Account, ChainUpdate, Join, RoomId
from parlour.errors import NoSuchRoom, NotOwner, ParlourError, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.lease import renewal_s
from parlour.runtime.live_room.host import RoomContext, RoomHost, RoomRequest, drain_all
from parlour.runtime.live_room.reopen import ReadableRoom, StoredRoom
from parlour.runtime.live_room.scheduler import Scheduler
from parlour.runtime.rooms.create import ANY_ID, CreationPolicy, RoomCreation
from parlour.runtime.rooms.existence import Existence
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.kinds import Kinds
from parlour.runtime.rooms.operator_log import log_created
from parlour.runtime.rooms.room_ids import MakeRoom, ReservedRooms
from parlour.runtime.store import RoomRecord, Store, StoreError

log = structlog.get_logger()

__all__ = ["Kinds", "RoomRegistry", "make_context"]


class Elsewhere(Protocol):
    """What knows of rooms that other processes own; runtime/cluster/cluster.py implements it."""

    def pass_on(self, room: RoomId, request: RoomRequest) -> bool:
        """Take over a request of the server itself to a room that is not live here; False to open the room here."""
        ...

    async def is_elsewhere(self, room: RoomId) -> bool:
        """Return whether another process owns a room now."""
        ...


class RoomRegistry:
    """Every live room of this process.

    Args:
        max_live: rooms open at once; each holds its newest entries in memory.

    Attributes:
        scheduler: gives live rooms their turns.
        elsewhere: knows of rooms that other processes own; None where this one serves all.
        reserved: what other parts do when rooms of a reserved prefix are joined or configured.
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
        self.elsewhere: Elsewhere | None = None
        self.reserved = ReservedRooms()
        self._making: set[asyncio.Task[None]] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._numbering: asyncio.Task[None] | None = None

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
            if refuse:
                raise _handed_over()
            if len(self._hosts) >= self._max_live and not self._retire_one():
                raise _no_more_rooms()
            host = self._hosts[key] = RoomHost(
                room, self.context, self.scheduler, lambda closed: self._forget(key, closed), host
            )
        return host

    async def reach(self, room: RoomId) -> ReadableRoom:
        """Return the host of a room that exists; ids that do not exist get no host.

        A room that another process owns is read as it is stored.

        Raises:
            NoSuchRoom. Unavailable: as `open`, or it cannot be known now whether the room exists.
        """
        if room.lower() not in self._hosts:
            if not await self._existence.exists(room):
                raise NoSuchRoom()
            if self.elsewhere is not None and await self.elsewhere.is_elsewhere(room):
                return await StoredRoom.read(self.context, room)
        return self.open(room)

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a request of the server itself, in the room's mailbox or at the process that owns the room.

        Raises:
            NoSuchRoom. Unavailable: as `open`, or the mailbox is full.
        """
        if self.elsewhere is None or not self.elsewhere.pass_on(room, request):
            self.submit_here(room, request)

    @property
    def is_full(self) -> bool:
        """Whether no further room can be opened here now."""
        return self._draining or (len(self._hosts) >= self._max_live and self._spare() is None)

    def holds(self, room: RoomId) -> bool:
        """Return whether a host of the room is here, open or opening."""
        return room.lower() in self._hosts

    def submit_here(self, room: RoomId, request: RoomRequest) -> None:
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
            if self._existence.is_absent(room) and self._maker(room, request) is None:
                raise NoSuchRoom()
        if self._draining:
            raise _handed_over()
        request.asked_at = self.context.clock.now()
        self._existence.ask(room, partial(self._looked_up, room, request))

    def _looked_up(self, room: RoomId, request: RoomRequest, found: bool | ParlourError) -> None:
        """Pass on a request that was accepted before its look-up; done while draining too."""
        try:
            if found is True:
                self._open(room, refuse=False).submit(request)
            elif found is False and (make := self._maker(room, request)) is not None:
                task = asyncio.get_running_loop().create_task(self._make(make, room, request), name=f"make {room}")
                self._making.add(task)
                task.add_done_callback(self._making.discard)
            else:
                request.answer(found or NoSuchRoom())
        except ParlourError as error:
            request.answer(error)

    def _maker(self, room: RoomId, request: RoomRequest) -> MakeRoom | None:
        if not isinstance(request.command, Join):
            return None
        return self.reserved.maker(room)

    async def _make(self, make: MakeRoom, room: RoomId, request: RoomRequest) -> None:
        """Make a room for its first join, then pass the join on; who joins meanwhile makes the same room."""
        assert isinstance(request.command, Join)
        try:
            await make(room, request.command)
            self._open(room, refuse=False).submit(request)
        except ParlourError as error:
            request.answer(error)
        except StoreError:
            request.answer(Unavailable("The room could not be stored; try again.", retry_after=1000))

    async def ask(self, room: RoomId, request: RoomRequest) -> dict[str, Any]:
        """Queue a request and wait for its answer; raises the ParlourError it was refused with."""
        return await answer_of(request, partial(self.submit, room))

    async def deliver(self, room: RoomId, news: ChainUpdate) -> None:
        """Pass chain news to a room; returns once it is stored."""
        await self.ask(room, RoomRequest(news))

    async def create(
        self, owner: Account, wanted: NewRoom, *, limited: bool = True, reserved: bool = False
    ) -> tuple[RoomRecord, bool]:
        """Create a room; see `RoomCreation.create`."""
        record, again = await self._creation.create(owner, wanted, limited=limited and not reserved, reserved=reserved)
        self._existence.created(record.id)
        if not again:
            log_created(record)
            self.context.on_listed(record, {})
        return record, again

    def note_followed(self, room: RoomId) -> None:
        """Let a room know, wherever it is live, that somebody wants to hear of every message."""
        self.follow_here(room)
        self.context.tell_nodes("followed", room)

    def follow_here(self, room: RoomId) -> None:
        """Do what `note_followed` says in this process."""
        if (host := self.find(room)) is not None:
            host.live.followed = True

    def note_block(self, room: RoomId, account: Account, on: bool) -> None:
        """Let a direct room of two know, wherever it is live, that one of them is blocked, or no longer."""
        self.block_here(room, account, on)
        self.context.tell_nodes("blocked", room, account, on)

    def block_here(self, room: RoomId, account: Account, on: bool) -> None:
        """Do what `note_block` says in this process."""
        if (host := self.find(room)) is not None:
            (host.live.blocked.add if on else host.live.blocked.discard)(account)

    def tell(self, room: RoomId, type_: str, body: Any) -> None:
        """Send a signal of the server to who is in a room, wherever it is live."""
        self.tell_here(room, type_, body)
        self.context.tell_nodes("signal", room, type_, body)

    def tell_here(self, room: RoomId, type_: str, body: Any) -> None:
        """Do what `tell` says in this process."""
        if (host := self.find(room)) is not None:
            host.tell(type_, body)

    def note_created(self, room: RoomId) -> None:
        """Note that another process created a room that may have been looked for here."""
        self._existence.created(room)

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

    @contextmanager
    def erasing(self, room: RoomId) -> Iterator[None]:
        """End the room's host once the block has removed the room's row; people are not told to come back to it."""
        host = self._hosts.get(room.lower())
        if host is not None:
            host.being_erased = True
        try:
            yield
        except BaseException:
            if host is not None:
                host.being_erased = False
            raise
        self.end_erased(room)

    def end_erased(self, room: RoomId) -> None:
        """End the host of a room that is erased."""
        host = self._hosts.get(room.lower())
        if host is not None:
            host.end_erased()

    def open_anew(self, room: RoomId) -> None:
        """End the host of a room whose log was changed beside it; its people come back to one that reads the log."""
        host = self.find(room)
        if host is not None:
            host.lost_lease()

    def start(self) -> None:
        """Begin to renew the leases of live rooms, and to number the messages of old logs."""
        loop = asyncio.get_running_loop()
        self._renewing = loop.create_task(self._renew_leases(), name="leases")
        self._numbering = loop.create_task(self.context.store.number_all(), name="numbers of old logs")

    async def drain(self) -> None:
        """Refuse new rooms, commit every mailbox, close every host."""
        self._draining = True
        for task in (self._renewing, self._numbering):
            if task is not None:
                task.cancel()
        await self._existence.settled()
        await asyncio.gather(*self._making, return_exceptions=True)
        await drain_all(self.live())

    async def _renew_leases(self) -> None:
        """Renew the leases of live rooms. Leases avoid contention; correctness comes from the log's compare-and-set."""
        context = self.context
        while True:
            await context.clock.sleep(renewal_s(context.limits.lease_ms))
            hosts = [host for host in self.live() if host.is_open and not host.closing]
            if not hosts:
                continue
            try:
                now = context.clock.now()
                held = await context.store.renew(
                    [host.id for host in hosts], context.owner, context.limits.lease_ms, now
                )
                for host in hosts:
                    if host.id in held:
                        host.renewed(now + context.limits.lease_ms)
                    elif not host.closing:
                        erased = await context.store.load(host.id) is None
                        (host.end_erased if erased else host.lost_lease)()
            except StoreError:
                continue
            except Exception:  # one room's fault must not end the leases of all others
                log.exception("rooms.leases_not_renewed")

    def release(self, rooms: int) -> None:
        """Close up to so many rooms that nobody uses now, so that other processes may open them."""
        closing = 0
        while closing < rooms and self._retire_one():
            closing += 1
        log.info("rooms.released", rooms=closing)

    def _retire_one(self) -> bool:
        """Close a room that nobody uses now, the longest open first; return whether there was one."""
        spare = self._spare()
        if spare is not None:
            spare.retire()
        return spare is not None

    def _spare(self) -> RoomHost | None:
        return next((host for host in self._hosts.values() if host.is_spare and not host.closing), None)

    def _forget(self, key: str, host: RoomHost) -> None:
        if self._hosts.get(key) is host:
            del self._hosts[key]


def _handed_over() -> NotOwner:
    return NotOwner("The server is not opening rooms right now.", retry_after=2000)


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
