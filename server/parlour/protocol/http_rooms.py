"""What HTTP beside the sockets asks and answers (protocol §7), for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from parlour.protocol.entries import Entry
from parlour.protocol.events import About
from parlour.protocol.game_entries import SignedHead
from parlour.protocol.requests import SeenHead
from parlour.protocol.values import (
    Account,
    EntryType,
    ErrorBody,
    Hash,
    Id,
    JsonObject,
    Maybe,
    Millis,
    RoomId,
    RoomInfo,
    Seq,
    Shape,
    Short,
)


class ErrorReply(Shape):
    """Every error of the server, whatever the status."""

    error: ErrorBody


class HealthReply(Shape):
    """The process answers."""

    ok: Literal[True]


class ReadyReply(Shape):
    """Whether clients should be sent here; each check is `ok` or says what is wrong."""

    ok: bool
    checks: dict[str, str]


class VersionReply(About):
    """Which server this is, and which protocol it speaks."""

    protocol: int


class SeatRange(Shape):
    """How many people a game takes."""

    min: int
    max: int


class ActionFacts(Shape):
    """What players may do in a game."""

    args: JsonObject
    """JSON Schema of what the action takes."""
    hidden: bool
    """Whether others get its entry redacted at first."""
    anytime: bool
    """Whether it may be done out of turn."""


class KindFacts(Shape):
    """A kind of rooms; of games and of other packages' kinds it says more."""

    kind: str
    options: JsonObject
    """JSON Schema of `room:create`'s options."""
    actions: dict[str, ActionFacts]
    view: JsonObject | None
    """JSON Schema of its computed state; null where it has none."""
    title: Maybe[str] = None
    description: Maybe[str] = None
    posts: Maybe[dict[str, JsonObject]] = None
    """JSON Schemas of the entry types it takes."""
    version: Maybe[int] = None
    seats: Maybe[SeatRange] = None
    turns: Maybe[bool] = None
    tick_rate: int | None = None
    """Ticks a second; null for a game that has none."""


class KindsReply(Shape):
    """The kinds that this server has."""

    kinds: list[KindFacts]


class RoomsQuery(Shape):
    """Which rooms a list shows."""

    kind: Maybe[Short] = None
    query: Maybe[Short] = None
    open: Maybe[Literal["1", "true"]] = None
    """Only rooms whose game somebody who joins now plays."""
    cursor: Maybe[Short] = None
    limit: Maybe[Annotated[int, Field(ge=1)]] = None
    """At most 200."""


class RoomReply(Shape):
    """One room."""

    room: RoomInfo


class EntriesQuery(Shape):
    """Which entries; bounds are exclusive."""

    after: Maybe[Seq] = None
    before: Maybe[Seq] = None
    limit: Maybe[Annotated[int, Field(ge=1)]] = None
    """At most 1,000."""
    proof: Maybe[Literal["1", "true"]] = None
    """Each entry brings its salt, body hash and epoch along."""


class EntryPost(Shape):
    """An entry that a DApp's backend writes."""

    id: Id
    type: EntryType
    body: JsonObject
    seen: Maybe[SeenHead] = None


class Epoch(Shape):
    """Where an epoch of a log begins."""

    epoch: str
    from_: Seq


class Floor(Shape):
    """Where retention took the start: the first entry there is, and the hash before it."""

    seq: Seq
    previous: Hash


class TranscriptHead(Shape):
    """The first line of a transcript."""

    room: RoomId
    epochs: list[Epoch]
    head: Seq
    protocol: int
    floor: Maybe[Floor] = None


class Delegation(Shape):
    """A session key that signed an entry of the log, and the message that delegated to it."""

    account: Account
    session_key: str
    message: str
    signature: str
    from_: Millis
    until: Millis
    revoked_at: Millis | None
    chain: Maybe[int] = None
    """Of contract accounts, whose signature only a node can check again."""
    block_hash: Maybe[Hash] = None


class DelegationLine(Shape):
    """A line of a transcript: a delegation."""

    delegation: Delegation


class EntryLine(Shape):
    """A line of a transcript: an entry with its salt."""

    entry: Entry


class SignedLine(Shape):
    """The last line of a transcript."""

    signed: SignedHead


TranscriptLine = TranscriptHead | DelegationLine | EntryLine | SignedLine
