"""Stands at a room's owner for a connection of another node: what is written to it goes there."""

from __future__ import annotations

from parlour.core.room import Account, RoomId
from parlour.runtime.cluster.records import Outgoing
from parlour.runtime.connection import Frame
from parlour.runtime.live_room.recovery import Handover


class RemoteConnection:
    """Implements `runtime.connection.Connection`.

    Args:
        outgoing: what is sent to its node; also an attribute.
        number: what the other node calls it on this link.

    Attributes:
        queue: of its socket, which is on the other node; whoever writes to many sockets at once calls `write` instead.
    """

    queue = None
    __slots__ = ("_number", "account", "id", "outgoing", "rank", "steps")

    def __init__(
        self, outgoing: Outgoing, number: int, id_: str, account: Account, rank: int, steps: bool = False
    ) -> None:
        self.id = id_
        self.account = account
        self.rank = rank
        self.steps = steps
        self._number = number
        self.outgoing = outgoing

    @property
    def congested(self) -> bool:
        """Whether the reader is slow: only its own node knows, which drops what may be dropped."""
        return False

    def write(self, frame: Frame, *, volatile: bool = False) -> None:
        self.outgoing.write(self._number, frame, volatile)

    def hand_over(self, room: RoomId, handover: Handover) -> None:
        """Let its node ask the room's next owner to go on."""
        self.outgoing.tell("moved", self._number, room, handover)

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        self.outgoing.tell("close", self._number, reason, reconnect, retry_after)
