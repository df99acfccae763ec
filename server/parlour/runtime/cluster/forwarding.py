"""Asks a room's owner: the other end of a link, which remembers who waits for which answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from parlour.core.room import Join, Leave, RoomId
from parlour.errors import ParlourError, Unavailable
from parlour.runtime.cluster.commands import packed, unpacked_error
from parlour.runtime.cluster.records import Outgoing
from parlour.runtime.connection import Connection, Encoder, Frame
from parlour.runtime.live_room.context import Answer, RoomRequest

RETRY_MS = 1000


def out_of_reach() -> Unavailable:
    """Make the refusal of what another node would have to do."""
    return Unavailable("The node that owns this room cannot be reached; try again.", retry_after=RETRY_MS)


@dataclass(slots=True)
class _Asked:
    """A request under way: who gets the answer, and what it changes of who follows what."""

    reply: Callable[[Answer], None]
    connection: Connection | None = None
    joins: str | None = None
    leaves: str | None = None


class Forwarding:
    """This node as the one whose connections follow rooms of one other node.

    Attributes:
        following: the rooms there, in lower case, that each connection follows, by its id.
    """

    def __init__(self, outgoing: Outgoing, encoder: Encoder) -> None:
        self._out, self._encoder = outgoing, encoder
        self._count = 0
        self._asked: dict[int, _Asked] = {}
        self._late: dict[int, _Asked] = {}
        self._numbers: dict[str, int] = {}
        self._connections: dict[int, Connection] = {}
        self.following: dict[str, set[str]] = {}

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────

    def submit(self, room: RoomId, request: RoomRequest, *, inside: bool = False) -> None:
        """Forward a command; its answer comes after the frames that the owner wrote before it."""
        key, command = room.lower(), request.command
        asked = _Asked(request.answer, request.connection)
        if request.connection is not None:
            asked.joins = key if isinstance(command, Join) else None
            asked.leaves = key if isinstance(command, Leave) else None
        self._out.tell("ask", self._next(asked), inside, room, self._who(request.connection), packed(request))

    def call(self, method: str, room: RoomId, arguments: dict[str, Any], reply: Callable[[Answer], None]) -> None:
        """Call a method of RoomService at the owner."""
        self._out.tell("call", self._next(_Asked(reply)), method, room, arguments)

    def signal(self, room: RoomId, sender: Connection, type_: str, body: Any, reply: Callable[[Answer], None]) -> None:
        """Forward a signal; the answer says whether the sender follows the room."""
        self._out.tell("signal", self._next(_Asked(reply)), room, self._who(sender), type_, body)

    def forget(self, connection: Connection, rooms: Iterable[str] | None) -> None:
        """Take a connection out of some rooms there, or, where it is gone, out of all."""
        number = self._numbers.get(connection.id)
        if number is None:
            return
        self._out.tell("gone", number, None if rooms is None else list(rooms))
        if rooms is None:
            del self._numbers[connection.id], self._connections[number]
            self.following.pop(connection.id, None)
        else:
            self.following.get(connection.id, set()).difference_update(rooms)

    # ── what comes back ───────────────────────────────────────────────────────────────────────────────────────

    def answered(self, n: int, answer: Answer | list[Any], *, refused: bool) -> None:
        """Pass an answer on; one that comes after its request was given up is undone where that is needed."""
        asked = self._asked.pop(n, None)
        if asked is None:
            late = self._late.pop(n, None)
            if late is not None and not refused:
                self._undo_join(late)
            return
        if refused:
            assert isinstance(answer, list)
            asked.reply(unpacked_error(answer))
            return
        assert isinstance(answer, dict)
        if asked.connection is not None and asked.connection.id in self._numbers:
            if asked.joins is not None:
                self.following.setdefault(asked.connection.id, set()).add(asked.joins)
            if asked.leaves is not None and not answer.get("duplicate"):
                self.following.get(asked.connection.id, set()).discard(asked.leaves)
        asked.reply(answer)

    def wrote(self, frame: Frame, numbers: Iterable[int], volatile: bool) -> None:
        """Write a frame of the owner to connections here."""
        here = [self._connections[number] for number in numbers if number in self._connections]
        self._encoder.write_to_all(here, frame, volatile=volatile)

    def closed(self, number: int, reason: str, reconnect: bool, retry_after: int | None) -> None:
        """Close a connection because the owner says so."""
        connection = self._connections.get(number)
        if connection is not None:
            connection.close(reason, reconnect=reconnect, retry_after=retry_after)

    def moved(self, number: int, room: RoomId) -> Connection | None:
        """Return a connection that followed a room there until the owner handed it over; None where it is gone."""
        connection = self._connections.get(number)
        if connection is None or room.lower() not in self.following.get(connection.id, ()):
            return None
        self.following[connection.id].discard(room.lower())
        return connection

    def give_up(self) -> None:
        """Refuse what waits for an answer, because the owner is silent."""
        asked, self._asked = self._asked, {}
        self._late.update({n: each for n, each in asked.items() if each.joins is not None})
        for each in asked.values():
            each.reply(out_of_reach())

    def end(self) -> None:
        """Refuse what waits, and let clients that follow rooms there connect again: what they missed is in the log."""
        self.give_up()
        followers = [self._numbers[id_] for id_, rooms in self.following.items() if rooms and id_ in self._numbers]
        for connection in [self._connections[number] for number in followers]:
            connection.close("replaced", reconnect=True)

    def _undo_join(self, late: _Asked) -> None:
        """Leave a room whose join was given up here and accepted there, unless the client asked again."""
        connection, room = late.connection, late.joins
        assert connection is not None
        assert room is not None
        again = any(each.joins == room and each.connection is connection for each in self._asked.values())
        if not again and room not in self.following.get(connection.id, ()):
            self.forget(connection, [room])

    def _next(self, asked: _Asked) -> int:
        self._count += 1
        self._asked[self._count] = asked
        return self._count

    def _who(self, connection: Connection | None) -> list[Any] | int | None:
        if connection is None:
            return None
        number = self._numbers.get(connection.id)
        if number is not None:
            return number
        self._count += 1
        number = self._numbers[connection.id] = self._count
        self._connections[number] = connection
        return [number, connection.id, connection.account, connection.rank, connection.steps]


def refusal_or(answer: Answer) -> dict[str, Any]:
    """Return an answer; raises what is a refusal."""
    if isinstance(answer, ParlourError):
        raise answer
    return answer
