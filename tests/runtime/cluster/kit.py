"""Several nodes in one process: a shared store in memory, one clock, and a bus in memory with faults on purpose."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from parlour.core import room as commands
from parlour.core.room import Command
from parlour.errors import ParlourError
from parlour.runtime.cluster import wire
from parlour.runtime.cluster.bus_memory import MemoryBroker
from parlour.runtime.cluster.cluster import Cluster, Ground
from parlour.runtime.cluster.envelope import VERSION, Seals
from parlour.runtime.cluster.news import News
from parlour.runtime.cluster.peers import ClusterLimits, Me, Peers
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.open_connections import Connections
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock, FakeConnection, FakeEncoder, Heard, carried, settle
from tests.runtime.kit import OWNER, Process

LIMITS = ClusterLimits()


class FakeCodec:
    """Carries the frames of a FakeEncoder."""

    def pack(self, frame: Any) -> bytes:
        return wire.dumps([frame.event, frame.data])

    def unpack(self, raw: bytes) -> Any:
        return Heard(*wire.loads(raw))


def secret(*words: str) -> str:
    return "".join(words).ljust(16, "-")


class Node:
    """One node.

    Attributes:
        rooms: the RoomService over all nodes.
    """

    def __init__(self, world: World, name: str, version: int = VERSION) -> None:
        self.name = name
        self.process = Process(world.store, world.clock, owner=name)
        self.connections = Connections(FakeEncoder())
        context, encoder = self.process.context, FakeEncoder()
        context.notify = self.connections.notify
        seals = self.seals = Seals(secret, world.clock.now, version)
        me = Me(name, "1", next(world.starts))
        self.bus = world.broker.bus()
        peers = Peers(self.bus, seals, me, world.clock, LIMITS, world.draw)
        news = News(self.connections, context.statuses, self.process.registry, context.on_listed)
        ground = Ground(self.process.rooms, self.process.registry, encoder, FakeCodec())
        self.cluster = Cluster(ground, peers, news)
        self.rooms = self.cluster.rooms
        self.process.registry.start()
        self.cluster.start()

    async def kill(self) -> None:
        """Let the process vanish: it says and stores nothing more."""
        if self.cluster.peers._timer is not None:  # a process that is gone rings no timer
            self.cluster.peers._timer.cancel()
        await self.bus.close()
        for host in self.process.registry.live():
            host.lost_lease()
        if self.process.registry._renewing is not None:
            self.process.registry._renewing.cancel()

    async def leave(self) -> None:
        """Stop cleanly: hand the rooms over and say goodbye."""
        self.cluster.drain()
        await self.process.registry.drain()
        await self.cluster.close()

    async def ask(self, command: Command, room: str = "hall", **request: Any) -> dict[str, Any]:
        """Ask, let it happen, and return the answer, or the refusal as an ack carries it."""
        asked = asyncio.ensure_future(self.rooms.ask(room, RoomRequest(command, **request)))
        return await self._answer(asked)

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of RoomService and let it happen."""
        return await self._answer(asyncio.ensure_future(getattr(self.rooms, method)(*arguments)))

    async def _answer(self, asked: asyncio.Future[Any]) -> Any:
        for _ in range(400):
            if asked.done():
                break
            await settle()
            if not asked.done():
                await self.process.clock.advance(0.01)
        try:
            return carried(await asked)
        except ParlourError as error:
            return {"ok": False, "error": error.to_json()}

    async def join(self, account: str, room: str = "hall", steps: bool = False, **request: Any) -> FakeConnection:
        """Let an account join on a connection of its own to this node."""
        connection = FakeConnection(account)
        connection.steps = steps
        self.connections.enter(connection, None)
        answer = await self.ask(commands.Join(author=account), room, connection=connection, **request)
        assert answer["ok"], answer
        return connection

    async def post(self, account: str, id_: str, room: str = "hall") -> dict[str, Any]:
        """Post a message whose text is its id."""
        return await self.ask(commands.Post(author=account, id=id_, type="chat.message", body={"text": id_}), room)

    def caller(self, account: str) -> Caller:
        return Caller(account)


class World:
    """Nodes that come and go."""

    def __init__(self) -> None:
        self.store, self.clock, self.broker = MemoryStore(), FakeClock(), MemoryBroker()
        self.starts = count(1)
        self._drawn = count(1)
        self.nodes: dict[str, Node] = {}

    def draw(self, size: int) -> bytes:
        return next(self._drawn).to_bytes(size, "big")

    async def start(self, *names: str, version: int = VERSION) -> list[Node]:
        """Start nodes, which speak a version on the bus, and let them find each other."""
        started = [Node(self, name, version) for name in names]
        self.nodes |= {node.name: node for node in started}
        await self.pass_time(1.0)
        return started

    async def pass_time(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / 0.1))):
            await self.clock.advance(0.1)
            await settle()

    async def create(self, node: Node, room: str = "hall") -> None:
        await node.process.create(room, owner=OWNER)


def texts(connection: FakeConnection) -> list[str]:
    """Return the texts of the messages that a connection heard, in order."""
    return [entry["body"]["text"] for entry in connection.events("entry") if entry["type"] == "chat.message"]
