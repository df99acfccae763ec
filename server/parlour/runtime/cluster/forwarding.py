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
        self._numbers: dict[str, dict[str, int]] = {}  # by a connection's id, by room
        self._unheard: set[int] = set()  # numbers whose join was given up: they may be in the room there, and not here
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
        self._out.tell("ask", self._next(asked), inside, room, self._who(request.connection, key), packed(request))

    def call(self, method: str, room: RoomId, arguments: dict[str, Any], reply: Callable[[Answer], None]) -> None:
        """Call a method of RoomService at the owner."""
        self._out.tell("call", self._next(_Asked(reply)), method, room, arguments)

    def signal(self, room: RoomId, sender: Connection, type_: str, body: Any, reply: Callable[[Answer], None]) -> None:
        """Forward a signal; the answer says whether the sender follows the room."""
        self._out.tell("signal", self._next(_Asked(reply)), room, self._who(sender, room.lower()), type_, body)

    def forget(self, connection: Connection, rooms: Iterable[str] | None) -> None:
        """Take a connection out of some rooms there, or, where it is gone, out of all."""
        numbers = self._numbers.get(connection.id, {})
        if rooms is not None:
            for room in numbers.keys() & set(rooms):
                self._out.tell("gone", numbers[room], [room])
                self.following.get(connection.id, set()).discard(room)
            return
        for number in numbers.values():
            self._out.tell("gone", number, None)
            del self._connections[number]
            self._unheard.discard(number)
        self._numbers.pop(connection.id, None)
        self.following.pop(connection.id, None)

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
            number = self._numbers[asked.connection.id].get(asked.joins or "")
            if asked.joins is not None and number is not None:
                self.following.setdefault(asked.connection.id, set()).add(asked.joins)
                self._unheard.discard(number)
            if asked.leaves is not None and not answer.get("duplicate"):
                self.following.get(asked.connection.id, set()).discard(asked.leaves)
        asked.reply(answer)

    def wrote(self, frame: Frame, numbers: Iterable[int], volatile: bool) -> None:
        """Write a frame of the owner to connections here."""
        known = self._connections.keys() - self._unheard if self._unheard else self._connections
        here = [self._connections[number] for number in numbers if number in known]
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
        for n, each in asked.items():
            if each.joins is not None:
                self._late[n] = each
                self._unhear(each)
        for each in asked.values():
            each.reply(out_of_reach())

    def end(self) -> None:
        """Refuse what waits, and let clients that follow rooms there connect again: what they missed is in the log."""
        self.give_up()
        following = [self._numbers[id_] for id_, rooms in self.following.items() if rooms and id_ in self._numbers]
        for connection in [self._connections[next(iter(numbers.values()))] for numbers in following]:
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

    def _unhear(self, late: _Asked) -> None:
        """Let a client that was refused hear nothing of the room, though the owner may let it in yet."""
        assert late.connection is not None
        assert late.joins is not None
        number = self._numbers.get(late.connection.id, {}).get(late.joins)
        if number is not None and late.joins not in self.following.get(late.connection.id, ()):
            self._unheard.add(number)

    def _who(self, connection: Connection | None, key: str) -> list[Any] | int | None:
        """Return what the owner calls a connection in a room; all there is to know of it the first time."""
        if connection is None:
            return None
        numbers = self._numbers.setdefault(connection.id, {})
        if key in numbers:
            return numbers[key]
        self._count += 1
        number = numbers[key] = self._count
        self._connections[number] = connection
        return [number, connection.id, connection.account, connection.rank, connection.steps]


def refusal_or(answer: Answer) -> dict[str, Any]:
    """Return an answer; raises what is a refusal."""
    if isinstance(answer, ParlourError):
        raise answer
    return answer
