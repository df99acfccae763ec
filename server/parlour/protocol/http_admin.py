"""What operators, and the page of `parlour dev`, ask and are answered, for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from parlour.protocol.events import About
from parlour.protocol.values import (
    Account,
    BlockRef,
    Id,
    JsonObject,
    Maybe,
    Millis,
    Request,
    RoomId,
    RoomInfo,
    Seq,
    Shape,
    Short,
    Text,
)


class ChangeRequest(Request, Shape):
    """What every change by an operator brings; its audit row keeps the reason."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]
    id: Id
    """Makes a retry safe: the same id answers the same."""


class DoneReply(Shape):
    """It is done; there is nothing more to say."""


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
    queue_bytes: int
    """Sent, and not read by the client yet."""


class ConnectionsQuery(Shape):
    """Which sockets; `query` is a text in account, address, transport, room or id."""

    query: Maybe[Short] = None
    cursor: Maybe[Short] = None


class ConnectionsReply(Shape):
    """Sockets of the process that answers, the newest first; `total` counts all of them."""

    connections: list[ConnectionFacts]
    total: int
    cursor: str | None


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


class OverviewQuery(Shape):
    """Whether the last hour is asked for too."""

    since: Maybe[Annotated[int, Field(ge=0)]] = None
    """Only samples taken after this time (ms); 0 for all."""


class NowFacts(Shape):
    """What a process holds at a moment."""

    at: Millis
    connections: int
    rooms: dict[str, int]
    """Live rooms by kind."""
    resident_bytes: int
    store_waiting: int
    """Writes that wait for the database."""
    redis: Literal["none", "up", "down"]


class SampleFacts(NowFacts):
    """The figures of ten seconds; a percentile is null where nothing happened."""

    requests_per_second: float
    entries_per_second: float
    bytes_in_per_second: float
    bytes_out_per_second: float
    ack_p50_ms: Annotated[float | None, Field(alias="ackP50Ms")]
    ack_p99_ms: Annotated[float | None, Field(alias="ackP99Ms")]
    commit_p99_ms: Annotated[float | None, Field(alias="commitP99Ms")]
    loop_lag_ms: float | None


class OverviewReply(Shape):
    """What is live right now."""

    now: NowFacts
    hour: Maybe[list[SampleFacts]] = None

    server: ServerFacts
    connections: list[ConnectionFacts]
    rooms: list[RoomFacts]
    metrics: Figures


class ReorgFacts(Shape):
    """A reorganisation that was followed."""

    first: int
    """The lowest block it undid."""
    blocks: int
    at: Millis
    """When it was followed."""


class ChainFacts(Shape):
    """A chain as its follower sees it; more keys may follow."""

    chain: int
    state: str
    reason: str | None
    head: int | None
    processed: int | None
    lag_blocks: int | None
    lag_seconds: float
    recent_reorgs: list[ReorgFacts]
    """The newest, oldest first."""
    endpoints: list[JsonObject]
    outbox: JsonObject


class ChainsReply(Shape):
    """The chains that this server follows."""

    chains: list[ChainFacts]


class GateQuery(Shape):
    """Whose right is asked about."""

    account: Account


class GateLeaf(Shape):
    """A leaf of a gate, and what it came to for one account."""

    leaf: JsonObject
    have: str | None
    """The number, in smallest units; null where it cannot be known now."""
    passes: bool | None
    address: Maybe[str] = None
    block: Maybe[BlockRef] = None


class GateReply(Shape):
    """Why an account passes a room's gate now or does not."""

    room: RoomId
    account: Account
    gate: JsonObject | None
    passes: bool | None
    exempt: bool
    """Whether it passes as the room's owner."""
    granted: JsonObject | None
    """What its grant in the log rests on."""
    leaves: list[GateLeaf]
    silent: list[int]
    """Chains of the gate that cannot be asked now."""


class RevivedReply(Shape):
    """How many parked deliveries were given another life."""

    revived: int


class RewindRequest(ChangeRequest):
    """From which block on the endpoint's chain is to be accepted."""

    to: Annotated[int, Field(ge=0)]


class UndoneReply(Shape):
    """How many blocks were undone."""

    undone: int


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


class NodeFacts(Shape):
    """A process that serves this database."""

    name: str
    version: str
    state: Literal["up", "draining", "drained", "dead"]
    rooms: int
    """Rooms that it owns, or is opening or closing."""
    connections: int
    load: float
    """The share of one core that it used between its last two heartbeats."""
    started_at: Millis
    seen_ms: int
    """Milliseconds since its last heartbeat."""
    url: str
    """Where other nodes reach it; empty where it has no `PARLOUR_PEER_URL`."""


class NodesReply(Shape):
    """The processes, by name; dead ones for a day."""

    asked: str
    """The one that answers."""
    nodes: list[NodeFacts]


class DrainReply(Shape):
    """Which node was asked to hand its rooms over."""

    draining: str


class RebalanceReply(Shape):
    """How many rooms each node was asked to give up."""

    asked: dict[str, int]
