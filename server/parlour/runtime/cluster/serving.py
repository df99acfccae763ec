"""Answers what another node forwards: the owner's end of a link, in the order in which requests come."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, Protocol, get_type_hints

import structlog

from parlour.core.room import RoomId
from parlour.errors import Internal, ParlourError
from parlour.runtime.cluster.commands import adapter, packed_error, unpacked
from parlour.runtime.cluster.records import Outgoing
from parlour.runtime.cluster.remote_connection import RemoteConnection
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.store import StoreError, refusal_of

log = structlog.get_logger()

CALLS = frozenset(
    {
        "describe", "history", "messages", "pins", "edits", "search", "members", "presence", "mark_read", "state_at",
        "document", "document_versions", "restore_document", "invite", "watch", "fill_gap", "depth", "unwatch",
        "explain_gate", "state_as", "standing",
    }
)  # fmt: skip
"""Methods of RoomService with a room as their first argument that are forwarded as calls."""


class Registry(Protocol):
    """The rooms of this process, below the rights that RoomService judges."""

    def submit(self, room: RoomId, request: RoomRequest) -> None: ...


class Serving:
    """This node as the owner of rooms that connections of one other node follow."""

    def __init__(self, rooms: RoomService, registry: Registry, outgoing: Outgoing) -> None:
        """Args: rooms, registry: of this process alone."""
        self._rooms, self._registry, self._out = rooms, registry, outgoing
        self._connections: dict[int, RemoteConnection] = {}
        self._followed: dict[int, set[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False

    def end(self) -> None:
        """Let every connection of the other node leave."""
        self._over = True
        for number in list(self._connections):
            self.gone(number, None)
        for task in self._tasks:
            task.cancel()

    def submit(self, n: int, inside: bool, room: RoomId, who: list[Any] | int | None, packed: list[Any]) -> None:
        """Take a command.

        Args:
            n: the request's number, which its answer names.
            inside: a request of the server itself, whose rights nobody judges.
            who: the connection: its number, and with it id, account, rank and `steps` when it is named first.
        """
        try:
            request = unpacked(*packed)
            connection = request.connection = self._connection(who)
            request.reply = self._replying(n)
            if connection is not None:
                self._followed[_number(who)].add(room.lower())
            (self._registry if inside else self._rooms).submit(room, request)
        except ParlourError as error:
            self._refuse(n, error)
        except Exception:
            log.exception("cluster.request_failed")
            self._refuse(n, Internal())

    def call(self, n: int, method: str, room: RoomId, arguments: dict[str, Any]) -> None:
        """Call a method of RoomService and send what it answers."""
        self._run(n, self._called(method, room, arguments))

    def signal(self, n: int, room: RoomId, who: list[Any] | int, type_: str, body: Any) -> None:
        """Send a signal into a room; the answer is whether the connection follows it."""
        try:
            connection = self._connection(who)
            assert connection is not None
            self._out.tell("ok", n, {"here": self._rooms.signal(room, connection, type_, body)})
        except ParlourError as error:
            self._refuse(n, error)

    def gone(self, number: int, rooms: list[str] | None) -> None:
        """Take a connection out of some rooms, or, where it is gone, out of all."""
        connection = self._connections.get(number)
        if connection is None:
            return
        followed = self._followed[number]
        self._rooms.forget_connection(connection, followed if rooms is None else rooms)
        if rooms is None:
            del self._connections[number], self._followed[number]
        else:
            followed.difference_update(rooms)

    def _connection(self, who: list[Any] | int | None) -> RemoteConnection | None:
        if who is None:
            return None
        number = _number(who)
        if isinstance(who, list):
            self._connections[number] = RemoteConnection(self._out, *who)
            self._followed[number] = set()
        return self._connections[number]

    def _replying(self, n: int) -> Callable[[Answer], None]:
        def reply(answer: Answer) -> None:
            if isinstance(answer, ParlourError):
                self._refuse(n, answer)
            elif not self._over:
                self._out.tell("ok", n, answer)

        return reply

    def _refuse(self, n: int, error: ParlourError) -> None:
        if not self._over:
            self._out.tell("no", n, packed_error(error))

    async def _called(self, method: str, room: RoomId, arguments: dict[str, Any]) -> Any:
        if method not in CALLS:
            raise Internal()
        given = {key: adapter(kinds(method)[key]).validate_python(value) for key, value in arguments.items()}
        return await getattr(self._rooms, method)(room, **given) or {}

    def _run(self, n: int, work: Awaitable[Any]) -> None:
        async def answer() -> None:
            try:
                self._out.tell("ok", n, await work)
            except ParlourError as error:
                self._refuse(n, error)
            except StoreError as error:
                self._refuse(n, refusal_of(error))
            except Exception:
                log.exception("cluster.call_failed")
                self._refuse(n, Internal())

        task = asyncio.get_running_loop().create_task(answer(), name="forwarded call")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@cache
def kinds(method: str) -> dict[str, Any]:
    """Return the types of a RoomService method's arguments, by name."""
    return get_type_hints(getattr(RoomService, method))


@cache
def names(method: str) -> list[str]:
    """Return the names of a RoomService method's arguments behind the room."""
    return list(inspect.signature(getattr(RoomService, method)).parameters)[2:]


def _number(who: list[Any] | int | None) -> int:
    assert who is not None
    number: int = who[0] if isinstance(who, list) else who
    return number
