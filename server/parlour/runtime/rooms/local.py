"""LocalRooms: the RoomService of one process, over its own live rooms."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from parlour.core.chain.transactions import TRACK
from parlour.core.documents.commands import KeepVersion
from parlour.core.documents.room import UPDATE
from parlour.core.room import Account, Close, Command, Configure, Leave, Moderate, Post, RoomId
from parlour.core.rooms.access import ROLES
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.normal_form import search_form
from parlour.core.settlement.terms import read_terms
from parlour.errors import Forbidden, NoSuchRoom, ParlourError, Unauthorized
from parlour.runtime.connection import Connection
from parlour.runtime.gates.room_settings import RoomGating
from parlour.runtime.identity.sanctions import check_unmuted
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.rooms.documents import Documents
from parlour.runtime.rooms.history import History
from parlour.runtime.rooms.interface import Accounts, Bounds, Caller, Invitation, NewRoom, RoomQuery, TextSearch
from parlour.runtime.rooms.invitations import Invitations
from parlour.runtime.rooms.lists import RoomLists
from parlour.runtime.rooms.live_list import ListFilter
from parlour.runtime.rooms.lobby import Lobby
from parlour.runtime.rooms.registry import RoomRegistry, answer_of
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.rooms.search import Searches
from parlour.runtime.rooms.state_at import StatesAt
from parlour.runtime.rooms.transcript import Replays, Transcripts
from parlour.runtime.rooms.watch import RoomWatches
from parlour.runtime.store import RoomRecord
from parlour.runtime.tracking.room_tracks import Tracking

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OnChain:
    """What rooms have to do with chains: their watches, their gates, the transactions they track."""

    watching: RoomWatches
    gating: RoomGating
    tracking: Tracking


class LocalRooms:
    """Implements RoomService by calling the part that handles each request.

    Args:
        code: makes of some words, always the same, a code that nobody guesses.
    """

    def __init__(
        self, registry: RoomRegistry, on_chain: OnChain, lobby: Lobby, accounts: Accounts, code: Callable[..., str]
    ) -> None:
        self._registry = registry
        watching = self._watching = on_chain.watching
        self._markets = watching.markets
        self._gating = on_chain.gating
        self._tracking = on_chain.tracking
        self._lobby = lobby
        self._accounts = accounts
        self._store = registry.context.store
        self._clock = registry.context.clock
        self._rights = RoomRights(registry)
        self._history = History(self._rights, self._store)
        self._searches = Searches(self._rights, self._store)
        self._lists = RoomLists(registry, self._rights)
        self._invitations = Invitations(self._rights, registry.context, code)
        self._transcripts = Transcripts(self._rights, registry.context, accounts)
        self._states_at = StatesAt(self._rights, registry.context)
        self._replays = Replays(self._rights, registry.context, self._states_at)
        self._documents = Documents(self._rights, self._states_at, registry)

    # ── changing and following ────────────────────────────────────────────────────────────────────────────────

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a command in its room's mailbox; see RoomService."""
        if type(request.command) is Post and self._registry.context.muted(request.command.author):
            check_unmuted(request.command.type)
        if type(request.command) is Post and request.command.type == TRACK:
            self._tracking.begin(room, request)
        complete = _COMPLETED.get(type(request.command))
        if (complete is None or complete(self, room, request)) and not self._registry.context.gates.holds_back(
            room, request
        ):
            self._registry.submit_here(room, request)

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
        reply, command = request.reply, request.command

        def described(answer: Answer) -> None:
            host = self._registry.find(room)
            if not isinstance(answer, ParlourError) and host is not None:
                answer = {**answer, "room": host.described(command.author, command.rank)}
                self._registry.reserved.configured(room)
            if reply is not None:
                reply(answer)

        request.reply = described
        assert isinstance(request.command, Configure)
        self._registry.reserved.check_configure(room, request.command)
        if request.command.gate is not None and request.command.gate.gate is not None:
            self._gating.configure(room, request)
            return False
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

    def _keep_version(self, room: RoomId, request: RoomRequest) -> bool:
        """Refuse the name that a muted account gives: everybody reads it."""
        self._check_unmuted(request.command.author, UPDATE)
        return True

    def _check_unmuted(self, account: Account, type_: str) -> None:
        if self._registry.context.muted(account):
            check_unmuted(type_)

    def signal(self, room: RoomId, sender: Connection, type_: str, body: Any) -> bool:
        """Send a signal to everybody else in the room; return False where this connection has not joined it."""
        host = self._registry.find(room)
        if host is None or sender not in host.presence:
            return False
        self._check_unmuted(sender.account, type_)
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
        return host.described(caller.account, caller.rank)

    async def history(self, room: RoomId, caller: Caller, bounds: Bounds, *, proof: bool = False) -> Json:
        """Answer `{entries, more}`, ascending."""
        return await self._history.entries(room, caller, bounds, proof=proof)

    async def messages(self, room: RoomId, caller: Caller, bounds: Bounds) -> Json:
        """Answer `{entries, more}` of folded messages."""
        return await self._history.messages(room, caller, bounds)

    async def pins(self, room: RoomId, caller: Caller) -> Json:
        """Answer `{entries, more}` of pinned messages."""
        return await self._history.pins(room, caller)

    async def edits(self, room: RoomId, caller: Caller, of: int) -> Json:
        """Answer `{entries, more}` of a message and its edits."""
        return await self._history.edits(room, caller, of)

    async def search(self, room: RoomId, caller: Caller, asked: TextSearch) -> Json:
        """Answer `{entries, cursor}`, newest first."""
        return await self._searches.in_room(room, caller, asked)

    async def search_rooms(self, caller: Caller, rooms: Sequence[RoomId] | None, asked: TextSearch) -> Json:
        """Answer `{found, cursor}`, newest first."""
        return await self._searches.in_rooms(caller, rooms, asked)

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
        host, hall = await self._rights.open(room, caller)
        seen = await self._registry.context.last_seen(host.id) if hall.rules.last_seen else {}
        return host.presence.picture(seen=seen)

    async def mark_read(self, room: RoomId, caller: Caller, seq: int, thread: int | None = None) -> None:
        """Move the caller's reading position forward, and send it to the room; of a thread it is told to nobody."""
        host, hall = await self._rights.open(room, caller)
        if thread is not None:
            await self._store.read_thread(host.id, caller.account, thread, min(seq, host.record.head))
            return
        position = await self._store.read(host.id, caller.account, min(seq, host.record.head))
        if hall.chat.direct is None or caller.account in hall.chat.direct.accepted:
            host.send_read_position(caller.account, position)

    async def transcript(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of the room's transcript."""
        return await self._transcripts.read(room, caller)

    async def replay(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of a replay of the room's last finished match."""
        return await self._replays.read(room, caller)

    async def state_at(self, room: RoomId, caller: Caller, seq: int | None) -> Json:
        """Answer `{room, seq, at, head, first, state}` of an entry, for a spectator."""
        return await self._states_at.read(room, caller, seq)

    async def document(self, room: RoomId, caller: Caller, version: int | None, as_: str) -> Json:
        """Answer a document, or a version of it, as `update`, `text` or `json`."""
        return await self._documents.read(room, caller, version, as_)

    async def document_versions(self, room: RoomId, caller: Caller, cursor: str | None, limit: int | None) -> Json:
        """Answer `{versions, cursor}`, newest first."""
        return await self._documents.versions(room, caller, cursor, limit)

    async def restore_document(self, room: RoomId, caller: Caller, version: int, request_id: str) -> Json:
        """Write the edit that goes back to a version."""
        self._check_unmuted(caller.account, UPDATE)
        return await self._documents.restore(room, caller, version, request_id)

    # ── lists, creating, inviting, watching ───────────────────────────────────────────────────────────────────

    async def list(self, caller: Caller, query: RoomQuery) -> Json:
        """Answer `{rooms, cursor}`."""
        return await self._lists.page(caller, query)

    async def follow_list(self, connection: Connection, query: RoomQuery) -> Json:
        """Answer the first page of public rooms, and send `lobby` events from then on."""
        words = tuple(search_form(query.query or "").split())
        return await self._lobby.follow(
            connection, ListFilter(query.kind, words, query.open, query.featured, query.limit)
        )

    def unfollow_list(self, connection: Connection) -> None:
        """End the connection's live list."""
        self._lobby.unfollow(connection)

    def kinds(self) -> Sequence[Json]:
        """Answer each kind with the JSON Schemas of its options and actions."""
        return self._registry.kinds.described()

    async def create(self, caller: Caller, wanted: NewRoom) -> Json:
        """Answer `{room, duplicate?}`."""
        wanted = await self._markets.prepared(caller, wanted)
        await self._watching.check_wanted(wanted.kind, wanted.options or {}, caller)
        if wanted.gate is not None:
            wanted = replace(wanted, gate=(await self._gating.check(wanted.gate, caller.rank)).json)
        if wanted.settle is not None:
            key = self._registry.context.referee
            terms = read_terms(wanted.settle, None if key is None else key.address)
            await self._watching.check_escrow(terms, caller)
            wanted = replace(wanted, settle=terms.to_json())
        record, again = await self._registry.create(caller.account, wanted, limited=wanted.match is None)
        await self._watching.start_wanted(record, caller)
        if wanted.settle is not None:
            await self._watching.start_escrow(record, caller)
        await self._markets.start(record, caller)
        if again:
            return {"room": await self._found_again(record, caller), "duplicate": True}
        shown = record.to_json() | ({} if wanted.gate is None else {"gate": wanted.gate})
        if words := (wanted.rules or {}).get("words"):  # an owner moderates: he is shown what no record holds
            shown["rules"] = shown["rules"] | {"words": words}
        return {"room": shown}

    async def _found_again(self, record: RoomRecord, caller: Caller) -> Json:
        """Show a room to who created it as to anybody of his role; as lists do where he may not join it any more."""
        try:
            return await self.describe(record.id, caller)
        except (NoSuchRoom, Forbidden):
            return record.to_json()

    async def invite(self, room: RoomId, caller: Caller, wanted: Invitation) -> Json:
        """Answer `{invite, duplicate?}`."""
        return await self._invitations.invite(room, caller, wanted)

    async def watch(self, room: RoomId, caller: Caller, wanted: Json, request_id: str | None) -> Json:
        """Answer `{watch, duplicate?}`."""
        return await self._watching.watch(room, caller, wanted, request_id)

    async def fill_gap(self, room: RoomId, caller: Caller, seq: int) -> Json:
        """Read the events of a `chain.gap` again; answer `{watch, filled}`."""
        return await self._watching.fill_gap(room, caller, seq)

    async def depth(self, room: RoomId, caller: Caller, within: int, levels: int) -> Json:
        """Answer `{bids, asks, block}` of a market."""
        return await self._markets.depth(room, caller, within, levels)

    async def unwatch(self, room: RoomId, caller: Caller, watch: str, request_id: str | None) -> Json:
        """Answer `{duplicate?}`."""
        return await self._watching.unwatch(room, caller, watch, request_id)

    # ── for operators ─────────────────────────────────────────────────────────────────────────────────────────

    async def overview(self, limit: int) -> Sequence[Json]:
        """Answer the newest rooms, private ones too."""
        return await self._lists.overview(limit)

    async def explain_gate(self, room: RoomId, account: Account) -> Json:
        """Answer why an account passes a room's gate now or does not."""
        return await self._gating.explain(room, account)

    async def state_as(self, room: RoomId, caller: Caller, seq: int | None, viewer: Account | None) -> Json:
        """Answer `{room, seq, at, head, first, state}` of an entry, as an account saw it."""
        return await self._states_at.read_as(room, caller, seq, viewer)

    async def standing(self, room: RoomId) -> Json:
        """Answer `{live, connections}` of a room."""
        return self._lists.standing(room)

    def live_kinds(self) -> Mapping[str, int]:
        """Answer how many rooms of each kind are live."""
        return Counter(host.record.kind for host in self._registry.live() if host.is_open)


_COMPLETED: dict[type[Command], Callable[[LocalRooms, RoomId, RoomRequest], bool]] = {
    Leave: LocalRooms._leave,
    Configure: LocalRooms._configure,
    Close: LocalRooms._close,
    Moderate: LocalRooms._moderate,
    KeepVersion: LocalRooms._keep_version,
}
"""What a command needs beside its mailbox; False where it needs no mailbox."""
