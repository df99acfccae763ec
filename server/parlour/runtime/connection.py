"""Defines what the runtime needs of a socket: to write encoded frames to it, in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Protocol

from parlour.core.room import Account


class Frame(Protocol):
    """An encoded event, made once and written to many connections. Opaque to the runtime."""


class Encoder(Protocol):
    """Makes frames. Events are those of protocol §4; bytes anywhere in `data` become attachments (10 at most)."""

    def frame(self, event: str, data: Any) -> Frame:
        """Encode one event with one argument."""
        ...

    def write_to_all(self, connections: Iterable[Connection], frame: Frame, *, volatile: bool = False) -> None:
        """Do `Connection.write` for each of these connections."""
        ...

    def congested(self, connections: Iterable[Connection]) -> Collection[Connection]:
        """Return those of these connections that are `Connection.congested`; nearly always none."""
        ...


class Connection(Protocol):
    """One signed-in (or guest) socket.

    Attributes:
        id: unique per process run; public (it is not the Engine.IO sid, which is a secret).
        account: the session's account, or "" for a guest.
        rank: server role rank, 0 for ordinary accounts.
        steps: the client takes states as steps (protocol §4).
    """

    id: str
    account: Account
    rank: int
    steps: bool

    @property
    def congested(self) -> bool:
        """Whether so much waits for this reader that a state should be sent later, and whole."""

    def write(self, frame: Frame, *, volatile: bool = False) -> None:
        """Queue a frame; volatile ones are dropped first when the peer reads slowly. Never blocks, never raises."""

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        """Send `closing {reason, reconnect, retryAfter}` and end the socket as protocol §4 "Closing" says."""
