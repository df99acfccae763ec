"""What operators ask about rooms, people and messages, and are answered, for OpenAPI (protocol §7)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from parlour.protocol.entries import Entry
from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.replies import ReportInfo
from parlour.protocol.requests import RulesChange
from parlour.protocol.values import (
    Account,
    AccountId,
    JsonObject,
    Maybe,
    Millis,
    RoomId,
    RoomInfo,
    Seq,
    Shape,
    Short,
    Text,
    Visibility,
)

RoomState = Literal["open", "closed", "frozen"]
RoomOrder = Literal["updated", "created", "members", "entries"]


class AdminRoomsQuery(Shape):
    """Which rooms, in which order."""

    query: Maybe[Short] = None
    """Words of ids and titles."""
    kind: Maybe[Short] = None
    state: Maybe[RoomState] = None
    sort: Maybe[RoomOrder] = None
    """The highest first; `updated` where it is missing."""
    cursor: Maybe[Short] = None


class AdminRoom(RoomInfo):
    """A room as operators see it."""

    state: RoomState
    head: Seq
    updated_at: Millis
    live: bool
    """Whether a process hosts it now."""
    connections: int


class AdminRoomsReply(Shape):
    """One page of rooms; without a cursor it is the last."""

    rooms: list[AdminRoom]
    cursor: str | None


class AdminMember(Shape):
    """Somebody who belongs to a room, has a role in it or is banned from it."""

    account: Account
    role: str | None
    """Given to them; null for none."""
    joined_at: Millis | None
    read: Seq
    banned_until: Maybe[Millis] = None


class RoomLease(Shape):
    """The process that hosts a room."""

    owner: str | None
    until: Millis
    fence: int


class AdminRoomReply(Shape):
    """One room: its facts, the first 200 people, what it watches, who hosts it."""

    room: AdminRoom
    floor: Seq
    format: int
    epoch: str
    members: list[AdminMember]
    watches: list[JsonObject]
    lease: RoomLease


class TailQuery(Shape):
    """Which entries of a room."""

    after: Maybe[Seq] = None
    """The newest 100 where it is missing."""
    follow: Maybe[Literal["1"]] = None
    """Whether to go on with entries as they come."""


class AdminStateQuery(Shape):
    """Which state of a room."""

    at: Maybe[Seq] = None
    """The newest where it is missing."""
    as_: Annotated[Maybe[AccountId], Field(alias="as")] = None
    """An account; a spectator where it is missing."""


class AdminStateReply(Shape):
    """What an account saw once entry `seq` was there; of a room without a view, what its log said of it."""

    room: RoomId
    seq: Seq
    at: Millis | None
    first: Seq
    head: Seq
    state: Any


class AnnounceRequest(ChangeRequest):
    """What everybody in a room shall read."""

    text: Annotated[Text, Field(min_length=1)]


class ConfigureRequest(ChangeRequest):
    """Settings of a room to change; only those that are named."""

    title: str | None = None
    visibility: Visibility | None = None
    options: JsonObject | None = None
    rules: RulesChange | None = None


class TransferRequest(ChangeRequest):
    """Who owns a room from now on."""

    account: AccountId


class ActReply(Shape):
    """The first entry that an act led to."""

    seq: Seq


class EraseQuery(Shape):
    """The room's id once more, so that no slip erases one."""

    confirm: RoomId


class RoomErasedReply(Shape):
    """The room is gone for everybody; what is stored of it goes within seconds."""

    erased: RoomId


class MessagesQuery(Shape):
    """Which messages of all rooms that the server's moderators may read."""

    query: Short
    cursor: Maybe[Short] = None


class AdminMessage(Shape):
    """A message that was found."""

    room: RoomId
    entry: Entry


class AdminMessagesReply(Shape):
    """Messages that hold all words, newest first; without a cursor it is the last page."""

    found: list[AdminMessage]
    cursor: str | None


class GamesQuery(Shape):
    """Which matches."""

    kind: Maybe[Short] = None
    state: Maybe[Literal["waiting", "playing", "ended"]] = None
    cursor: Maybe[Short] = None


class PeopleQuery(Shape):
    """Which people."""

    query: Maybe[Short] = None
    """A part of an address or a name."""
    cursor: Maybe[Short] = None


class PersonLine(Shape):
    """Somebody who signed in at some time."""

    account: Account
    seen_at: Millis | None
    name: Maybe[str] = None
    avatar: Maybe[str] = None
    bot: Maybe[Literal[True]] = None
    sanctions: list[Literal["mute", "ban"]]
    """In force on the whole server."""


class PeopleReply(Shape):
    """People by address; without a cursor it is the last page."""

    people: list[PersonLine]
    cursor: str | None


class SanctionInfo(Shape):
    """A mute or a ban on the whole server."""

    kind: Literal["mute", "ban"]
    until: Millis | None
    """Null for good."""
    by: Account
    reason: str
    at: Millis


class SessionFacts(Shape):
    """A session, and nothing of its token."""

    id: str
    created_at: Millis
    expires_at: Millis
    ended_at: Millis | None
    ended_by: str | None
    device: str
    method: str


class PersonRoom(Shape):
    """A room of somebody's that operators may read."""

    id: RoomId
    kind: str
    title: str
    role: str | None
    joined_at: Millis | None


class PersonNote(Shape):
    """What an operator noted."""

    at: Millis
    by: Account
    text: str


class ReportLine(Shape):
    """A message of somebody's that was reported."""

    id: str
    room: RoomId
    seq: Seq
    state: str
    at: Millis


class PersonReports(Shape):
    """How often somebody reported, and what of theirs was reported."""

    made: int
    about: list[ReportLine]


class PersonReply(Shape):
    """All that operators see of a person."""

    account: Account
    rank: int
    """Of the server role; 0 for none."""
    seen_at: Millis | None
    profile: JsonObject
    sanctions: list[SanctionInfo]
    sessions: list[SessionFacts]
    rooms: list[PersonRoom]
    notes: list[PersonNote]
    reports: PersonReports


class SanctionRequest(ChangeRequest):
    """Where it shall hold, and until when."""

    scope: Annotated[Text, Field(max_length=140)] = "server"
    """`server`, or `room:<id>`."""
    until: Millis | None = None


class SanctionReply(Shape):
    """Done."""


class NoteRequest(ChangeRequest):
    """What other operators shall know."""

    text: Annotated[Text, Field(min_length=1, max_length=2000)]


class SignedOutReply(Shape):
    """How many sessions ended."""

    ended: int


class PersonErasedReply(Shape):
    """How many texts are gone, and what an erasure does not reach."""

    erased: int
    not_reached: list[str]


class BoardsQuery(Shape):
    """Which boards."""

    cursor: Maybe[Short] = None


ReportState = Literal["open", "dismissed", "redacted"]


class QueueQuery(Shape):
    """Which reports."""

    state: Maybe[ReportState] = None
    """`open` where it is missing."""
    cursor: Maybe[Short] = None


class QueuedReport(ReportInfo):
    """A report of any room, with the messages right before and after."""

    room: RoomId
    state: ReportState
    around: list[Entry]


class QueueReply(Shape):
    """One page of reports; without a cursor it is the last."""

    reports: list[QueuedReport]
    cursor: str | None


class ResolveRequest(ChangeRequest):
    """How a report ends."""

    action: Literal["dismiss", "redact"]


class OpenReply(Shape):
    """The entry that says so in the room."""

    seq: Seq


class ResolveReply(Shape):
    """The report has ended; there is nothing more to say."""
