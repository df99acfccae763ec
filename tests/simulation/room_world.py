"""A seeded world of rooms: two processes over one store, clients between them, and everything that can go wrong.

The processes are the real `RoomRegistry` and its hosts; store, network and time are simulated. Between any two steps a
process may die or stop for a while, a store call may fail before or after it took effect, a connection may vanish, a
client may send twice. Clients record for `tests.history.checker`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from parlour.core.games.room import GameRoom
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.log.patches import diff
from parlour.core.room import Entry, fold
from parlour.core.rooms.hall import Hall
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import Kinds, RoomRegistry
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeEncoder, carried
from tests.bounds import host_limits
from tests.history.checker import Final, Item, Verdict, check
from tests.simulation.far_store import FarStore, Sky, Weather
from tests.simulation.room_clients import SimClient, SimConnection
from tests.simulation.virtual_time import VirtualClock, run_virtually

LIMITS = host_limits(
    snapshot_entries=15, tail_entries=20, replay_entries=400, known_ids=12, idle_seconds=2.0, lease_ms=1500
)
"""Small, so that snapshots, store look-ups, idle closing and take-overs happen all the time."""
KINDS: dict[str, type[Hall]] = {"chat": Hall, "tic-tac-toe": GameRoom.of(TicTacToe)}


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


def simulate(seed: int, **settings: Any) -> tuple[Verdict, World]:
    """One night; a host that crashed by itself fails it at once."""
    world = World(seed, **settings)
    with capture_logs(processors=[format_exc_info]) as logs:
        verdict = run_virtually(world.live())
    defects = [line for line in logs if line["log_level"] == "error"]
    assert not defects, f"seed {seed}: {defects[0].get('exception', defects[0])}"
    return verdict, world
