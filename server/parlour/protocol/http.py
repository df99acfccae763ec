"""What HTTP asks and answers (protocol §1 and §7), for OpenAPI; requests are checked by their routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from parlour.protocol.entries import Entry, SignedHead
from parlour.protocol.events import About
from parlour.protocol.requests import SeenHead
from parlour.protocol.values import (
    Account,
    EntryType,
    ErrorBody,
    Hash,
    Hex,
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


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────


class NonceQuery(Shape):
    """What a nonce is asked for."""

    session_key: Maybe[Hex] = None
    """Address of a key that shall sign entries; the statement then names it."""
    room: Maybe[RoomId] = None
    """The only room that key may sign in."""


class NonceReply(Shape):
    """What goes into a sign-in message (EIP-4361)."""

    nonce: str
    nonce_expires_at: Millis
    domain: str
    uri: str
    version: Literal["1"]
    statement: str | None
    chain_ids: list[int]
    solana_chains: list[str]
    issued_at: str
    """RFC 3339, as `expirationTime` is."""
    expiration_time: str


class VerifyRequest(Shape):
    """A signed message."""

    message: str
    signature: str


class SessionInfo(Shape):
    """Who is signed in, and until when."""

    account: Account
    address: str
    chain_id: int | str
    method: str
    session_key: str | None
    expires_at: Millis


class Session(SessionInfo):
    """A session with its token, which nobody is told again."""

    token: str


class Device(SessionInfo):
    """One of an account's sessions."""

    id: str
    current: bool
    device: str
    created_at: Millis


class DevicesReply(Shape):
    """An account's sessions."""

    sessions: list[Device]


class RevokedReply(Shape):
    """How many sessions were ended."""

    revoked: int


# ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── operators ────────────────────────────────────────────────────────────────────────────────────────────────────


class ServerFacts(About):
    """The process."""

    uptime_ms: Millis


class ConnectionFacts(Shape):
    """A socket."""

    id: str
    account: Account
    transport: str
    remote: str
    rooms: list[RoomId]
    since: Millis


class RoomFacts(RoomInfo):
    """A room as operators see it."""

    head: Seq
    live: bool
    connections: int


class Figures(Shape):
    """Counts of the process."""

    connections: int
    live_rooms: int
    entries: int
    requests: int
    resident_bytes: int


class OverviewReply(Shape):
    """What is live right now."""

    server: ServerFacts
    connections: list[ConnectionFacts]
    rooms: list[RoomFacts]
    metrics: Figures


class ChainFacts(Shape):
    """A chain as its follower sees it; more keys may follow."""

    chain: int
    state: str
    reason: str | None
    head: int | None
    processed: int | None
    lag_blocks: int | None
    lag_seconds: float
    endpoints: list[JsonObject]
    outbox: JsonObject


class ChainsReply(Shape):
    """The chains that this server follows."""

    chains: list[ChainFacts]


class RevivedReply(Shape):
    """How many parked deliveries were given another life."""

    revived: int


class RewindRequest(Shape):
    """From which block on the endpoint's chain is to be accepted."""

    to: Annotated[int, Field(ge=0)]


class UndoneReply(Shape):
    """How many blocks were undone."""

    undone: int


# ── parlour dev ──────────────────────────────────────────────────────────────────────────────────────────────────


class DevReply(Shape):
    """What there is to play with under `parlour dev`."""

    dev: Literal[True]
    wallets: list[JsonObject]
    chain: JsonObject | None
    stake: JsonObject | None
    rooms: list[RoomId]


class RpcRequest(Shape):
    """A JSON-RPC call that a wallet makes."""

    method: str
    params: Maybe[list[Any]] = None
    id: Any
    jsonrpc: Maybe[str] = None


class RpcReply(Shape):
    """The node's answer."""

    id: Any
    jsonrpc: Maybe[str] = None
    result: Maybe[Any] = None
    error: Maybe[JsonObject] = None
