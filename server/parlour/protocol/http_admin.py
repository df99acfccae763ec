"""What operators, and the page of `parlour dev`, ask and are answered, for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from parlour.protocol.events import About
from parlour.protocol.values import Account, JsonObject, Maybe, Millis, RoomId, RoomInfo, Seq, Shape


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
