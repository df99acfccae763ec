"""RemoteRooms: the RoomService of one node of several. Each request goes to its room's owner, wherever that is.

Rooms that are open here take the way of LocalRooms. A room without an owner is opened here. What changes rooms is
forwarded in each client's order; what the owner refuses because it owns the room no longer is asked of the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.core.room import Account, Command, RoomId
from parlour.errors import NotOwner, ParlourError, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.cluster.forwarding import Forwarding, out_of_reach, refusal_or
from parlour.runtime.cluster.moves import Moves
from parlour.runtime.cluster.owners import HERE, Owner, Owners
from parlour.runtime.cluster.peers import Peer
from parlour.runtime.cluster.serving import names
from parlour.runtime.cluster.turns import Turns
from parlour.runtime.connection import Connection
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.live_room.recovery import Handover
from parlour.runtime.rooms.interface import Bounds, Caller, Invitation, NewRoom, RoomQuery, RoomService, TextSearch
from parlour.runtime.rooms.registry import RoomRegistry, answer_of

Json = dict[str, Any]

ATTEMPTS = 4
"""A room may move while it is being asked for; the last refusal is passed on."""
PAUSE_SECONDS = 0.15
"""Before the second attempt, and as much more before each later one: a room that is handed over is closed first."""
FIRST = 0
"""The place of connections that go on at a room's next owner: what their clients ask comes after."""
STORED = frozenset({"history", "messages", "pins", "edits", "search", "members", "describe", "state_at", "state_as"})
"""What is answered from the store while the owner cannot be reached."""

Reach = Callable[[Peer], Forwarding | None]
"""Returns what forwards to a node, or None while it cannot be reached."""


@dataclass(slots=True)
class _Way:
    """A request on its way to the owner of its room.

    Attributes:
        here: what takes it where this node is the owner.
        number: its place among the requests.
        inside: a request of the server itself.
        attempt: how often it was sent, with this time.
        opens: it was sent to this node, which did not have the room.
    """

    room: RoomId
    request: RoomRequest
    here: Callable[[RoomId, RoomRequest], None]
    number: int
    inside: bool = False
    attempt: int = 1
    opens: bool = False

    @property
    def key(self) -> str:
        return self.room.lower()


class RemoteRooms:
    """Implements RoomService over all nodes.

    Args:
        local: the rooms of this process.
        links: every link with another node.
    """

    def __init__(
        self,
        local: RoomService,
        registry: RoomRegistry,
        owners: Owners,
        reach: Reach,
        links: Callable[[], Iterable[Forwarding]],
    ) -> None:
        self._local, self._registry, self._owners, self._reach, self._links = local, registry, owners, reach, links
        self._clock: Clock = registry.context.clock
        self._turns = Turns(self._clock)
        self._moves = Moves(self.forget_connection)

    # ── changing and following ────────────────────────────────────────────────────────────────────────────────

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a command where the room is; see RoomService."""
        if self._is_here(room):
            self._local.submit(room, request)
        else:
            self._route(_Way(room, request, self._local.submit, self._turns.number()))

    def pass_on(self, room: RoomId, request: RoomRequest) -> bool:
        """Take over a request of the server itself; see `registry.Elsewhere`."""
        if self._is_here(room):
            return False
        self._route(_Way(room, request, self._registry.submit_here, self._turns.number(), inside=True))
        return True

    def _is_here(self, room: RoomId) -> bool:
        """Return whether the room is open here, and nothing that was asked of it waits."""
        host = self._registry.find(room)
        return host is not None and not host.closing and self._turns.is_idle(room.lower())

    def go_on(self, connection: Connection, room: RoomId, handover: Handover) -> None:
        """Ask the next owner of a room to go on with a connection, before all that the client asks of it."""
        self._owners.forget(room.lower())
        request = self._moves.begin(connection, room, handover)
        self._route(_Way(room, request, self._local.submit, FIRST))

    async def is_elsewhere(self, room: RoomId) -> bool:
        """Return whether another process owns a room; see `registry.Elsewhere`."""
        owner = await self._owners.find(room)
        return owner.peer is not None or owner.away

    def _route(self, way: _Way) -> None:
        """Send a request to the room's owner, behind all that came earlier; ask again where that owns it no longer."""
        key = way.key
        if self._turns.holds(key, way.number, partial(self._route, way)):
            return
        if self._owners.is_asked(key):
            self._owners.ask(key, partial(self._found, way))
        elif self._registry.holds(way.room):
            self._found(way, HERE)
        elif (peer := self._owners.known(key)) is not None:
            self._found(way, Owner(peer))
        else:
            self._owners.ask(key, partial(self._found, way))

    def _found(self, way: _Way, owner: Owner) -> None:
        link = None if owner.peer is None else self._reach(owner.peer)
        if owner.away or (owner.peer is not None and link is None):
            way.request.answer(out_of_reach())
        elif self._turns.goes(way.key, way.number, owner.peer, partial(self._route, way)):
            request, reply, command = way.request, way.request.reply, copy(way.request.command)
            request.reply = partial(self._answered, way, reply, command)
            way.opens = link is None and not self._registry.holds(way.room)
            try:
                if link is None:
                    way.here(way.room, request)
                else:
                    link.submit(way.room, request, inside=way.inside)
            except ParlourError as error:
                request.answer(error)

    def _answered(self, way: _Way, reply: Callable[[Answer], None] | None, command: Command, answer: Answer) -> None:
        way.request.reply = reply
        if isinstance(answer, NotOwner) and way.attempt < ATTEMPTS:
            self._owners.forget(way.key)
            way.request.command, way.request.asked_at = command, 0
            pause = 0.0 if way.opens else PAUSE_SECONDS * way.attempt  # who opened it before this node has it
            way.attempt += 1
            self._turns.refused(way.key, way.number, partial(self._route, way), pause)
            return
        self._turns.answered(way.key)
        if reply is not None:
            reply(answer)

    async def ask(self, room: RoomId, request: RoomRequest) -> Json:
        """Submit and wait for the answer; raises the ParlourError it was refused with."""
        return await answer_of(request, partial(self.submit, room))

    def signal(self, room: RoomId, sender: Connection, type_: str, body: Any) -> bool | Awaitable[bool]:
        """Send a signal to everybody else in the room, wherever they are connected."""
        key = room.lower()
        if (moving := self._moves.of(sender, key)) is not None:
            return self._signal_after(moving, room, (sender, type_, body))
        link = next((each for each in self._links() if key in each.following.get(sender.id, ())), None)
        if link is None:
            return self._local.signal(room, sender, type_, body)
        return self._signal(link, room, (sender, type_, body))

    async def _signal_after(
        self, moving: asyncio.Future[None], room: RoomId, what: tuple[Connection, str, Any]
    ) -> bool:
        """Send a signal once its sender's move is over."""
        await asyncio.shield(moving)
        sent = self.signal(room, *what)
        return sent if isinstance(sent, bool) else await sent

    async def _signal(self, link: Forwarding, room: RoomId, what: tuple[Connection, str, Any]) -> bool:
        answer, reply = _awaited()
        link.signal(room, *what, reply)
        return bool(refusal_or(await answer)["here"])

    def forget_connection(self, connection: Connection, rooms: Iterable[RoomId]) -> None:
        """End everything the connection follows, here and elsewhere."""
        rooms = list(rooms)
        self._moves.gone(connection, rooms)
        self._local.forget_connection(connection, rooms)
        for link in self._links():
            link.forget(connection, None)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _call(self, method: str, room: RoomId, *arguments: Any) -> Json:
        """Call a method of the room's owner."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._call_once(method, room, arguments)
            except NotOwner:
                if attempt == ATTEMPTS:
                    raise
            self._owners.forget(room.lower())
            await self._clock.sleep(PAUSE_SECONDS * attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _call_once(self, method: str, room: RoomId, arguments: tuple[Any, ...]) -> Json:
        given = dict(zip(names(method), arguments, strict=True))
        owner = Owner() if self._registry.holds(room) else await self._owners.find(room)
        link = None if owner.peer is None else self._reach(owner.peer)
        if link is not None:
            answer, reply = _awaited()
            link.call(method, room, given, reply)
            return refusal_or(await answer)
        if (owner.away or owner.peer is not None) and method not in STORED:
            raise out_of_reach()
        answer_here: Json = await getattr(self._local, method)(room, **given)
        return answer_here

    async def describe(self, room: RoomId, caller: Caller) -> Json:
        """Answer the room object of acks."""
        return await self._call("describe", room, caller)

    async def history(self, room: RoomId, caller: Caller, bounds: Bounds, *, proof: bool = False) -> Json:
        """Answer `{entries, more}`, ascending."""
        return await self._call("history", room, caller, bounds, proof)

    async def messages(self, room: RoomId, caller: Caller, bounds: Bounds) -> Json:
        """Answer `{entries, more}` of folded messages."""
        return await self._call("messages", room, caller, bounds)

    async def pins(self, room: RoomId, caller: Caller) -> Json:
        """Answer `{entries, more}` of pinned messages."""
        return await self._call("pins", room, caller)

    async def edits(self, room: RoomId, caller: Caller, of: int) -> Json:
        """Answer `{entries, more}` of a message and its edits."""
        return await self._call("edits", room, caller, of)

    async def search(self, room: RoomId, caller: Caller, asked: TextSearch) -> Json:
        """Answer `{entries, cursor}`, newest first."""
        return await self._call("search", room, caller, asked)

    async def search_rooms(self, caller: Caller, rooms: Sequence[RoomId] | None, asked: TextSearch) -> Json:
        """Answer `{found, cursor}`, newest first, from the store."""
        return await self._local.search_rooms(caller, rooms, asked)

    async def members(self, room: RoomId, caller: Caller, cursor: str | None, limit: int) -> Json:
        """Answer `{members, cursor}`."""
        return await self._call("members", room, caller, cursor, limit)

    async def presence(self, room: RoomId, caller: Caller) -> Json:
        """Answer `{v, members?, count}`."""
        return await self._call("presence", room, caller)

    async def mark_read(self, room: RoomId, caller: Caller, seq: int, thread: int | None = None) -> None:
        """Move the caller's reading position forward, and send it to the room."""
        await self._call("mark_read", room, caller, seq, thread)

    async def transcript(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of the room's transcript, from the store; the owner lets the caller in, by its gate."""
        await self.describe(room, caller)
        return await self._local.transcript(room, caller)

    async def replay(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of a replay, from the store; see `transcript`."""
        await self.describe(room, caller)
        return await self._local.replay(room, caller)

    async def state_at(self, room: RoomId, caller: Caller, seq: int | None) -> Json:
        """Answer `{room, seq, at, head, first, state}` of an entry."""
        return await self._call("state_at", room, caller, seq)

    async def document(self, room: RoomId, caller: Caller, version: int | None, as_: str) -> Json:
        """Answer a document, or a version of it."""
        return await self._call("document", room, caller, version, as_)

    async def document_versions(self, room: RoomId, caller: Caller, cursor: str | None, limit: int | None) -> Json:
        """Answer `{versions, cursor}`, newest first."""
        return await self._call("document_versions", room, caller, cursor, limit)

    async def restore_document(self, room: RoomId, caller: Caller, version: int, request_id: str) -> Json:
        """Write the edit that goes back to a version."""
        return await self._call("restore_document", room, caller, version, request_id)

    # ── lists, creating, inviting, watching ───────────────────────────────────────────────────────────────────

    async def list(self, caller: Caller, query: RoomQuery) -> Json:
        """Answer `{rooms, cursor}`, from the store."""
        return await self._local.list(caller, query)

    async def follow_list(self, connection: Connection, query: RoomQuery) -> Json:
        """Answer the first page of public rooms; other nodes tell this one what changes."""
        return await self._local.follow_list(connection, query)

    def unfollow_list(self, connection: Connection) -> None:
        """End the connection's live list."""
        self._local.unfollow_list(connection)

    def kinds(self) -> Sequence[Json]:
        """Answer each kind's name with its schemas."""
        return self._local.kinds()

    async def create(self, caller: Caller, wanted: NewRoom) -> Json:
        """Answer `{room, duplicate?}`; the room is this node's until another one opens it."""
        return await self._local.create(caller, wanted)

    async def invite(self, room: RoomId, caller: Caller, wanted: Invitation) -> Json:
        """Answer `{invite, duplicate?}`."""
        return await self._call("invite", room, caller, wanted)

    async def watch(self, room: RoomId, caller: Caller, wanted: Json, request_id: str | None) -> Json:
        """Answer `{watch, duplicate?}`."""
        return await self._call("watch", room, caller, wanted, request_id)

    async def fill_gap(self, room: RoomId, caller: Caller, seq: int) -> Json:
        """Read the events of a `chain.gap` again, on the node that follows the chain; answer `{watch, filled}`."""
        refused: ParlourError
        try:
            return await self._local.fill_gap(room, caller, seq)
        except Unavailable as refusal:
            refused = refusal
        for link in list(self._links()):
            answer, reply = _awaited()
            link.call("fill_gap", room, {"caller": caller, "seq": seq}, reply)
            try:
                return refusal_or(await answer)
            except Unavailable as refusal:
                refused = refused if isinstance(refusal, NotOwner) else refusal
        raise refused

    async def depth(self, room: RoomId, caller: Caller, within: int, levels: int) -> Json:
        """Answer `{bids, asks, block}` of a market."""
        return await self._call("depth", room, caller, within, levels)

    async def unwatch(self, room: RoomId, caller: Caller, watch: str, request_id: str | None) -> Json:
        """Answer `{duplicate?}`."""
        return await self._call("unwatch", room, caller, watch, request_id)

    # ── for operators ─────────────────────────────────────────────────────────────────────────────────────────

    async def overview(self, limit: int) -> Sequence[Json]:
        """Answer the newest rooms; `live` and `connections` are those of this node."""
        rooms = await self._local.overview(limit)
        there = await asyncio.gather(*(self.standing(room["id"]) for room in rooms))
        return [{**room, **standing} for room, standing in zip(rooms, there, strict=True)]

    async def explain_gate(self, room: RoomId, account: Account) -> Json:
        """Answer why an account passes a room's gate now or does not."""
        return await self._call("explain_gate", room, account)

    async def state_as(self, room: RoomId, caller: Caller, seq: int | None, viewer: Account | None) -> Json:
        """Answer `{room, seq, at, head, first, state}` of an entry, as an account saw it."""
        return await self._call("state_as", room, caller, seq, viewer)

    async def standing(self, room: RoomId) -> Json:
        """Answer `{live, connections}` of a room, wherever it is; nobody counts on a node that cannot be reached."""
        owner = Owner() if self._registry.holds(room) else await self._owners.find(room)
        link = None if owner.peer is None else self._reach(owner.peer)
        if link is None:
            elsewhere = owner.away or owner.peer is not None
            return {"live": True, "connections": 0} if elsewhere else await self._local.standing(room)
        answer, reply = _awaited()
        link.call("standing", room, {}, reply)
        try:
            return refusal_or(await answer)
        except ParlourError:
            return {"live": True, "connections": 0}

    def live_kinds(self) -> Mapping[str, int]:
        """Answer how many rooms of each kind are live on this node."""
        return self._local.live_kinds()


def _awaited() -> tuple[asyncio.Future[Answer], Callable[[Answer], None]]:
    """Return a future, and what sets it."""
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    return future, lambda answer: None if future.done() else future.set_result(answer)
