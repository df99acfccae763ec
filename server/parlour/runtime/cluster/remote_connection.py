"""Stands at a room's owner for a connection of another node: what is written to it goes there."""

from __future__ import annotations

from parlour.core.room import Account
from parlour.runtime.cluster.records import Outgoing
from parlour.runtime.connection import Frame


class RemoteConnection:
    """Implements `runtime.connection.Connection`.

    Args:
        number: what the other node calls it on this link.

    Attributes:
        queue: of its socket, which is on the other node; whoever writes to many sockets at once calls `write` instead.
    """

    queue = None
    __slots__ = ("_number", "_outgoing", "account", "id", "rank")

    def __init__(self, outgoing: Outgoing, number: int, id_: str, account: Account, rank: int) -> None:
        self.id = id_
        self.account = account
        self.rank = rank
        self._number = number
        self._outgoing = outgoing

    @property
    def congested(self) -> bool:
        """Whether the reader is slow: only its own node knows, which drops what may be dropped."""
        return False

    def write(self, frame: Frame, *, volatile: bool = False) -> None:
        self._outgoing.write(self._number, frame, volatile)

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        self._outgoing.tell("close", self._number, reason, reconnect, retry_after)
