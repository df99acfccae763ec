"""Two chains of one process (chain.md F22): what befalls one of them leaves the other alone."""

from __future__ import annotations

from parlour.runtime.chain.chains import Chain, Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.testing.fake_node import FakeNode
from parlour.testing.fakes import FakeClock
from parlour.testing.simchain import CONTRACT, PING, SimChain
from tests.runtime.chain.chain_kit import Rooms

ONE, TWO = 7, 8


class Pair:
    """Two simulated chains with one watch each, in one room."""

    def __init__(self) -> None:
        self.sims = {id_: SimChain(id_, genesis=id_) for id_ in (ONE, TWO)}
        self.nodes = {id_: FakeNode(sim, name=f"node{id_}") for id_, sim in self.sims.items()}
        self.rooms, self.clock = Rooms(), FakeClock()
        configs = [ChainConfig(id_, (f"http://{id_}",), events_per_second=1000.0, max_reorg=8) for id_ in self.sims]
        by_url = {f"http://{id_}": node for id_, node in self.nodes.items()}
        context = ChainContext(MemoryChainStore(), self.clock)
        self.chains = Chains(configs, context, self.rooms.deliver, by_url.__getitem__)

    def chain(self, id_: int) -> Chain:
        return self.chains.chain(id_)

    async def steps(self, count: int = 3) -> None:
        for _ in range(count):
            for chain in self.chains:
                await chain.follower.step()
                await chain.outbox.drain()
            self.clock.spend(1.0)

    def told(self, id_: int) -> list[int]:
        return [int(b["args"]["value"]) for b in self.rooms.standing("r") if b["chain"] == id_]


async def watching() -> Pair:
    pair = Pair()
    for sim in pair.sims.values():
        sim.mine_many(12)
    await pair.steps()
    for id_ in pair.sims:
        asked = {"chain": id_, "address": CONTRACT, "event": PING}
        await pair.chains.watch("r", asked, pair.rooms.submit("r"))
    return pair


async def test_f22_chain_that_halts_leaves_the_other_going() -> None:
    pair = await watching()
    one, two = pair.sims.values()
    one.mine([one.ping(1)])
    two.mine([two.ping(2)])
    await pair.steps()
    one.reorg(13, [[]] * 15)
    two.mine([two.ping(3)])
    await pair.steps()
    assert pair.chain(ONE).follower.state == "halted"
    assert pair.chain(TWO).follower.state == "following"
    assert (pair.told(ONE), pair.told(TWO)) == ([1], [2, 3])
    assert [alarm.partition(" is ")[0] for alarm in pair.chains.alarms()] == ["chain 7"]


async def test_f22_reorganisation_of_one_chain_undoes_nothing_of_the_other() -> None:
    pair = await watching()
    for id_, sim in pair.sims.items():
        sim.mine([sim.ping(id_)])
    await pair.steps()
    pair.sims[ONE].reorg(1, [[], []])
    await pair.steps()
    assert (pair.told(ONE), pair.told(TWO)) == ([], [TWO])
    [reverted] = pair.rooms.of("r", "chain.reverted")
    assert reverted["chain"] == ONE


async def test_f22_silent_node_of_one_chain_holds_back_nothing_of_the_other() -> None:
    pair = await watching()
    pair.nodes[ONE].down = True
    pair.sims[ONE].mine([pair.sims[ONE].ping(1)])
    pair.sims[TWO].mine([pair.sims[TWO].ping(2)])
    await pair.steps()
    assert pair.chain(ONE).follower.state == "disconnected"
    assert (pair.told(ONE), pair.told(TWO)) == ([], [2])
    pair.nodes[ONE].down = False
    pair.clock.spend(60)
    await pair.steps(6)
    assert pair.told(ONE) == [1]
