"""A seeded world of rooms: two processes over one store, clients between them, and everything that can go wrong.

The processes are the real `RoomRegistry` and its hosts; store, network and time are simulated. Between any two steps a
process may die or stop for a while, a store call may fail before or after it took effect, a connection may vanish, a
client may send twice. Clients record for `tests.history.checker`.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from parlour.core import room as commands
from parlour.core.games.room import GameRoom
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.log.patches import diff
from parlour.core.room import Entry, fold
from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.live_room.context import RoomContext, RoomRequest
from parlour.runtime.live_room.recovery import Since
from parlour.runtime.rooms.create import NewRoom
from parlour.runtime.rooms.registry import Kinds, RoomRegistry
from parlour.runtime.store import StoreError
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeEncoder, carried
from parlour_client.patch import apply_patch
from tests.bounds import host_limits
from tests.history.checker import Ack, Client, Final, Heard, Invoke, Item, Join, Nack, Refused, Verdict, check
from tests.simulation.virtual_time import VirtualClock, run_virtually

LIMITS = host_limits(
    snapshot_entries=15, tail_entries=20, replay_entries=400, known_ids=12, idle_seconds=2.0, lease_ms=1500
)
"""Small, so that snapshots, store look-ups, idle closing and take-overs happen all the time."""
KINDS: dict[str, type[Hall]] = {"chat": Hall, "tic-tac-toe": GameRoom.of(TicTacToe)}
PATIENCE_S = 2.5
"""A client that waits longer for an ack tries another process."""


@dataclass(frozen=True)
class Weather:
    """How bad it gets, as chances per opportunity."""

    seconds: float = 15.0
    clients: int = 6
    rooms: int = 3
    tables: int = 2
    fails_before: float = 0.02
    fails_after: float = 0.01
    disaster_every_s: float = 2.0
    drop_every_s: float = 4.0
    send_twice: float = 0.1


class Sky:
    """The one source of chance, and the switch that ends the bad weather."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self.random = random.Random(seed)
        self.weather = weather
        self.bad = True
        self.never = asyncio.Event()

    def strikes(self, chance: float) -> bool:
        return self.bad and self.random.random() < chance

    def latency(self) -> float:
        return self.random.choice((0.0, 0.001, 0.02)) * self.random.random()


class FarStore:
    """The store as one process reaches it: late, sometimes failing, silent for ever once the process is dead."""

    def __init__(self, store: Any, sky: Sky) -> None:
        self._store, self._sky = store, sky
        self.dead = False
        self._running = asyncio.Event()
        self._running.set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._reach()
            if name == "append" and self._sky.strikes(self._sky.weather.fails_before):
                raise StoreError("simulated: nothing was stored")
            answer = await getattr(self._store, name)(*args, **kwargs)
            await self._reach()
            if name == "append" and self._sky.strikes(self._sky.weather.fails_after):
                raise StoreError("simulated: stored, but the answer was lost")
            return answer

        return call

    async def _reach(self) -> None:
        await asyncio.sleep(self._sky.latency())
        await self._running.wait()
        if self.dead:
            await self._sky.never.wait()


class Process:
    """One server process."""

    def __init__(self, name: str, store: Any, sky: Sky) -> None:
        self.name = name
        self.store = FarStore(store, sky)
        self.connections: set[SimConnection] = set()
        self.up = True
        kinds = Kinds(KINDS)
        context = RoomContext(
            store=self.store,
            clock=VirtualClock(),
            encoder=FakeEncoder(),
            limits=LIMITS,
            diff=diff,
            make_room=kinds.make,
            owner=name,
            notify=lambda account, event, data: None,
        )
        self.registry = RoomRegistry(context, kinds)
        self.registry.start()

    def kill(self) -> None:
        """SIGKILL: what was not yet in the store is gone, and nobody is told."""
        self.up = False
        self.store.dead = True
        self.cut()

    def cut(self) -> None:
        for connection in sorted(self.connections, key=lambda c: c.id):
            connection.lose()


class SimConnection:
    """A socket: two ordered, late pipes that may break at any moment. Implements `runtime.connection.Connection`."""

    def __init__(self, number: int, client: SimClient, process: Process, sky: Sky) -> None:
        self.id = f"c{number:05}"
        self.account = client.history.account
        self.rank = 0
        self.open = True
        self.congested = False
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
                    ("chat.reaction", {"of": of, "emoji": "👋", "on": True}),
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


@dataclass
class World:
    """What one seed makes happen."""

    seed: int
    weather: Weather = field(default_factory=Weather)
    store: Any = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.sky = Sky(self.seed, self.weather)
        self.kinds = {f"room-{number}": "chat" for number in range(self.weather.rooms)}
        self.kinds |= {f"table-{number}": "tic-tac-toe" for number in range(self.weather.tables)}
        self.rooms = list(self.kinds)
        self.processes: list[Process] = []
        self.clients: list[SimClient] = []
        self.connections = 0
        self.disasters: list[str] = []
        self._starts = 0

    def head(self, room: str) -> int:
        stored = self.store._rooms.get(room)
        return stored.record.head if stored else 0

    async def live(self) -> Verdict:
        self._start("one")
        self._start("two")
        first = self.processes[0].registry
        for room, kind in self.kinds.items():
            await RoomRegistry(first.context, first.kinds).create("0x" + "f" * 40, NewRoom(kind, room))
        clients = self.clients = [SimClient(number, self) for number in range(self.weather.clients)]
        lives = [asyncio.create_task(client.live()) for client in clients]
        end = asyncio.get_running_loop().time() + self.weather.seconds
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(self.sky.random.expovariate(1 / self.weather.disaster_every_s))
            self._disaster()
            for life in lives:
                if life.done():
                    life.result()
        await self._calm(clients)
        finals = {room: await self._final(room) for room in self.rooms}
        for client in clients:
            await self._compare_views(client)
        verdict = check([client.history for client in clients], finals)
        for life in lives:
            life.cancel()
        return verdict

    async def _calm(self, clients: list[SimClient]) -> None:
        """The weather clears, posting ends, and everybody gets 30 s to catch up."""
        self.sky.bad = False
        for process in self.processes:
            process.store.resume()
        for client in clients:
            client.posting = False
        quiet = 0
        for _ in range(300):
            quiet = quiet + 1 if all(client.settled for client in clients) else 0
            if quiet == 10:  # a second: states follow their entries, and nothing is on its way any more
                return
            await asyncio.sleep(0.1)

    def _start(self, name: str) -> None:
        self._starts += 1
        same = self.sky.random.random() < 0.5 and all(process.name != name for process in self.processes)
        self.processes.append(Process(name if same else f"{name}-{self._starts}", self.store, self.sky))

    def _disaster(self) -> None:
        up = [process for process in self.processes if process.up]
        kind = self.sky.random.choice(["kill", "kill", "pause", "cut"])
        process = self.sky.random.choice(up)
        self.disasters.append(f"{asyncio.get_running_loop().time():.3f} {kind} {process.name}")
        loop = asyncio.get_running_loop()
        if kind == "kill":
            process.kill()
            self.processes.remove(process)
            loop.call_later(self.sky.random.uniform(0.1, 1.0), lambda: self._start(process.name.split("-")[0]))
            if len(up) == 1:
                self._start("three")
        elif kind == "pause":
            process.store.pause()
            loop.call_later(self.sky.random.uniform(1.0, 6.0), process.store.resume)
        else:
            process.cut()

    async def _compare_views(self, client: SimClient) -> None:
        """What a client sees of a table at the end is what a fresh fold of its log shows."""
        for room, kind in self.kinds.items():
            if (seen := client.sees(room)) is not None:
                folded = fold(KINDS[kind](room), await self.store.entries(room, 0, 10**9))
                shown = carried(folded.view(client.history.account))
                assert seen == shown, f"seed {self.seed}, {client.history.account} at {room}: {diff(shown, seen)}"

    async def _final(self, room: str) -> Final:
        """The stored log; also holds it against its hash chain and its snapshot."""
        entries = await self.store.entries(room, 0, 10**9)
        saved = await self.store.load(room)
        broken = first_break(entries, ZERO_HASH)
        assert broken is None, f"the hash chain of {room} breaks at {broken}"
        assert (entries[-1].seq, entries[-1].hash) == (saved.record.head, saved.record.hash)
        _check_fold(KINDS[self.kinds[room]], room, entries, saved)
        return Final(saved.record.epoch, [Item(e.seq, e.author, e.id, "0x" + e.hash.hex()) for e in entries])


def _check_fold(kind: type[Hall], room: str, entries: list[Entry], saved: Any) -> None:
    """A stored snapshot and what came after it is a fresh fold of everything."""
    if saved.snapshot is None:
        return
    resumed = kind(room)
    resumed.restore(saved.snapshot.state)
    fold(resumed, [entry for entry in entries if entry.seq > saved.snapshot.seq])
    assert resumed.snapshot() == fold(kind(room), entries).snapshot()


def _item(entry: dict[str, Any]) -> Item:
    return Item(entry["seq"], entry["author"], entry["id"], entry["hash"])


def _raw(hash: str) -> bytes:
    return bytes.fromhex(hash.removeprefix("0x"))


def simulate(seed: int, **settings: Any) -> tuple[Verdict, World]:
    """One night; a host that crashed by itself fails it at once."""
    world = World(seed, **settings)
    with capture_logs(processors=[format_exc_info]) as logs:
        verdict = run_virtually(world.live())
    defects = [line for line in logs if line["log_level"] == "error"]
    assert not defects, f"seed {seed}: {defects[0].get('exception', defects[0])}"
    return verdict, world
