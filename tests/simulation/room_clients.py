"""Clients of a simulated world of rooms, and the connections that carry what they say.

Each records what it did and heard for `tests.history.checker`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parlour.core import room as commands
from parlour.errors import ParlourError
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.recovery import Since
from parlour.testing.fakes import carried
from parlour_client.patch import apply_patch
from tests.history.checker import Ack, Client, Heard, Invoke, Item, Join, Nack, Refused
from tests.simulation.far_store import Sky

if TYPE_CHECKING:
    from tests.simulation.room_world import Process, World

PATIENCE_S = 2.5
"""A client that waits longer for an ack tries another process."""


class SimConnection:
    """A socket: two ordered, late pipes that may break at any moment. Implements `runtime.connection.Connection`."""

    def __init__(self, number: int, client: SimClient, process: Process, sky: Sky) -> None:
        self.id = f"c{number:05}"
        self.account = client.history.account
        self.rank = 0
        self.open = True
        self.congested = False
        self.steps = False
        self.rooms: dict[str, None] = {}
        self._client, self._process, self._sky = client, process, sky
        self._down, self._up = Pipe(self, sky), Pipe(self, sky)
        process.connections.add(self)

    def write(self, frame: Any, *, volatile: bool = False) -> None:
        self._down.carry(lambda: self._client.hear(frame.event, frame.data))

    def close(self, reason: str, *, reconnect: bool, retry_after: int | None = None) -> None:
        self._down.carry(self.lose)

    def send(self, room: str, request: RoomRequest, answered: Callable[[Any], None]) -> None:
        """From the client: reaches the room's mailbox later, in order; its answer comes back the same way."""

        def reply(answer: Any) -> None:
            if isinstance(answer, ParlourError) and isinstance(request.command, commands.Post):
                # seen from above: a refusal lost on its way lets later posts of this client go first
                self._client.history.events.append(Refused(room, request.command.id))
            arriving = answer if isinstance(answer, ParlourError) else carried(answer)
            self._down.carry(lambda: answered(arriving))

        request.reply = reply
        self._up.carry(lambda: self._arrive(room, request))

    def _arrive(self, room: str, request: RoomRequest) -> None:
        if isinstance(request.command, commands.Join):
            self.rooms[room] = None
        try:
            self._process.registry.submit(room, request)
        except ParlourError as error:
            request.answer(error)

    def lose(self) -> None:
        """The connection is gone; both ends notice, and what was on the way is lost."""
        if not self.open:
            return
        self.open = False
        self._process.connections.discard(self)
        if self._process.up:
            self._process.registry.forget_connection(self, self.rooms)
        self._client.lost(self)


class Pipe:
    """One direction of a connection: late, in order, and empty once the connection is lost."""

    def __init__(self, connection: SimConnection, sky: Sky) -> None:
        self._connection, self._sky = connection, sky
        self._on_the_way: deque[Callable[[], None]] = deque()
        self._latest = 0.0

    def carry(self, happen: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._latest = max(self._latest, loop.time() + self._sky.latency())
        self._on_the_way.append(happen)
        loop.call_at(self._latest, self._arrive)

    def _arrive(self) -> None:
        happen = self._on_the_way.popleft()
        if self._connection.open:
            happen()


@dataclass
class Pending:
    room: str
    type: str
    body: dict[str, Any]
    since: float


class SimClient:
    """Posts and listens as protocol.md asks, over any process that answers."""

    def __init__(self, number: int, world: World) -> None:
        self.history = Client(f"0x{number + 1:040x}")
        self._world, self._sky = world, world.sky
        self._rooms = world.sky.random.sample(world.rooms, k=min(3, len(world.rooms)))
        self._views: dict[str, tuple[int, Any]] = {}
        self._seats: dict[str, int] = {}
        self._connection: SimConnection | None = None
        self._unacked: dict[str, Pending] = {}
        self._at: dict[str, Since] = {}
        self._own: list[tuple[str, int]] = []
        self._posts = 0
        self.posting = True

    @property
    def settled(self) -> bool:
        joined = self._connection is not None and not self._joins
        caught_up = all(room in self._at and self._at[room].seq == self._world.head(room) for room in self._rooms)
        return joined and caught_up and not self._unacked

    async def live(self) -> None:
        while True:
            await asyncio.sleep(self._sky.random.uniform(0.02, 0.4))
            if self._connection is None:
                self._connect()
            elif self._waited_too_long() or self._sky.strikes(0.2 / self._sky.weather.drop_every_s):
                self._connection.lose()
            elif self.posting and len(self._unacked) < 4:
                self._post()

    def _waited_too_long(self) -> bool:
        now = asyncio.get_running_loop().time()
        return any(now - pending.since > PATIENCE_S for pending in self._unacked.values()) or self._joining_since(now)

    def _joining_since(self, now: float) -> bool:
        return bool(self._joins) and now - self._connected_at > PATIENCE_S

    def _connect(self) -> None:
        processes = [process for process in self._world.processes if process.up]
        if not processes:
            return
        process = self._sky.random.choice(processes)
        self._world.connections += 1
        self._connection = SimConnection(self._world.connections, self, process, self._sky)
        self._connected_at = asyncio.get_running_loop().time()
        self._joins = set(self._rooms)
        for room in self._rooms:
            self._join(room)
        self._resend()

    def _join(self, room: str) -> None:
        connection = self._connection
        assert connection is not None
        request = RoomRequest(
            commands.Join(author=self.history.account), connection=connection, since=self._at.get(room), limit=10
        )
        connection.send(room, request, lambda answer: self._joined(room, answer))

    def _joined(self, room: str, answer: Any) -> None:
        if isinstance(answer, ParlourError):
            if not answer.retryable and answer.code != "not_found":
                raise AssertionError(f"A join was refused for good: {answer!r}")
            if self._connection is not None:
                self._connection.lose()
            return
        self._joins.discard(room)
        self.history.events.append(Join(room, answer["epoch"], answer["head"], answer["recovered"]))
        if answer["recovered"]:
            for entry in answer["entries"]:
                self.history.events.append(Heard(room, _item(entry)))
        self._at[room] = Since(answer["epoch"], answer["head"], _raw(answer["hash"]))
        if "state" in answer:
            self._views[room] = (answer["head"], answer["state"])
            self._seats[room] = answer.get("seat", -1)

    def hear(self, event: str, data: dict[str, Any]) -> None:
        if event == "state":
            self._see(data)
        elif event == "entry":
            self.history.events.append(Heard(data["room"], _item(data)))
            if data["room"] in self._at:
                self._at[data["room"]] = Since(self._at[data["room"]].epoch, data["seq"], _raw(data["hash"]))

    def _see(self, data: dict[str, Any]) -> None:
        """Keep the view as protocol §4 says; a patch on another base asks for a whole one."""
        room = data["room"]
        base, view = self._views.get(room, (None, None))
        if "state" in data:
            self._views[room] = (data["seq"], data["state"])
        elif data["base"] == base:
            self._views[room] = (data["seq"], apply_patch(view, data["patch"]))
        elif self._connection is not None:
            self._join(room)

    def sees(self, room: str) -> Any:
        """The view this client has of a table, None of a chat."""
        return self._views.get(room, (0, None))[1]

    def lost(self, connection: SimConnection) -> None:
        if connection is self._connection:
            self._connection = None

    def _post(self) -> None:
        chance = self._sky.random
        self._posts += 1
        id, room = f"{self.history.account[-2:]}-{self._posts}", chance.choice(self._rooms)
        type, body = "chat.message", {"text": id}
        view = self.sees(room)
        if view and chance.random() < 0.7:
            cell = chance.randrange(9)  # taken, out of turn, not seated: the table refuses what it must
            type, body = "game.action", {"action": "place", "args": {"cell": cell}}
        elif self._own and chance.random() < 0.2:
            room, of = chance.choice(self._own)
            type, body = chance.choice(
                [
                    ("chat.edit", {"of": of, "text": f"{id} again"}),
                    ("chat.reaction", {"of": of, "emoji": chr(0x1F600 + self._posts % 64), "on": True}),
                    ("chat.delete", {"of": of}),
                ]
            )
        self._unacked[id] = Pending(room, type, body, asyncio.get_running_loop().time())
        self._send(id)
        if type != "game.action" and chance.random() < self._sky.weather.send_twice:
            self._send(id)  # not a move: its first copy may be refused and its second be in turn

    def _resend(self) -> None:
        for id in list(self._unacked):
            self._unacked[id].since = asyncio.get_running_loop().time()
            self._send(id)

    def _send(self, id: str) -> None:
        if self._connection is None:
            return
        pending = self._unacked[id]
        self.history.events.append(Invoke(asyncio.get_running_loop().time(), pending.room, id))
        post = commands.Post(author=self.history.account, id=id, type=pending.type, body=dict(pending.body))
        self._connection.send(pending.room, RoomRequest(post), lambda answer: self._answered(id, answer))

    def _answered(self, id: str, answer: Any) -> None:
        pending, now = self._unacked.get(id), asyncio.get_running_loop().time()
        if pending is None:
            return
        if not isinstance(answer, ParlourError):
            self.history.events.append(Ack(now, pending.room, id, answer["seq"], answer["hash"]))
            if pending.type == "chat.message":
                self._own.append((pending.room, answer["seq"]))
            del self._unacked[id]
        elif answer.retryable:
            pending.since = now
            asyncio.get_running_loop().call_later(0.3, lambda: id in self._unacked and self._send(id))
        else:
            self.history.events.append(Nack(now, pending.room, id, answer.code))
            del self._unacked[id]


def _item(entry: dict[str, Any]) -> Item:
    return Item(entry["seq"], entry["author"], entry["id"], entry["hash"])


def _raw(hash: str) -> bytes:
    return bytes.fromhex(hash.removeprefix("0x"))
