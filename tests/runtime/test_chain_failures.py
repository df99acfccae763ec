"""The failures of docs/chain.md "Gates, wallets and markets", on a simulated chain: what each product makes of them."""

from __future__ import annotations

from parlour.core.room import Post
from parlour.testing.simpool import SimPool
from parlour.testing.simtoken import SimToken
from tests.runtime.kit import ALICE, BOB
from tests.runtime.product_kit import DESK, MARKET, WALLET, ProductWorld, products, swap


async def trading() -> ProductWorld:
    """Alice sold her tokens, somebody traded, and a transaction is in a block."""
    made = await products()
    await made.mine(swap(made.sim, 4, 2))
    tx = made.pool.send("0x" + "ab" * 20)
    await made.track(tx)
    await made.mine(made.token.transfer(ALICE, BOB, 5), swap(made.sim, 9, 3), tx)
    assert (made.holds(), made.balance(), made.trades()) == (False, "0", 2)
    assert set((await made.statuses()).values()) == {"included"}
    return made


async def test_reorg_without_the_transactions_takes_everything_back() -> None:
    made = await trading()
    made.sim.reorg(1, [[], []])
    await made.catch_up()
    await made.poll()
    assert (made.holds(), made.balance(), made.trades()) == (True, "5", 1)
    assert set((await made.statuses()).values()) == {"pending"}


async def test_block_taken_back_below_what_was_final_is_a_reorg() -> None:
    made = await trading()
    before = made.sim.at(made.sim.height - 1)
    assert before is not None
    made.sim.mine_many(20)
    await made.catch_up()
    made.sim.revert_to(before)
    made.sim.mine()
    await made.catch_up()
    await made.poll()
    assert made.chains.chain(1337).follower.state == "following"
    assert (made.holds(), made.balance(), made.trades()) == (True, "5", 1)


async def test_dev_node_that_was_restarted_is_followed_from_nothing() -> None:
    made = await trading()
    made.sim.restart()
    made.sim.mine_many(3)
    for _ in range(3):
        made.clock.spend(30)
        await made.catch_up()
    assert made.chains.chain(1337).follower.state == "following"
    assert (made.holds(), made.balance(), made.trades()) == (False, "0", 0)
    assert set((await made.statuses()).values()) == {"orphaned"}
    await made.mine(made.token.mint(ALICE, 3), swap(made.sim, 6, 2))
    assert (made.balance(), made.trades()) == ("3", 1)


async def test_transfer_that_a_node_left_out_reaches_the_wallet_late() -> None:
    made = await products(verify="bloom")
    made.nodes[1337].faults.partial_logs(1)
    await made.mine(made.token.mint(ALICE, 7), made.token.mint(ALICE, 8))
    for _ in range(4):
        made.clock.spend(120)
        made.sim.mine_many(10)
        await made.catch_up()
    told = await made.entries("wallet.transfer", room=WALLET)
    assert sorted(body["value"] for body in told) == ["7", "8"]
    assert [body["value"] for body in told if body.get("late")]
    assert made.balance() == "20"


async def test_one_chain_that_is_silent_leaves_the_wallet_the_other() -> None:
    made = await products(furnished=False, chains=2)
    other = SimToken(made.sims[1338], address=made.token.address)
    await made.mine(made.token.mint(ALICE, 5))
    await made.furnish()
    made.sims[1338].mine([other.mint(ALICE, 1)])
    await made.mine()
    made.nodes[1337].down = True
    made.sims[1338].mine([other.mint(ALICE, 6)])
    await made.catch_up()
    assert (made.balance(1337), made.balance(1338)) == ("5", "7")


async def test_one_chain_that_is_silent_leaves_the_other_its_transactions() -> None:
    made = await products(chains=2)
    pool = SimPool(made.sims[1338])
    here, there = made.pool.send("0x" + "ab" * 20), pool.send("0x" + "ab" * 20)
    for chain, tx in ((1337, here), (1338, there)):
        body = {"chain": chain, "hash": tx.hash}
        await made.ask(Post(author=ALICE, id=tx.hash[:60], type="wallet.track", body=body), DESK)
    made.nodes[1337].down = True
    made.sims[1337].mine([here])
    made.sims[1338].mine([there])
    await made.catch_up()
    assert await made.statuses() == {here.hash: "submitted", there.hash: "included"}
    made.nodes[1337].down = False
    await made.catch_up()
    assert await made.statuses() == {here.hash: "included", there.hash: "included"}


async def test_market_takes_two_thousand_trades_a_second_whatever_its_chain_allows() -> None:
    made = await products(events_per_second=1.0)
    made.sim.mine([swap(made.sim, 4, 2) for _ in range(300)])
    await made.catch_up()
    trades = await made.entries("market.trade", room=MARKET)
    assert [body["id"] for body in trades] == list(range(1, 301))
    made.sim.mine([made.token.mint(ALICE, 1) for _ in range(300)])
    await made.catch_up()
    assert 0 < len(await made.entries("wallet.transfer", room=WALLET)) < 300
