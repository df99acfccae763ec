"""What an ack holds beyond `ok` (protocol §3). A refusal is `{ok: false, error}` whatever was asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from parlour.protocol.entries import Entry, Message
from parlour.protocol.values import (
    Account,
    ErrorBody,
    Hash,
    Maybe,
    Millis,
    PresenceSnapshot,
    Role,
    RoomInfo,
    Seq,
    Shape,
    WatchInfo,
)


class Reply(Shape):
    """Base of every ack of a request that was carried out."""

    ok: Literal[True]


class Refusal(Shape):
    """The ack of a request that was refused."""

    ok: Literal[False]
    error: ErrorBody


class Done(Reply):
    """Carried out; there is nothing more to say."""


class Repeatable(Reply):
    """The ack of a request whose `id` makes it safe to send again."""

    seq: Maybe[Seq] = None
    """The entry that the first request with this id led to."""
    duplicate: Maybe[Literal[True]] = None
    room: Maybe[RoomInfo] = None


class CreateReply(Reply):
    """The room, new or as its owner made it before."""

    room: RoomInfo
    duplicate: Maybe[Literal[True]] = None


class ListedRoom(RoomInfo):
    """A room in a list; the counts only in lists of one's own rooms."""

    unread: Maybe[int] = None
    mentions: Maybe[int] = None


class RoomsPage(Shape):
    """One page of rooms; without a cursor it is the last."""

    rooms: list[ListedRoom]
    cursor: str | None


class ListReply(Reply, RoomsPage):
    """One page of rooms; without a cursor it is the last."""


class JoinReply(Reply):
    """The room and its position: exactly what was missed (`recovered`), or else a snapshot."""

    room: RoomInfo
    epoch: str
    head: Seq
    hash: Hash
    role: Role
    seat: int | None = None
    """In games: the seat, or null for whoever watches."""
    read: Seq
    recovered: bool
    entries: list[Entry]
    state: Maybe[object] = None
    """The computed state, of kinds that have one."""
    presence: PresenceSnapshot


class EntriesPage(Shape):
    """Entries, ascending; `more` where the page ends before the bounds do."""

    entries: list[Entry]
    more: bool


class HistoryReply(Reply, EntriesPage):
    """Entries, ascending; `more` where the page ends before the bounds do."""


class MessagesReply(Reply):
    """Messages with their edits, deletions and reactions folded in, ascending."""

    entries: list[Message]
    more: bool


class PostReceipt(Reply):
    """Where the entry stands that holds the post."""

    seq: Seq
    at: Millis
    hash: Hash
    duplicate: Maybe[Literal[True]] = None


class Member(Shape):
    """Somebody who belongs to a room; `name` is the account's verified ENS name."""

    account: Account
    role: Role
    name: Maybe[str] = None


class MembersReply(Reply):
    """One page of members; without a cursor it is the last."""

    members: list[Member]
    cursor: str | None


class PresenceReply(Reply, PresenceSnapshot):
    """Who is in the room now."""


class SearchReply(Reply):
    """Messages found, newest first."""

    entries: list[Entry]


class InviteReply(Reply):
    """The invitation: a secret that `room:join` takes."""

    invite: str
    duplicate: Maybe[Literal[True]] = None


class ConfigureReply(Repeatable):
    """The room as it is now."""

    room: Maybe[RoomInfo] = None


class ModerateReply(Repeatable):
    """The entry that says what was done."""

    seq: Seq


class WatchReply(Repeatable):
    """The watch, with the block it begins after."""

    watch: WatchInfo
    warning: Literal["indexed"] | None = Field(
        default=None, description="`indexed`: the signature names no indexed parameter, as if copied from an explorer."
    )


class MatchReply(Reply):
    """A place in the line."""

    ticket: str
