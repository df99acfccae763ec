"""RoomService: everything an adapter may ask of rooms, in this process or another.

Rights are decided behind it, once, on every call. It takes accounts, ids and connections and answers JSON, never a
host, a room's state, a record or the store: so that a room of another process can be served through it as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from parlour.core.room import Account, RoomId
from parlour.runtime.connection import Connection
from parlour.runtime.files.store import StoredFile
from parlour.runtime.live_room.context import Reply, RoomRequest
from parlour.runtime.live_room.recovery import Since

__all__ = [
    "ROOMS_LISTED",
    "Accounts",
    "Bounds",
    "Caller",
    "FileRights",
    "Invitation",
    "NewRoom",
    "Reply",
    "RoomQuery",
    "RoomRequest",
    "RoomService",
    "Since",
    "TextSearch",
]

Json = dict[str, Any]

ROOMS_LISTED = 50
"""Rooms of a page where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The account, or guest, that sends a request.

    Attributes:
        account: "" for a guest.
        rank: the server role's rank (core.rooms.access.SERVER_ROLES), 0 for ordinary accounts.
        address: what a guest's IP address is counted as.
    """

    account: Account = ""
    rank: int = 0
    address: str = ""

    @property
    def payer(self) -> str:
        """The key under which the caller's requests are counted."""
        return self.account or self.address


@dataclass(frozen=True, slots=True)
class NewRoom:
    """A room to create; None leaves a choice to the server.

    Attributes:
        id: the room's id, or the request's where the server chooses ids (`PARLOUR_ROOM_IDS=random`).
        options: what the kind takes.
        rules: those that differ from a new room's (core/rooms/rules.py).
        gate: who may come in (protocol §12); None for everybody.
        settle: the escrow that pays its games out (protocol §16); None for none.
        match: of a table that matchmaking makes: `{queue, players, confirmBy}`, as its first entry tells it. The
            room gets the id as it stands here, and counts for nobody.
    """

    kind: str
    id: RoomId | None = None
    title: str = ""
    visibility: str = "public"
    options: Json | None = None
    signed: bool = False
    rules: Json | None = None
    gate: Json | None = None
    settle: Json | None = None
    match: Json | None = None


@dataclass(frozen=True, slots=True)
class RoomQuery:
    """Which rooms a list shows.

    Attributes:
        open: only those whose game somebody who joins now plays.
        featured: only those that operators recommend.
        mine: only those the caller belongs to, with counts of what is unread.
        cursor: where the page before ended.
    """

    kind: str | None = None
    query: str | None = None
    open: bool = False
    mine: bool = False
    featured: bool = False
    cursor: str | None = None
    limit: int = ROOMS_LISTED


@dataclass(frozen=True, slots=True)
class Bounds:
    """A part of a log, bounds excluded; without `after` the latest entries.

    Attributes:
        thread: of messages: only the thread with this root, from the root on.
        replies: of messages: whether those in threads are among them.
    """

    before: int | None = None
    after: int | None = None
    limit: int | None = None
    thread: int | None = None
    replies: bool = True


@dataclass(frozen=True, slots=True)
class TextSearch:
    """What a search looks for.

    Attributes:
        query: words; a text holds all of them.
        author, type: of entries; None for any.
        before, after: bounds, excluded: seqs in one room, ms since 1970 in many.
        cursor: where the page before ended.
    """

    query: str
    author: Account | None = None
    type: str | None = None
    before: int | None = None
    after: int | None = None
    limit: int | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """The invitation that a request asks for.

    Attributes:
        account: the only one it lets in, in any spelling; None for whoever holds it.
        until: when (ms) it ends; None for seven days from now.
        request_id: the same one again answers the same invitation.
    """

    account: Account | None = None
    uses: int | None = None
    until: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """What rooms need to know about accounts.

    Attributes:
        rank: the rank of an account's server role.
        delegations: the session keys an account has delegated to, as transcripts show them (protocol §6).
    """

    rank: Callable[[Account], int]
    delegations: Callable[[Account], Awaitable[Sequence[Json]]]


class FileRights(Protocol):
    """Decides who brings files into rooms and who sees them. Methods raise as RoomService's."""

    async def bring(self, room: RoomId, caller: Caller) -> RoomId:
        """Return the id of a room, as it was created, that the caller may upload to; raises Closed too."""
        ...

    async def find(self, room: RoomId, caller: Caller, hash_: bytes) -> StoredFile:
        """Return a file of a room that the caller may join."""
        ...


class RoomService(Protocol):
    """All rooms of a server. Any method may raise Unavailable, and coroutines StoreError too.

    Methods that read raise NotFound for a room that is not there or that the caller may not know, and Forbidden for one
    the caller may not join.
    """

    # ── changing and following ────────────────────────────────────────────────────────────────────────────────

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a command; `request.reply` gets the one answer. Synchronous, so that a client's order is the room's.

        A Join makes `request.connection` follow the room, an accepted Leave ends that, a Close ends its watches, and a
        Configure is answered with the room.
        """

    async def ask(self, room: RoomId, request: RoomRequest) -> Json:
        """Submit and wait for the answer; raises the ParlourError it was refused with."""
        ...

    def signal(self, room: RoomId, sender: Connection, type_: str, body: Any) -> bool | Awaitable[bool]:
        """Send a signal to everybody else in the room; return False where this connection has not joined it.

        Where another process owns the room, that is known later.

        Raises:
            Forbidden: the sender is muted. RateLimited: too many signals in this room.
        """
        ...

    def forget_connection(self, connection: Connection, rooms: Iterable[RoomId]) -> None:
        """End everything a lost connection follows: these rooms and a live list."""

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────

    async def describe(self, room: RoomId, caller: Caller) -> Json:
        """Answer the room object of acks."""
        ...

    async def history(self, room: RoomId, caller: Caller, bounds: Bounds, *, proof: bool = False) -> Json:
        """Answer `{entries, more}`, ascending; with `proof` each entry has its salt, body hash and epoch."""
        ...

    async def messages(self, room: RoomId, caller: Caller, bounds: Bounds) -> Json:
        """Answer `{entries, more}`: messages with their edits, deletions and reactions folded in."""
        ...

    async def pins(self, room: RoomId, caller: Caller) -> Json:
        """Answer `{entries, more}`: the pinned messages, folded, the one pinned last first."""
        ...

    async def edits(self, room: RoomId, caller: Caller, of: int) -> Json:
        """Answer `{entries, more}`: a message and its edits, ascending; raises NotFound for what is no message."""
        ...

    async def search(self, room: RoomId, caller: Caller, asked: TextSearch) -> Json:
        """Answer `{entries, cursor}`: messages that hold all words, newest first."""
        ...

    async def search_rooms(self, caller: Caller, rooms: Sequence[RoomId] | None, asked: TextSearch) -> Json:
        """Answer `{found: [{room, entry, snippet}], cursor}` of these rooms, or of those the caller belongs to."""
        ...

    async def members(self, room: RoomId, caller: Caller, cursor: str | None, limit: int) -> Json:
        """Answer `{members: [{account, role}], cursor}`; raises Unauthorized for guests."""
        ...

    async def presence(self, room: RoomId, caller: Caller) -> Json:
        """Answer `{v, members?, count}`."""
        ...

    async def mark_read(self, room: RoomId, caller: Caller, seq: int, thread: int | None = None) -> None:
        """Move the caller's reading position forward, and send it to the room; of a thread it is told to nobody."""

    async def transcript(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of the room's transcript (protocol §6)."""
        ...

    async def replay(self, room: RoomId, caller: Caller) -> AsyncIterator[Json]:
        """Answer the lines of a replay of the room's last finished match (protocol §8).

        Raises NotFound where no match has ended, TooLarge and RateLimited where it costs too much.
        """
        ...

    async def state_at(self, room: RoomId, caller: Caller, seq: int | None) -> Json:
        """Answer `{room, seq, at, head, first, state}`: what a spectator saw when entry `seq` was the newest.

        Raises NotFound also for an entry that is not there yet or not kept, TooLarge and RateLimited where it costs
        too much.
        """
        ...

    async def document(self, room: RoomId, caller: Caller, version: int | None, as_: str) -> Json:
        """Answer `{seq, approximate?}` and the document under `as_`: `update` (bytes), `text` or `json`.

        Raises NotFound for a version that is not listed, RateLimited where reading costs too much.
        """
        ...

    async def document_versions(self, room: RoomId, caller: Caller, cursor: str | None, limit: int | None) -> Json:
        """Answer `{versions, cursor}`, newest first."""
        ...

    async def restore_document(self, room: RoomId, caller: Caller, version: int, request_id: str) -> Json:
        """Write the edit that goes back to a version; answer `{seq, duplicate?}`."""
        ...

    # ── lists, creating, inviting, watching ───────────────────────────────────────────────────────────────────

    async def list(self, caller: Caller, query: RoomQuery) -> Json:
        """Answer `{rooms, cursor}`, newest activity first."""
        ...

    async def follow_list(self, connection: Connection, query: RoomQuery) -> Json:
        """Answer the first page of public rooms, and send `lobby` events from then on.

        Whoever calls this writes the answer before anything else is awaited: events count from there.
        """
        ...

    def unfollow_list(self, connection: Connection) -> None:
        """End the connection's live list."""

    def kinds(self) -> Sequence[Json]:
        """Answer each kind's name with the JSON Schemas of its options and actions."""
        ...

    async def create(self, caller: Caller, wanted: NewRoom) -> Json:
        """Answer `{room, duplicate?}`; raises Invalid, Forbidden, TooLarge, Conflict or RateLimited."""
        ...

    async def invite(self, room: RoomId, caller: Caller, wanted: Invitation) -> Json:
        """Answer `{invite, duplicate?}`; an account that is named hears of it. Raises Closed or Conflict too."""
        ...

    async def watch(self, room: RoomId, caller: Caller, wanted: Json, request_id: str | None) -> Json:
        """Answer `{watch, duplicate?}`."""
        ...

    async def fill_gap(self, room: RoomId, caller: Caller, seq: int) -> Json:
        """Read the events of a `chain.gap` again; answer `{watch, filled}`."""
        ...

    async def depth(self, room: RoomId, caller: Caller, within: int, levels: int) -> Json:
        """Answer `{bids, asks, block}` of a market; raises Illegal for a room that is none, and TooLarge."""
        ...

    async def unwatch(self, room: RoomId, caller: Caller, watch: str, request_id: str | None) -> Json:
        """Answer `{duplicate?}`."""
        ...

    # ── for operators ─────────────────────────────────────────────────────────────────────────────────────────

    async def overview(self, limit: int) -> Sequence[Json]:
        """Answer the newest rooms, private ones too, each with `head`, `live` and `connections`."""
        ...

    async def explain_gate(self, room: RoomId, account: Account) -> Json:
        """Answer why an account passes a room's gate now or does not: `{gate, passes, granted, leaves}`."""
        ...

    async def state_as(self, room: RoomId, caller: Caller, seq: int | None, viewer: Account | None) -> Json:
        """Answer as `state_at`, with what an account saw; of a room without a view, what its log said of it."""
        ...

    async def standing(self, room: RoomId) -> Json:
        """Answer `{live, connections}` of a room: whether a process hosts it now, and how many are in it there."""
        ...

    def live_kinds(self) -> Mapping[str, int]:
        """Answer how many rooms of each kind are live."""
        ...
