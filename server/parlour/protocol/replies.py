"""What an ack holds beyond `ok` (protocol §3). A refusal is `{ok: false, error}` whatever was asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from parlour.protocol.entries import AppMessage, Entry, Message, PinnedMessage
from parlour.protocol.values import (
    Account,
    ErrorBody,
    Hash,
    Maybe,
    Millis,
    PresenceSnapshot,
    Role,
    RoomId,
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


class LastMessage(Shape):
    """The last message of a room outside threads; its newest text, up to 200 characters."""

    seq: Seq
    at: Millis
    author: Account
    text: str


class Hearing(Shape):
    """How much an account wants to hear of a room, and until when."""

    level: Literal["all", "mentions", "none"]
    until: Maybe[Millis] = None


class ListedRoom(RoomInfo):
    """A room in a list; the counts only in lists of one's own rooms."""

    unread: Maybe[int] = None
    """Messages of others after `read`, outside threads and not deleted, up to 1,000."""
    more: Maybe[Literal[True]] = None
    """There are more than that."""
    mentions: Maybe[int] = None
    threads: Maybe[int] = None
    """Threads that one follows with replies of others that one has not read."""
    last: Maybe[LastMessage] = None
    request: Maybe[Literal[True]] = None
    """A direct room that one has not accepted."""
    notify: Maybe[Hearing] = None
    """How much one wants to hear, where that was set."""


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
    pins: Maybe[list[PinnedMessage]] = None
    """Pinned messages, the one pinned last first; up to 64 kB, the rest by `room:history {view: "pins"}`."""
    state: Maybe[object] = None
    """The computed state, of kinds that have one."""
    presence: PresenceSnapshot
    write: Maybe[bool] = None
    """In documents: whether this account may edit now."""


class EntriesPage(Shape):
    """Entries, ascending; `more` where the page ends before the bounds do."""

    entries: list[Entry]
    more: bool


class HistoryReply(Reply, EntriesPage):
    """Entries, ascending; `more` where the page ends before the bounds do."""


class MessagesReply(Reply):
    """Messages with their edits, deletions and reactions folded in, ascending; own entries of DApps that began a
    thread or are pinned, too."""

    entries: list[Message | AppMessage]
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
    """Messages and documents found, newest first; without a cursor there are no more."""

    entries: list[Entry]
    cursor: str | None


class FoundMessage(Shape):
    """A message that was found, or a document as its newest edit; with the part of its text around the first word."""

    room: RoomId
    entry: Entry
    snippet: str


class FoundReply(Reply):
    """Messages and documents found in many rooms, newest first; without a cursor there are no more."""

    found: list[FoundMessage]
    cursor: str | None


class InviteReply(Reply):
    """The invitation: a secret that `room:join` takes."""

    invite: str
    duplicate: Maybe[Literal[True]] = None


class ConfigureReply(Repeatable):
    """The room as it is now."""

    room: Maybe[RoomInfo] = None


class ModerateReply(Repeatable):
    """The entry that says what was done; none where a report was dismissed."""


class ReportVoice(Shape):
    """What one account said of a message."""

    account: Account
    reason: str
    note: Maybe[str] = None


class ReportInfo(Shape):
    """A message that was reported, how often and why."""

    id: str
    seq: Seq
    at: Millis
    """When it was reported the last time."""
    count: int
    reasons: dict[str, int]
    entry: Maybe[Entry] = None
    by: Maybe[list[ReportVoice]] = None
    """Who said what: for the server's moderators alone."""


class ReportsReply(Reply):
    """One page of a room's open reports; without a cursor it is the last."""

    reports: list[ReportInfo]
    cursor: str | None


class WatchReply(Repeatable):
    """The watch, with the block it begins after."""

    watch: WatchInfo
    warning: Literal["indexed"] | None = Field(
        default=None, description="`indexed`: the signature names no indexed parameter, as if copied from an explorer."
    )
    filled: Maybe[int] = None
    """Of a gap: how many events were read and are told."""
