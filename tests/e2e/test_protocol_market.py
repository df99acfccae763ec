"""docs/protocol.md section 5 "Markets": real pools on a real dev chain, from the swap to candles and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from tests.amm import ETHER, Amm, artifact, pair, pool, tokens
from tests.anvil import anvil
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, fresh, refused
from tests.e2e.stock import PythonClient, of_type, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=32) as chain:
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url]}]
    async with ServerProcess(chains=chains, env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """As in conftest.py, in the loop that talks to the chain."""
    async with entering(server) as one:
        yield one


async def market(client: PythonClient, amm: Amm, **options: Any) -> str:
    """A joined market of the pool whose base is ETH."""
    room = fresh("market")
    base = "token1" if amm.usd_first else "token0"
    asked = {"chain": amm.chain.chain_id, "pool": amm.pool.address, "base": base, **options}
    await done(client, "room:create", kind="market", id=room, options=asked)
    await done(client, "room:join", room=room)
    return room


async def buy_eth(amm: Amm, usd: int, eth: int, sender: int = 1) -> dict[str, Any]:
    if amm.usd_first:
        return await amm.swap(0, eth, paid=(usd, 0), sender=sender)
    return await amm.swap(eth, 0, paid=(0, usd), sender=sender)


async def joined(client: PythonClient, room: str) -> dict[str, Any]:
    state: dict[str, Any] = (await done(client, "room:join", room=room))["state"]
    return state


async def stored_trades(client: PythonClient, room: str) -> list[Any]:
    """The trades of the log, also those that were there before the client joined."""
    entries = (await done(client, "room:history", room=room))["entries"]
    return [entry for entry in entries if entry["type"] == "market.trade"]


async def test_swap_of_a_v2_pair_is_a_trade_with_the_price_after(chain: AnvilChain, enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    amm = await pair(chain)
    room = await market(ann, amm)
    state = await joined(guest, room)
    assert state["pair"]["symbols"] == ["ETH", "USD"]
    assert (state["pair"]["decimals"], state["pair"]["verified"]) == ([18, 6], False)
    assert (state["last"], state["day"]) == (None, None)
    receipt = await buy_eth(amm, 2100 * 10**6, ETHER)
    await until(lambda: of_type(guest, room, "market.trade"))
    [trade] = of_type(guest, room, "market.trade")
    block = await chain.rpc("eth_getBlockByHash", receipt["blockHash"], False)
    after = trade["body"].pop("after")
    assert trade["body"] == {
        "id": 1, "price": "2100", "amount": str(ETHER), "quote": str(2100 * 10**6), "side": "buy",
        "chain": chain.chain_id, "maker": amm.pool.address, "taker": chain.accounts[1], "sender": chain.accounts[1],
        "block": {"number": int(block["number"], 16), "hash": block["hash"], "time": int(block["timestamp"], 16)},
        "tx": receipt["transactionHash"], "logIndex": int(receipt["logs"][-1]["logIndex"], 16), "status": "included",
    }  # fmt: skip
    assert after == "2004.10410410410410"[: len(after)]
    state = await joined(await enter(None), room)
    assert state["last"] == {"price": "2100", "side": "buy", "time": int(block["timestamp"], 16) * 1000, "id": 1}
    assert [row[1:8] for row in state["candles"]["1m"]] == [
        ["2100", "2100", "2100", "2100", str(ETHER), str(2100 * 10**6), 1]
    ]
    assert state["day"]["trades"] == 1


async def test_reorganised_trade_leaves_the_candle_and_comes_anew(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    amm = await pair(chain)
    room = await market(ann, amm)
    await buy_eth(amm, 2100 * 10**6, ETHER)
    gone = await buy_eth(amm, 2200 * 10**6, ETHER)
    raw = await chain.rpc("eth_getRawTransactionByHash", gone["transactionHash"])
    await until(lambda: len(of_type(ann, room, "market.trade")) == 2)
    payment = await chain.rpc("eth_getBlockByNumber", hex(int(gone["blockNumber"], 16) - 1), False)
    paid = await chain.rpc("eth_getRawTransactionByHash", payment["transactions"][0])
    await chain.reorg(2, [(paid, 0), (raw, 1)])
    await until(lambda: len(of_type(ann, room, "market.trade")) == 3)
    reverted = of_type(ann, room, "chain.reverted")
    second, third = of_type(ann, room, "market.trade")[1:]
    assert [entry["body"]["of"] for entry in reverted] == [[second["seq"]]]
    assert (third["body"]["id"], third["body"]["tx"]) == (3, second["body"]["tx"])
    state = await joined(await enter(None), room)
    assert state["last"]["id"] == 3
    assert sum(row[7] for row in state["candles"]["1m"]) == 2


async def test_swap_of_a_v3_pool_has_the_pools_own_price(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    amm = await pool(chain)
    room = await market(ann, amm)
    await chain.transact(amm.pool, "swap", chain.accounts[2], amm.usd_first, 10**15, 0)
    await until(lambda: of_type(ann, room, "market.trade"))
    [trade] = of_type(ann, room, "market.trade")
    assert (trade["body"]["side"], trade["body"]["taker"]) == ("buy", chain.accounts[2])
    assert float(trade["body"]["after"]) > float(trade["body"]["price"]) > 10**12
    await chain.transact(amm.pool, "gift", 5, 7)
    await until(lambda: of_type(ann, room, "market.odd"))
    assert of_type(ann, room, "market.odd")[0]["body"]["amounts"] == ["5", "7"]


async def test_swaps_of_a_v4_pool_are_those_of_its_id_alone(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    first, second, _ = await tokens(chain)
    manager = await chain.deploy(artifact("PoolManager"))
    ids = []
    for fee in (3000, 500):
        made = await chain.transact(manager, "initialize", first.address, second.address, fee, 2 << 96)
        ids.append(made["logs"][0]["topics"][1])
    room = fresh("market")
    asked = {"chain": chain.chain_id, "pool": manager.address, "type": "uniswap-v4", "poolId": ids[0]}
    await done(ann, "room:create", kind="market", id=room, options=asked)
    state = await joined(ann, room)
    assert (state["pair"]["base"], state["pair"]["quote"]) == (first.address, second.address)
    await chain.transact(manager, "swap", bytes.fromhex(ids[1][2:]), True, 10**15)
    await chain.transact(manager, "swap", bytes.fromhex(ids[0][2:]), True, 10**15)
    receipt = await chain.transact(manager, "swap", bytes.fromhex(ids[0][2:]), False, 10**15)
    await until(lambda: len(of_type(ann, room, "market.trade")) == 2)
    sold, bought = (entry["body"] for entry in of_type(ann, room, "market.trade"))
    assert (sold["side"], sold["amount"], bought["side"], bought["quote"]) == ("sell", str(10**15), "buy", str(10**15))
    root = int(receipt["logs"][0]["data"][2 + 2 * 64 : 2 + 3 * 64], 16)
    amount0 = int(receipt["logs"][0]["data"][2 : 2 + 64], 16)
    assert bought["amount"] == str(amount0)
    decimals = state["pair"]["decimals"]
    after = Fraction(root**2, 1 << 192) * Fraction(10) ** (decimals[0] - decimals[1])
    assert abs(Fraction(bought["after"]) / after - 1) < Fraction(1, 10**17)
    assert await refused(ann, "market:depth", room=room) == ("illegal", "depth")


async def test_history_is_read_where_it_is_asked_for(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    amm = await pair(chain)
    for _ in range(3):
        await buy_eth(amm, 2100 * 10**6, ETHER)
    room = await market(ann, amm, history=50)
    while len(trades := await stored_trades(ann, room)) < 3:
        await asyncio.sleep(0.05)
    assert [e["body"]["id"] for e in trades] == [1, 2, 3]
    assert all("after" in e["body"] for e in trades)


async def test_depth_is_that_of_the_reserves_at_a_block(chain: AnvilChain, enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    amm = await pair(chain)
    room = await market(ann, amm)
    asked = {"room": room, "within": 100, "levels": 4}
    while not (depth := await guest.ask("market:depth", asked))["ok"]:  # the follower may stand before the pool's block
        assert depth["error"]["retryable"], depth
        await asyncio.sleep(0.05)
    assert depth["block"].keys() == {"number", "hash"}
    assert [len(depth[side]) for side in ("bids", "asks")] == [4, 4]
    assert abs(float(depth["asks"][-1][0]) - 2020) < 1e-6
    assert abs(float(depth["bids"][-1][0]) - 1980) < 1e-6
    sold = sum(int(amount) for _, amount in depth["asks"]) / ETHER
    assert abs(sold - 1000 * (1 - (2000 / 2020) ** 0.5)) < 1e-6
    assert await refused(guest, "market:depth", room=room, within=5000) == ("invalid", None)
    chat = (await done(ann, "room:create", kind="chat", id=fresh()))["room"]["id"]
    assert await refused(ann, "market:depth", room=chat) == ("illegal", "kind")


async def test_fills_of_orders_for_the_pair_are_told(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    amm = await pair(chain)
    venues = await chain.deploy(artifact("Venues"))
    room = await market(ann, amm, fills=[{"venue": "cow", "address": venues.address}])
    owner, (one, two) = chain.accounts[3], amm.tokens
    await chain.transact(venues, "settle", owner, one.address, owner, 5, 7, b"other")
    await chain.transact(venues, "settle", owner, one.address, two.address, 5, 7, b"\x01" * 56)
    await until(lambda: of_type(ann, room, "market.fill"))
    [fill] = of_type(ann, room, "market.fill")
    assert (fill["body"]["order"], fill["body"]["owner"]) == ("0x" + "01" * 56, owner)
    assert fill["body"]["sell"] == {"token": one.address, "amount": "5"}


async def test_creating_the_same_market_again_is_the_same_room(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    amm = await pair(chain)
    room = fresh("market")
    asked = {"kind": "market", "id": room, "options": {"chain": chain.chain_id, "pool": amm.pool.address.lower()}}
    first = await done(ann, "room:create", **asked)
    again = await done(ann, "room:create", **asked)
    assert (again["room"], again["duplicate"]) == (first["room"], True)
    assert first["room"]["options"]["facts"]["symbols"] in (["USD", "ETH"], ["ETH", "USD"])
    entries = (await done(ann, "room:history", room=room))["entries"]
    assert [entry["type"] for entry in entries] == ["room.created", "room.watched"]


async def test_markets_that_cannot_be_are_refused_in_words(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    token, _, _ = await tokens(chain)

    async def no(**options: Any) -> tuple[str, str | None]:
        return await refused(ann, "room:create", kind="market", id=fresh(), options=options)

    assert await no(chain=chain.chain_id, pool=token.address) == ("invalid", "no_pool")
    assert await no(chain=chain.chain_id, pool="0x" + "12" * 20) == ("invalid", "no_contract")
    assert await no(chain=999, pool=token.address) == ("not_found", "chain")
    assert await no(chain=chain.chain_id) == ("invalid", None)
    assert await no(chain=chain.chain_id, pool=token.address, facts={}) == ("invalid", None)
    amm = await pair(chain)
    room = await market(ann, amm)
    assert await refused(ann, "room:configure", room=room, options={"base": "token0"}) == ("illegal", "fixed")
    watch = (await done(ann, "room:history", room=room))["entries"][1]["body"]["watch"]["id"]
    assert await refused(ann, "room:unwatch", room=room, watch=watch) == ("illegal", "watched")
