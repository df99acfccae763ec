"""What HTTP beside the sockets asks and answers (protocol §7), for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

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

    description: str
    """What the author wrote of it; may be empty."""
    args: JsonObject
    """JSON Schema of what the action takes."""
    hidden: bool
    """Whether others get its entry redacted at first."""
    anytime: bool
    """Whether it may be done out of turn."""


class ClockFacts(Shape):
    """A chess clock: what each player has for the whole game."""

    seconds: float
    increment: float
    """Seconds won back by each own move."""


class KindFacts(Shape):
    """A kind of rooms: what a page needs to show one. Of games, and of other packages' kinds, it says more."""

    kind: str
    title: str
    """What people call it."""
    options: JsonObject
    """JSON Schema of `room:create`'s options."""
    actions: dict[str, ActionFacts]
    """What players may do besides the actions that every game has (protocol §10)."""
    view: JsonObject | None
    """JSON Schema of its computed state; null where it has none."""
    description: Maybe[str] = None
    posts: Maybe[dict[str, JsonObject]] = None
    """JSON Schemas of the entry types it takes."""
    version: Maybe[int] = None
    seats: Maybe[SeatRange] = None
    """Of games alone: how many people play."""
    bots: Maybe[int] = None
    """Seats that the game's own bot may take (the option `bots`); 0 for none."""
    turns: Maybe[bool] = None
    turn_seconds: float | None = None
    """How long a turn may take; null for ever."""
    clock: ClockFacts | None = None
    late_join: Maybe[bool] = None
    """Whether free seats may be taken while the game is on."""
    pausable: Maybe[bool] = None
    """Whether players may `pause` and `resume`."""
    fair: Maybe[bool] = None
    """Whether players `commit` and `contribute` to chance before the game begins."""
    stake: str | None = None
    """The option that gives a table a stake, `{chain, address, amount}`; null for a game without."""
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
    featured: Maybe[Literal["1", "true"]] = None
    """Only rooms that the server's operators recommend."""
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


class StateQuery(Shape):
    """The state at which entry."""

    at: Maybe[Seq] = None
    """The last entry that is in it; the newest where it is missing."""


class StateReply(Shape):
    """A room's state as a spectator saw it once entry `seq` was there."""

    room: RoomId
    seq: Seq
    at: Millis | None
    """When the entry was written; null where the entry itself is not kept any more."""
    first: Seq
    """The earliest entry whose state may be asked for."""
    head: Seq
    """The newest one."""
    state: JsonObject | None
    """The kind's view (its schema is in `/api/kinds`); null where it has none."""


class DocumentQuery(Shape):
    """Which document, and in which form."""

    as_: Maybe[Literal["text", "json", "update"]] = None
    """`text` where it is missing."""
    version: Maybe[Seq] = None
    """The seq of a `doc.version`; the document as it is now where it is missing."""


class DocumentRestore(Shape):
    """Which version a document goes back to."""

    id: Id
    """Makes sending it again safe."""
    version: Seq
    """The seq of a `doc.version`."""


class DocumentText(RootModel[str]):
    """The words of a document; with `as=json` its roots as JSON, with `as=update` the bytes of a Yjs update."""


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


class ReplayHead(Shape):
    """The first line of a replay; `head` is the entry that ended the match."""

    room: RoomId
    kind: str
    title: str
    head: Seq
    protocol: int
    floor: Maybe[Floor] = None


class Frame(Shape):
    """What a spectator saw once an entry was there."""

    seq: Seq
    at: Millis
    state: JsonObject | None


class FrameLine(Shape):
    """A line of a replay: another state."""

    frame: Frame


ReplayLine = ReplayHead | EntryLine | FrameLine | SignedLine
TranscriptLine = TranscriptHead | DelegationLine | EntryLine | SignedLine
