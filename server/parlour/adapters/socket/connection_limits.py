"""A connection in the gateway, and how many requests it may have open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from parlour.core.rooms.reserved import is_sealed
from parlour.errors import Unauthorized
from parlour.runtime.connection import Connection
from parlour.runtime.identity.session_store import Session
from parlour.runtime.limits import TokenBucket
from parlour.runtime.rooms.interface import Caller

if TYPE_CHECKING:
    from opentelemetry.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLimits:
    """Bounds of one connection; those without a default are settings (settings/limits.py) of the same name.

    Attributes:
        outstanding: open requests at which the engine stops reading the client.
        large_outstanding: as many requests whose answers may be large (a join, a page) count as `outstanding` ones.
        signal_bytes: of one signal's body.
    """

    posts_per_second: float
    posts_burst: int
    update_bytes_per_second: int
    signals_per_second: float
    signals_burst: int
    joins_per_second: float
    joins_burst: int
    reads_per_second: float
    reads_burst: int
    lookups_per_second: float
    lookups_burst: int
    searches_per_minute: int
    changes_per_minute: int
    rooms_per_minute: int
    rooms_burst: int
    unknown_rooms_per_minute: int
    unknown_rooms_burst: int
    refusals_per_second: float
    refusals_burst: int
    outstanding: int
    large_outstanding: int
    signal_bytes: int = 16_384

    @property
    def large_weight(self) -> int:
        """How many open requests a request with a large answer counts as."""
        return -(-self.outstanding // self.large_outstanding)


class SocketConnection(Connection, Protocol):
    """What the gateway needs of a socket; engine.EngineConnection and namespace.BridgeConnection implement it."""

    @property
    def remote(self) -> str:
        """The client's IP address."""

    @property
    def transport(self) -> str:
        """`websocket` or `polling`, as it is now."""

    @property
    def unread_bytes(self) -> int:
        """Bytes that were sent and that the client has yet to read, as far as this process knows."""

    def join_frames(self) -> None:
        """Send the events of one turn in one frame where that is possible, and take numbered requests."""

    def hold(self) -> None:
        """Read nothing more of this client, or refuse what is read, until `release` was called as often."""

    def release(self) -> None:
        """Undo one `hold`."""


@dataclass(slots=True)
class GatewayClient:
    """What the gateway stores of a connection.

    Attributes:
        session: None for a guest.
        address: what its IP address is counted as.
        buckets: what is left of each cost (costs.py) to this connection.
        since: when (ms) it connected.
        number: counts the connections of this process.
        most: as many open requests make the engine stop reading this client.
        trace: the trace that its client began, where requests are traced.
        rooms: the keys (lower case) of the rooms it follows.
        outstanding: requests without an answer, asked with a callback or without one, large ones with their weight.
        missed: whether it named unknown rooms of late.
        paused: whether nothing of it is read for a while, because it goes on after many refusals.
        connected: False once the socket is gone, while answers may still be under way.
    """

    connection: SocketConnection
    session: Session | None
    address: str
    buckets: dict[str, TokenBucket]
    since: int
    most: int
    number: int = 0
    trace: Context | None = None
    rooms: dict[str, None] = field(default_factory=dict)
    outstanding: int = 0
    connected: bool = True
    missed: bool = False
    paused: bool = False

    def asked(self, weight: int) -> None:
        """Count a request; the engine stops reading the client at `most`."""
        before, self.outstanding = self.outstanding, self.outstanding + weight
        if before < self.most <= self.outstanding:
            self.connection.hold()

    def answered(self, weight: int) -> None:
        """Count an answer; the engine reads on below `most`."""
        before, self.outstanding = self.outstanding, self.outstanding - weight
        if self.outstanding < self.most <= before:
            self.connection.release()

    @property
    def account(self) -> str:
        """The session's account, "" for a guest."""
        return self.connection.account

    @property
    def rank(self) -> int:
        """The rank of the account's server role."""
        return self.connection.rank

    @property
    def caller(self) -> Caller:
        """The caller, for RoomService."""
        return Caller(self.connection.account, self.connection.rank)

    def described(self) -> dict[str, Any]:
        """Return what the console shows of the connection; not that it is in a room where nobody reads along."""
        return {
            "id": self.connection.id,
            "account": self.account,
            "transport": self.connection.transport,
            "remote": self.connection.remote,
            "rooms": [room for room in self.rooms if not is_sealed(room)],
            "since": self.since,
            "queueBytes": self.connection.unread_bytes,
        }

    def signed_in(self) -> str:
        """Return the account; raise Unauthorized for a guest."""
        account = self.connection.account
        if not account:
            raise Unauthorized()
        return account
