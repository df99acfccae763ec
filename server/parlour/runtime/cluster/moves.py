"""Takes connections along when a room's owner hands it over: their clients notice nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from parlour.core.room import Join, RoomId
from parlour.errors import ParlourError
from parlour.runtime.connection import Connection
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.live_room.recovery import Handover, Since


class Moves:
    """Connections between the last owner of a room and the next one."""

    def __init__(self, forget: Callable[[Connection, Iterable[RoomId]], None]) -> None:
        """Args: forget: ends what a connection follows."""
        self._forget = forget
        self._moving: dict[tuple[str, str], asyncio.Future[None]] = {}

    def begin(self, connection: Connection, room: RoomId, handover: Handover) -> RoomRequest:
        """Return what the next owner is to be asked."""
        self._moving[connection.id, room.lower()] = asyncio.get_running_loop().create_future()
        return RoomRequest(
            Join(connection.account, connection.rank, goes_on=True),
            partial(self._moved, connection, room.lower()),
            connection,
            since=Since(handover.epoch, handover.seq),
            limit=0,
            handover=handover,
        )

    def of(self, connection: Connection, key: str) -> asyncio.Future[None] | None:
        """Return what is done once a connection's move is over; None where there is none."""
        return self._moving.get((connection.id, key))

    def gone(self, connection: Connection, rooms: Iterable[RoomId]) -> None:
        """Note that a connection is gone: it leaves a room that lets it go on after this."""
        for room in rooms:
            if (moving := self._moving.pop((connection.id, room.lower()), None)) is not None:
                moving.set_result(None)

    def _moved(self, connection: Connection, key: str, answer: Answer) -> None:
        """End a move; a client whose room does not go on for it connects again."""
        moving = self._moving.pop((connection.id, key), None)
        if moving is None:
            self._forget(connection, [key])
            return
        if isinstance(answer, ParlourError):
            connection.close("replaced", reconnect=True)
        moving.set_result(None)
