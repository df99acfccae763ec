"""Gated rooms in memory over simulated chains, stepped by hand."""

from __future__ import annotations

import asyncio
from typing import Any

from parlour.core import room as commands
from parlour.core.gates.tree import read_gate
from parlour.errors import ParlourError
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.gates.gates import GateLimits, Gates
from parlour.runtime.gates.room_settings import RoomGating
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import Accounts, Caller, NewRoom
from parlour.runtime.rooms.lobby import Lobby, LobbyLimits
from parlour.runtime.rooms.local import LocalRooms, OnChain
from parlour.runtime.rooms.watch import RoomWatches
from parlour.runtime.store_memory import MemoryStore
from parlour.runtime.tracking.room_tracks import Tracking, TrackingLimits
from parlour.testing.fake_node import FakeNode
from parlour.testing.fakes import FakeClock, FakeConnection, FakeEncoder, settle
from parlour.testing.simchain import SimChain
from parlour.testing.simtoken import SimMulticall, SimToken
from tests.runtime.kit import ALICE, OWNER, Process, _no_delegations

LIMITS = GateLimits(gate_recheck_seconds=30, gate_grace=300_000, gate_joins_per_second=10)


class HandClock(FakeClock):
    """Time that a test moves; sleeps of gates return at once, others wait for ever."""

    async def sleep(self, seconds: float) -> None:
        if seconds > 1:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


class GatedWorld:
    """One process with rooms, and chains that it follows.

    Attributes:
        sim, token, multicall: of the first chain.
        sims: every chain by id.
    """

    def __init__(
        self,
        *,
        chains: int = 1,
        store: MemoryStore | None = None,
        limits: GateLimits = LIMITS,
        kinds: Any = None,
        **config: Any,
    ) -> None:
        self.sims = {1337 + n: SimChain(1337 + n, genesis=n) for n in range(chains)}
        self.nodes = {chain: FakeNode(sim, name=f"node{chain}") for chain, sim in self.sims.items()}
        self.sim = self.sims[1337]
        self.token, self.multicall = SimToken(self.sim), SimMulticall(self.sim)
        self.chain_store = MemoryChainStore()
        self.store = store or MemoryStore()
        self.limits, self.kinds, self.config = limits, kinds, config
        self.start()

    def start(self, owner: str = "one") -> None:
        """Begin as a new process: nothing in memory."""
        self.process = Process(self.store, HandClock(), owner=owner, kinds=self.kinds)
        self.clock = self.process.clock
        nodes = {f"http://{node.name}": node for node in self.nodes.values()}
        configs = [
            ChainConfig(
                chain, (f"http://node{chain}",), **{"max_reorg": 32, "events_per_second": 2000.0, **self.config}
            )
            for chain in self.sims
        ]
        context = self.context = ChainContext(self.chain_store, self.clock, owner)
        self.chains = Chains(configs, context, self.process.registry.deliver, nodes.__getitem__)
        self.gates = Gates(self.chains, self.process.registry.submit, self.clock, self.limits)
        self.process.context.gates = self.gates
        self.gating = RoomGating(self.process.registry, self.gates, self.limits.gates)
        lobby = Lobby(self.store, self.clock, FakeEncoder(), LobbyLimits(wait_ms=250, reread_seconds=5, lists=10))
        accounts = Accounts(lambda account: 0, _no_delegations)
        limits = TrackingLimits(tracked_per_room=64, tracks_per_minute=100, track_poll_seconds=15)
        deliver = self.process.registry.deliver
        self.tracking = Tracking(self.chains, self.chain_store, deliver, self.clock, limits)
        watching = RoomWatches(self.process.registry, self.chains)
        self.rooms = LocalRooms(
            self.process.registry,
            OnChain(watching, self.gating, self.tracking),
            lobby,
            accounts,
            lambda *words: "-".join(words),
        )

    # ── chains ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def catch_up(self) -> None:
        """Step every follower until it stands where its node stands, and let rooms have what follows."""
        for chain, sim in self.sims.items():
            follower = self.chains.chain(chain).follower
            for _ in range(60):
                pause = await follower.step()
                self.clock.spend(min(pause, 1.0) or 0.01)
                if follower.status()["hash"] == sim.head.hash or follower.state in ("halted", "disconnected"):
                    break
        await settled()

    async def checked(self) -> None:
        """Wait until nobody's right is being checked again: of thousands that takes more turns than `settled` waits."""
        while self.gates._revocations._running:
            await asyncio.sleep(0)
        await settled()

    async def mine(self, *txs: Any) -> None:
        """Mine a block and follow it."""
        self.sim.mine(txs)
        await self.catch_up()

    # ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────────

    def leaf(self, **more: Any) -> dict[str, Any]:
        """Return a leaf on the token."""
        from parlour.core.identity.accounts import checksum

        token = checksum(self.token.address)
        return {"chain": self.sim.chain_id, "token": token, "standard": self.token.standard, **more}

    async def room(self, gate: Any, room: str = "club", *, owner: str = OWNER, **settings: Any) -> None:
        """Create a room with a gate."""
        wanted = NewRoom(settings.pop("kind", "chat"), room, gate=gate, **settings)
        await self._done(self.rooms.create(Caller(owner), wanted))

    async def join(self, account: str, room: str = "club", **more: Any) -> FakeConnection:
        """Join; raises the ParlourError it was refused with."""
        connection = FakeConnection(account)
        vault, proof, as_ = more.pop("vault", None), more.pop("proof", ()), more.pop("as_", None)
        command = commands.Join(author=account, rank=more.pop("rank", 0), vault=vault, proof=proof, as_=as_)
        self.answer = await self.ask(command, room, connection=connection)
        return connection

    async def ask(self, command: commands.Command, room: str = "club", **request: Any) -> dict[str, Any]:
        """Submit as an adapter does, and wait for the answer."""
        answer: dict[str, Any] = await self._done(self.rooms.ask(room, RoomRequest(command, **request)))
        return answer

    async def refusal(self, work: Any) -> ParlourError:
        """Return what it is refused with."""
        try:
            found = await self._done(work)
        except ParlourError as error:
            return error
        raise AssertionError(f"accepted: {found}")

    async def _done(self, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        for _ in range(2000):
            if task.done():
                break
            await asyncio.sleep(0)
        assert task.done(), "no answer"
        await settled()
        return task.result()

    async def configure(self, gate: Any, room: str = "club", author: str = OWNER) -> dict[str, Any]:
        """Give the room another gate, or none."""
        change = commands.SetGate(None if gate is None else read_gate(gate).json)
        return await self.ask(commands.Configure(author=author, gate=change), room)

    async def entries(self, *types: str, room: str = "club") -> list[Any]:
        """Return the bodies of a room's entries of these types."""
        return [e.body for e in await self.store.entries(room, 0, 100_000) if e.type in types]

    async def people(self, room: str = "club") -> list[tuple[str, str]]:
        """Return what the gate wrote: (what, account)."""
        kinds = {"member.admitted": "in", "member.removed": "out", "member.restored": "back"}
        log = await self.store.entries(room, 0, 100_000)
        return [(kinds[e.type], e.body["account"]) for e in log if e.type in kinds and isinstance(e.body, dict)]


async def settled() -> None:
    """Let everything that waits for nothing but the loop happen."""
    for _ in range(6):
        await settle()


async def world(**more: Any) -> GatedWorld:
    """Chains of ten blocks, followed."""
    made = GatedWorld(**more)
    for sim in made.sims.values():
        sim.mine_many(10)
    await made.catch_up()
    return made


async def club(gate: Any = None, **more: Any) -> GatedWorld:
    """A room whose gate asks for one token, of which Alice has five."""
    made = await world(**more)
    await made.mine(made.token.mint(ALICE, 5))
    await made.room(gate or made.leaf())
    return made


def removed(connection: FakeConnection) -> list[str]:
    return [event.data["reason"] for event in connection.heard if event.event == "room:removed"]
