"""Real rooms, fed by a simulated chain that reorganises while people act in them.

For every history: (b) a room's state equals the fold of its own log without what was reverted or made void, in the live
room and in one opened anew; (c) a room fed by the chain alone equals a room that only ever saw the canonical chain.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from eth_utils.crypto import keccak

from parlour import ChainLog, Game, Options, Player, State, action, on_chain
from parlour.core.games.room import GameRoom
from parlour.core.log.patches import diff
from parlour.core.room import Entry, Join, Post, Watch, dead_seqs, fold
from parlour.core.rooms.hall import Hall
from parlour.errors import Illegal, ParlourError
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.registry import Kinds, RoomRegistry, make_context
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock
from parlour.testing.simchain import CONTRACT, PING, SimLog, SimTx
from tests.bounds import host_limits
from tests.runtime.chain.chain_kit import World

ADA, BOB, EVE = ("0x" + "00" * 19 + digit for digit in ("0A", "0b", "0E"))
STAKED = "Staked(address indexed player, uint256 amount)"
STAKED_TOPIC = "0x" + keccak(text="Staked(address,uint256)").hex()
STAKE = {"stake": {"chain": 1337, "address": CONTRACT, "amount": "5"}}
LIMITS = host_limits(snapshot_entries=7, idle_seconds=1000.0)


class Source(Options):
    chain: int
    address: str


class Sums(Options):
    source: Source


class Sum(State):
    total: int = 0
    seen: list[str] = []


class Counter(Game[Sum]):
    """Adds up what the chain says; nobody can act."""

    seats = 1
    options: Sums

    @action
    def wait(self, player: Player) -> None:
        """There has to be one action."""

    @on_chain(PING, finality="included", contract="source")
    def pinged(self, log: ChainLog) -> None:
        self.state.total += log.args["value"]
        self.state.seen.append(str(log.args["value"]))


KINDS = {"chat": Hall, "tic-tac-toe": GameRoom.of(TicTacToe), "counter": GameRoom.of(Counter)}


class Encoder:
    def frame(self, event: str, data: Any) -> Any:
        return event, data

    def congested(self, connections: Any) -> Any:
        return ()


class RealRooms:
    """Real hosts over a store in memory, in the shape that `World` wants its rooms."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.failures: list[Exception] = []
        self.open()

    def open(self) -> None:
        """A new process: no room is live."""
        kinds = Kinds(KINDS)
        context = make_context(
            self.store, self.clock, Encoder(), kinds, limits=LIMITS, diff=diff, owner="one",
            notify=lambda account, event, data: None,
        )  # fmt: skip
        self.registry = RoomRegistry(context, kinds)

    async def close(self) -> None:
        await self.registry.drain()

    async def deliver(self, room: str, news: Any) -> None:
        await self.registry.deliver(room, news)

    def submit(self, room: str) -> Any:
        async def submit(record: dict[str, Any]) -> None:
            await self.registry.ask(room, RoomRequest(Watch(author=ADA, watch=record)))

        return submit

    async def log(self, room: str) -> list[Entry]:
        return await self.store.entries(room, 0, 100_000)

    async def ask(self, room: str, command: Any) -> dict[str, Any]:
        return await self.registry.ask(room, RoomRequest(command))


def stake(world: World, player: str, amount: int) -> SimTx:
    topics = (STAKED_TOPIC, "0x" + player[2:].lower().rjust(64, "0"))
    return world.sim.tx(SimLog(CONTRACT, topics, "0x" + f"{amount:064x}"))


async def table(world: World, room: str = "table") -> RealRooms:
    """A tic-tac-toe table with a stake, both seats taken, its contract watched."""
    hosts: RealRooms = world.rooms
    await hosts.registry.create(ADA, NewRoom("tic-tac-toe", room, options=STAKE))
    for who in (ADA, BOB):
        await hosts.ask(room, Join(author=who))
    await world.watch(room, event=STAKED)
    return hosts


async def place(hosts: RealRooms, who: str, cell: int, room: str = "table") -> dict[str, Any]:
    body = {"action": "place", "args": {"cell": cell}}
    return await hosts.ask(room, Post(author=who, id=f"p{cell}-{random.random()}", type="game.action", body=body))


async def started() -> World:
    world = World(rooms=RealRooms())
    world.sim.mine_many(3)
    await world.catch_up()
    return world


async def cells(hosts: RealRooms, room: str = "table") -> list[int | None]:
    host = hosts.registry.open(room)
    view: dict[str, Any] = host.live.room.view(ADA)
    return list(view["cells"])


async def status(hosts: RealRooms, room: str = "table") -> str:
    return str(hosts.registry.open(room).live.room.view(ADA)["status"])


async def test_reverted_stake_undoes_the_match_it_began_until_it_is_back() -> None:
    world = await started()
    hosts = await table(world)
    world.sim.mine([stake(world, ADA, 5)])
    await world.catch_up()
    assert await status(hosts) == "waiting"
    world.sim.mine([stake(world, BOB, 5)])
    await world.catch_up()
    assert await status(hosts) == "playing"
    seqs = [(await place(hosts, who, cell))["seq"] for who, cell in ((ADA, 0), (BOB, 4), (ADA, 1))]
    world.sim.reorg(1, [[], []])
    await world.catch_up()
    reverted = next(e.body for e in await hosts.log("table") if e.type == "chain.reverted")
    begun = next(e.seq for e in await hosts.log("table") if e.type == "game.started")
    assert [v["seq"] for v in reverted["void"]] == [begun, *seqs]
    assert {v["reason"] for v in reverted["void"]} == {"not_staked", "not_started"}
    assert await cells(hosts) == [None] * 9
    for who, reason in ((ADA, "not_started"), (BOB, "not_staked")):
        with pytest.raises(Illegal) as refused:
            await place(hosts, who, 4)
        assert refused.value.reason == reason
    world.sim.mine([stake(world, BOB, 5)])
    await world.catch_up()
    await place(hosts, ADA, 8)
    assert await cells(hosts) == [*[None] * 8, 0]
    await hosts.close()


async def test_reorg_before_the_start_takes_a_stake_out_of_the_count() -> None:
    world = await started()
    hosts = await table(world)
    world.sim.mine([stake(world, ADA, 5)])
    await world.catch_up()
    world.sim.reorg(1, [[], []])
    await world.catch_up()
    world.sim.mine([stake(world, BOB, 5)])
    await world.catch_up()
    assert await status(hosts) == "waiting"
    world.sim.mine([stake(world, ADA, 5)])
    await world.catch_up()
    assert await status(hosts) == "playing"
    await hosts.close()


async def test_stake_that_is_merely_moved_voids_nothing() -> None:
    world = await started()
    hosts = await table(world)
    stakes = [stake(world, ADA, 5), stake(world, BOB, 5)]
    world.sim.mine(stakes)
    await world.catch_up()
    for who, cell in ((ADA, 0), (BOB, 4), (ADA, 1)):
        await place(hosts, who, cell)
    world.sim.reorg(1, [[], stakes])
    await world.catch_up()
    log = await hosts.log("table")
    assert [e.type for e in log if e.type.startswith("chain.")] == ["chain.event", "chain.event", "chain.moved"]
    assert await cells(hosts) == [0, 0, None, None, 1, *[None] * 4]
    await hosts.close()


class RoomHistory:
    """A random history of a chain and of people who act in rooms that watch it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(rooms=RealRooms(), max_reorg=32)
        self.hosts: RealRooms = self.world.rooms
        self.value = 0
        self.left: list[Any] = []

    async def begin(self) -> None:
        self.world.sim.mine_many(3)
        await self.world.catch_up()
        await table(self.world)
        await self.hosts.registry.create(ADA, NewRoom("chat", "talk"))
        await self.world.watch("talk")
        source = {"source": {"chain": 1337, "address": CONTRACT}}
        await self.hosts.registry.create(ADA, NewRoom("counter", "sum", options=source))
        await self.hosts.ask("sum", Join(author=ADA))
        self.start = (await self.world.watch("sum"))["from"]["number"]

    def txs(self) -> list[SimTx]:
        made: list[SimTx] = []
        for _ in range(self.random.choice([0, 1, 2])):
            self.value += 1
            made.append(self.world.sim.ping(self.value))
        if self.random.random() < 0.5:
            made.append(stake(self.world, self.random.choice([ADA, BOB]), self.random.choice([2, 5, 5])))
        return made

    def mine(self) -> None:
        self.world.sim.mine(self.txs())

    def reorg(self) -> None:
        sim = self.world.sim
        most = min(sim.height - sim.final, 5, sim.height - 1)
        if most < 1:
            return
        depth = self.random.randint(1, most)
        self.left.append(sim.head)
        kept = [tx for d in range(depth) for tx in sim.ancestor(d).txs if self.random.random() < 0.5]
        branch = [self.txs() for _ in range(depth + 1)]
        for tx in kept:
            self.random.choice(branch).append(tx)
        sim.reorg(depth, branch)

    def flip(self) -> None:
        sim = self.world.sim
        able = [b for b in self.left if b.number >= sim.final and self._fork_of(b) >= sim.final]
        if able:
            self.left.append(sim.head)
            sim.show(self.random.choice(able))

    def _fork_of(self, block: Any) -> int:
        while self.world.sim.at(block.number) is not block:
            block = block.parent
        return int(block.number)

    async def act(self) -> None:
        """Somebody plays, or talks; both may be refused."""
        try:
            if self.random.random() < 0.8:
                await place(self.hosts, self._whose_turn(), self.random.randint(0, 8))
            else:
                body = {"text": f"hello {self.value}"}
                post = Post(author=ADA, id=f"m{self.random.random()}", type="chat.message", body=body)
                await self.hosts.ask(self.random.choice(["talk", "table"]), post)
        except ParlourError:
            pass

    def _whose_turn(self) -> str:
        host = self.hosts.registry.find("table")
        turn = host.live.room.view(ADA)["turn"] if host is not None else None
        return (ADA, BOB)[turn] if turn in (0, 1) and self.random.random() < 0.9 else self.random.choice([ADA, BOB])

    async def step(self) -> None:
        await self.world.follower.step()
        self.world.clock.spend(0.3)
        await self.world.chain.outbox.drain()

    async def restart(self) -> None:
        await self.hosts.close()
        self.hosts.open()
        self.world.open()

    async def play(self, moves: int) -> None:
        await self.begin()
        steps = [(5, self.mine), (6, self.step), (8, self.act), (3, self.reorg), (1, self.flip), (1, self.restart)]
        weights, doings = zip(*steps, strict=True)
        for _ in range(moves):
            await self.hosts.clock.advance(self.random.choice([0.001, 0.4, 3.0]))
            done = self.random.choices(doings, weights)[0]()
            if done is not None:
                await done
        self.world.sim.mine()
        await self.world.catch_up(200)

    async def check(self) -> None:
        assert self.world.at_tip()
        live = {room: await self._state(room) for room in ("table", "talk", "sum")}
        logs = {room: await self.hosts.log(room) for room in live}
        await self.hosts.close()
        self.hosts.open()
        for room, state in live.items():
            assert await self._state(room) == state, f"{room}: opened anew"
            alive = [e for e in logs[room] if e.seq not in dead_seqs(logs[room])]
            fresh = fold(self._empty(room), alive)
            assert fresh.snapshot() == state, f"{room}: folded from its log"
        self._check_canonical(logs)
        await self.hosts.close()

    def _empty(self, room: str) -> Any:
        kind = {"table": "tic-tac-toe", "talk": "chat", "sum": "counter"}[room]
        return KINDS[kind](room)

    async def _state(self, room: str) -> dict[str, Any]:
        await self.hosts.ask(room, Join(author=EVE, as_="spectator"))
        state: dict[str, Any] = self.hosts.registry.open(room).live.room.snapshot()
        return state

    def _check_canonical(self, logs: dict[str, list[Entry]]) -> None:
        """What the chain alone feeds is what the canonical chain alone would have made of it."""
        topic = self.world.sim.ping(0).logs[0].topics[0]
        canonical = self.world.sim.canonical_logs(self.start)
        values = sorted(int(log["data"], 16) for log in canonical if log["topics"][0] == topic)
        body = fold(self._empty("sum"), logs["sum"]).view(ADA)
        assert body["total"] == sum(values)
        assert sorted(int(v) for v in body["seen"]) == values


async def run_history(seed: int, moves: int) -> None:
    history = RoomHistory(seed)
    await history.play(moves)
    await history.check()


@pytest.mark.parametrize("batch", range(4))
async def test_rooms_equal_the_fold_of_valid_entries_after_200_histories(batch: int) -> None:
    for seed in range(batch * 50, batch * 50 + 50):
        try:
            await run_history(seed, 30)
        except BaseException:
            print(f"seed {seed}")
            raise


@pytest.mark.long
async def test_rooms_equal_the_fold_of_valid_entries_after_1000_histories() -> None:
    for seed in range(20_000, 21_000):
        try:
            await run_history(seed, 80)
        except BaseException:
            print(f"seed {seed}")
            raise
