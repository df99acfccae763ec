"""A connection as the gateway knows it, and how much it may ask at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from parlour.adapters.engine import EngineConnection
from parlour.errors import Unauthorized
from parlour.runtime.identity.sign_in import Session
from parlour.runtime.limits import TokenBucket
from parlour.runtime.rooms.history import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLimits:
    """Bounds of one connection; those without a default are settings (settings/limits.py) of the same name.

    Attributes:
        large_outstanding: as many requests whose answers may be large (a join, a page) count as `outstanding` ones.
    """

    posts_per_second: float
    posts_burst: int
    signals_per_second: float
    signals_burst: int
    outstanding: int
    large_outstanding: int
    signal_bytes: int = 16_384


@dataclass(slots=True)
class GatewayClient:
    """What the gateway keeps of a connection.

    Attributes:
        outstanding: requests without an answer, asked with a callback or without one, large ones with their weight.
        most: as many of them make the engine stop reading this client.
    """

    connection: EngineConnection
    session: Session | None
    posts: TokenBucket
    signals: TokenBucket
    since: int
    most: int
    rooms: dict[str, None] = field(default_factory=dict)
    outstanding: int = 0

    def asked(self, weight: int) -> None:
        before, self.outstanding = self.outstanding, self.outstanding + weight
        if before < self.most <= self.outstanding:
            self.connection.hold()

    def answered(self, weight: int) -> None:
        before, self.outstanding = self.outstanding, self.outstanding - weight
        if self.outstanding < self.most <= before:
            self.connection.release()

    @property
    def account(self) -> str:
        return self.connection.account

    @property
    def reader(self) -> Reader:
        return Reader(self.connection.account, self.connection.rank)

    def signed_in(self) -> str:
        """The account; raises Unauthorized for a guest."""
        if not self.connection.account:
            raise Unauthorized()
        return self.connection.account
