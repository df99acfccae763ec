"""A market on a simulated chain: nodes that leave logs out, chains that stand still, reorganisations, two chains."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import encode

from parlour.commands.market import Terminal
from parlour.core.chain.abi import parse_event
from parlour.core.markets.options import read_options, wanted_watches
from parlour.core.markets.pools import SWAP_V3
from parlour.core.markets.route import MarketRoute
from parlour.testing.simchain import CONTRACT, SimChain, SimLog, SimTx
from tests.runtime.chain.chain_kit import World

TOKENS = ["0x" + "11" * 20, "0x" + "22" * 20]
SWAP = parse_event(SWAP_V3).topic0
WHO = "0x" + "00" * 12 + "aa" * 20


def swap(sim: SimChain, paid: int, got: int) -> SimTx:
    words = [paid, -got, 1 << 96, 10**18, 0]
    data = "0x" + encode(["int256", "int256", "uint160", "uint128", "int24"], words).hex()
    return sim.tx(SimLog(CONTRACT, (SWAP, WHO, WHO), data))


class Market(World):
    """A followed chain, and a market of its one contract."""

    terminal: Terminal
    said: list[str]

    async def begin(self) -> Market:
        facts = {"tokens": TOKENS, "decimals": [0, 0], "verified": False}
        options = {"chain": self.sim.chain_id, "pool": CONTRACT, "type": "uniswap-v3", "facts": facts}
        self.said = []
        self.terminal = Terminal(self.said.append, None, options, as_json=False)
        self.deliver = self.terminal.deliver
        self.context.routes.register("market", MarketRoute)
        self.sim.mine_many(10)
        await self.catch_up()
        for watch in wanted_watches(read_options(options)):
            await self.chains.watch("table", watch, self.terminal.accept, own="market")
        return self

    async def swapped(self, paid: int, got: int) -> None:
        self.sim.mine([swap(self.sim, paid, got)])
        await self.catch_up()

    def trades(self) -> list[Any]:
        return [entry.body for entry in self.terminal.log if entry.type == "market.trade"]


async def test_log_that_a_node_left_out_becomes_a_late_trade() -> None:
    world = await Market(verify="bloom").begin()
    world.faults.partial_logs(1)
    world.sim.mine([swap(world.sim, 4, 2), swap(world.sim, 6, 2)])
    await world.catch_up()
    await world.swapped(10, 2)
    world.sim.mine_many(30)
    for _ in range(3):
        world.clock.spend(120)
        world.sim.mine()
        await world.catch_up()
    assert [(t["id"], t["price"], t.get("late", False)) for t in world.trades()] == [
        (1, "0.5", False), (2, "0.2", False), (3, "0.333333333333333333", True),
    ]  # fmt: skip
    assert world.terminal.view()["last"]["id"] == 2


async def test_trade_that_moves_to_another_block_is_told_anew() -> None:
    world = await Market().begin()
    await world.swapped(4, 2)
    tx = world.sim.head.txs[0]
    world.sim.reorg(1, [[], [tx]])
    await world.catch_up()
    assert [t["id"] for t in world.trades()] == [1, 2]
    assert "reverted #1" in world.said
    candles = world.terminal.view()["candles"]["1m"]
    assert [row[7] for row in candles] == [1]


async def test_silent_chain_leaves_the_market_as_it_is_and_the_other_goes_on() -> None:
    one, other = await Market(SimChain(1337)).begin(), await Market(SimChain(1338, genesis=5)).begin()
    await one.swapped(4, 2)
    await other.swapped(6, 2)
    one.nodes[0].down = True
    one.sim.mine([swap(one.sim, 8, 2)])
    await one.follower.step()
    await other.swapped(10, 2)
    assert ([t["id"] for t in one.trades()], [t["id"] for t in other.trades()]) == ([1], [1, 2])
    one.nodes[0].down = False
    one.clock.spend(60)
    await one.catch_up()
    assert [t["price"] for t in one.trades()] == ["0.5", "0.25"]
