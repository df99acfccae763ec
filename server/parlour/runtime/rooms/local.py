"""LocalRooms: the RoomService of one process, over its own live rooms."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from parlour.core.room import Close, Command, Configure, Leave, Moderate, RoomId
from parlour.core.rooms.access import ROLES
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.normal_form import search_form
from parlour.errors import ParlourError, Unauthorized
from parlour.runtime.connection import Connection
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.rooms.history import History
from parlour.runtime.rooms.interface import Accounts, Bounds, Caller, Invitation, NewRoom, RoomQuery
from parlour.runtime.rooms.invitations import Invitations
from parlour.runtime.rooms.lists import RoomLists
from parlour.runtime.rooms.live_list import ListFilter
from parlour.runtime.rooms.lobby import Lobby
from parlour.runtime.rooms.registry import RoomRegistry, answer_of
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.rooms.state_at import StatesAt
from parlour.runtime.rooms.transcript import Transcripts
from parlour.runtime.rooms.watch import RoomWatches

Json = dict[str, Any]


class LocalRooms:
    """Implements RoomService by calling the part that handles each request.

    Args:
        code: makes of some words, always the same, a code that nobody guesses.
    """

    def __init__(
        self, registry: RoomRegistry, watching: RoomWatches, lobby: Lobby, accounts: Accounts, code: Callable[..., str]
    ) -> None:
        self._registry = registry
        self._watching = watching
        self._lobby = lobby
        self._accounts = accounts
        self._store = registry.context.store
        self._clock = registry.context.clock
        self._rights = RoomRights(registry)
        self._history = History(self._rights, self._store)
        self._lists = RoomLists(registry, self._rights)
        self._invitations = Invitations(self._rights, registry.context, code)
        self._transcripts = Transcripts(self._rights, registry.context, accounts)
        self._states_at = StatesAt(self._rights, registry.context)

    # ── changing and following ────────────────────────────────────────────────────────────────────────────────

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a command in its room's mailbox; see RoomService."""
        complete = _COMPLETED.get(type(request.command))
        if complete is None or complete(self, room, request):
            self._registry.submit(room, request)

    async def ask(self, room: RoomId, request: RoomRequest) -> Json:
        """Submit and wait for the answer; raises the ParlourError it was refused with."""
        return await answer_of(request, partial(self.submit, room))

    def _leave(self, room: RoomId, request: RoomRequest) -> bool:
        """Remove the connection once its Leave is accepted; a guest is no member, so no decision is needed."""
        reply, connection = request.reply, request.connection
        account = request.command.author

        def left(answer: Answer) -> None:
            if connection is not None and not isinstance(answer, ParlourError) and not answer.get("duplicate"):
                host = self._registry.find(room)
                if host is not None:
                    host.leave(connection, for_good=bool(account))
            if reply is not None:
                reply(answer)

        if not account:
            left({"ok": True})
            return False
        request.reply = left
        return True

    def _configure(self, room: RoomId, request: RoomRequest) -> bool:
        """Answer an accepted Configure with the changed room."""
        reply = request.reply

        def described(answer: Answer) -> None:
            host = self._registry.find(room)
            if not isinstance(answer, ParlourError) and host is not None:
                answer = {**answer, "room": host.described()}
            if reply is not None:
                reply(answer)

        request.reply = described
        return True

    def _close(self, room: RoomId, request: RoomRequest) -> bool:
        """Let an accepted Close end the room's watches."""
        reply = request.reply

        def closed(answer: Answer) -> None:
            if not isinstance(answer, ParlourError):
                self._watching.end_all_soon(room)
            if reply is not None:
                reply(answer)

        request.reply = closed
        return True

    def _moderate(self, room: RoomId, request: RoomRequest) -> bool:
        """Add the server rank of the account to act on."""
        assert isinstance(request.command, Moderate)
        request.command.account_rank = self._accounts.rank(request.command.account)
        return True

    def signal(self, room: RoomId, sender: Connection, type_: str, body: Any) -> bool:
        """Send a signal to everybody else in the room; return False where this connection has not joined it."""
        host = self._registry.find(room)
        if host is None or sender not in host.presence:
            return False
        host.signal(sender, type_, body)
        return True

    def forget_connection(self, connection: Connection, rooms: Iterable[RoomId]) -> None:
        """End everything the connection follows."""
        self._lobby.unfollow(connection)
        self._registry.forget_connection(connection, rooms)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────

    async def describe(self, room: RoomId, caller: Caller) -> Json:
        """Answer the room object of acks."""
        host, _ = await self._rights.open(room, caller)
        return host.described()

    async def history(self, room: RoomId, caller: Caller, bounds: Bounds, *, proof: bool = False) -> Json:
        """Answer `{entries, more}`, ascending."""
        return await self._history.entries(room, caller, bounds, proof=proof)

    async def messages(self, room: RoomId, caller: Caller, bounds: Bounds) -> Json:
        """Answer `{entries, more}` of folded messages."""
        return await self._history.messages(room, caller, bounds)

    async def search(self, room: RoomId, caller: Caller, query: str, bounds: Bounds) -> Json:
        """Answer `{entries}`, newest first."""
        return await self._history.search(room, caller, query, bounds)

    async def members(self, room: RoomId, caller: Caller, cursor: str | None, limit: int) -> Json:
        """Answer `{members: [{account, role}], cursor}`: each page the highest roles first, else by account."""
        if not caller.account:
            raise Unauthorized()
        host, _ = await self._rights.open(room, caller)
        accounts, following = await self._store.members(room, cursor, limit)
        now = self._clock.now()

        def ranked(hall: Hall) -> list[Json]:
            roles = {account: hall.access.role(account, now) for account in accounts if hall.admits(account, now)}
            if cursor is None:
                granted = {a: hall.access.role(a, now) for a in (hall.owner, *hall.access.roles) if a}
                roles = granted | roles
            by_role = sorted(roles.items(), key=lambda item: -ROLES.get(item[1] or "guest", 0))
            return [{"account": account, "role": role} for account, role in by_role if role is not None]

        return {"members": await host.read_state(ranked), "cursor": following}

    async def presence(self, room: RoomId, caller: Caller) -> Json:
        """Answer `{v, members?, count}`."""
        host, _ = await self._rights.open(room, caller)
        return host.presence.picture()

    async def mark_read(self, room: RoomId, caller: Caller, seq: int) -> None:
        """Move the caller's reading position forward, and send it to the room."""
        host, _ = await self._rights.open(room, caller)
        position = await self._store.read(host.id, caller.account, min(seq, host.record.head))
        host.audience.send_read_position(caller.account, position)

    async def transcript(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of the room's transcript."""
        return await self._transcripts.read(room, caller)

    async def state_at(self, room: RoomId, caller: Caller, seq: int | None) -> Json:
        """Answer `{room, seq, at, head, first, state}` of an entry, for a spectator."""
        return await self._states_at.read(room, caller, seq)

    # ── lists, creating, inviting, watching ───────────────────────────────────────────────────────────────────

    async def list(self, caller: Caller, query: RoomQuery) -> Json:
        """Answer `{rooms, cursor}`."""
        return await self._lists.page(caller, query)

    async def follow_list(self, connection: Connection, query: RoomQuery) -> Json:
        """Answer the first page of public rooms, and send `lobby` events from then on."""
        words = tuple(search_form(query.query or "").split())
        return await self._lobby.follow(connection, ListFilter(query.kind, words, query.open, query.limit))

    def unfollow_list(self, connection: Connection) -> None:
        """End the connection's live list."""
        self._lobby.unfollow(connection)

    def kinds(self) -> Sequence[Json]:
        """Answer each kind with the JSON Schemas of its options and actions."""
        return self._registry.kinds.described()

    async def create(self, caller: Caller, wanted: NewRoom) -> Json:
        """Answer `{room, duplicate?}`."""
        await self._watching.check_wanted(wanted.kind, wanted.options or {}, caller)
        record, again = await self._registry.create(caller.account, wanted)
        await self._watching.start_wanted(record, caller)
        return {"room": record.to_json(), **({"duplicate": True} if again else {})}

    async def invite(self, room: RoomId, caller: Caller, wanted: Invitation) -> Json:
        """Answer `{invite, duplicate?}`."""
        return await self._invitations.invite(room, caller, wanted)

    async def watch(self, room: RoomId, caller: Caller, wanted: Json, request_id: str | None) -> Json:
        """Answer `{watch, duplicate?}`."""
        return await self._watching.watch(room, caller, wanted, request_id)

    async def unwatch(self, room: RoomId, caller: Caller, watch: str, request_id: str | None) -> Json:
        """Answer `{duplicate?}`."""
        return await self._watching.unwatch(room, caller, watch, request_id)

    # ── for operators ─────────────────────────────────────────────────────────────────────────────────────────

    async def overview(self, limit: int) -> Sequence[Json]:
        """Answer the newest rooms, private ones too."""
        return await self._lists.overview(limit)

    def live_kinds(self) -> Mapping[str, int]:
        """Answer how many rooms of each kind are live."""
        return Counter(host.record.kind for host in self._registry.live() if host.is_open)


_COMPLETED: dict[type[Command], Callable[[LocalRooms, RoomId, RoomRequest], bool]] = {
    Leave: LocalRooms._leave,
    Configure: LocalRooms._configure,
    Close: LocalRooms._close,
    Moderate: LocalRooms._moderate,
}
"""What a command needs beside its mailbox; False where it needs no mailbox."""
