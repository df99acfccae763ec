"""The pool that `parlour.testing` puts on a simulated chain, as a market sees it."""

from __future__ import annotations

from parlour.core.identity.accounts import checksum
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.testing import SimPair
from tests.runtime.kit import OWNER
from tests.runtime.product_kit import MARKET, products


async def test_market_of_a_simulated_pair_trades_and_forgets_a_reorg() -> None:
    made = await products(furnished=False)
    pair = SimPair(made.sim)
    options = {"chain": made.sim.chain_id, "pool": checksum(pair.address)}
    await made._done(made.rooms.create(Caller(OWNER), NewRoom("market", MARKET, options=options)))
    assert made.view(MARKET)["pair"]["symbols"] == ["ETH", "USD"]
    await made.mine(pair.buy(2_000 * 10**6), pair.buy(2_000 * 10**6))
    await made.mine(pair.sell(10**18))
    bodies = await made.entries("market.trade", room=MARKET)
    assert [body["side"] for body in bodies] == ["buy", "buy", "sell"]
    got = 2_000 * 10**6 * 997 * 10**21 // (2 * 10**12 * 1000 + 2_000 * 10**6 * 997)
    assert bodies[0]["amount"] == str(got)
    assert float(bodies[0]["after"]) < float(bodies[1]["after"]) > float(bodies[2]["after"])
    before = pair.reserves(made.sim.head.parent)
    made.sim.reorg(1, [[], []])
    await made.catch_up()
    assert (pair.reserves(), made.trades()) == (before, 2)
    await made.mine(pair.sell(10**18))
    assert made.trades() == 3
    assert float((await made.entries("market.trade", room=MARKET))[-1]["after"]) == float(bodies[2]["after"])
