"""docs/chain.md "Gates, wallets and markets", the starred rows: what dev chains do, to a real server with all products.

Anvil in the short form; Hardhat 2, Hardhat 3 and Ganache from npm in the long one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.adapters.chain.dev_clients import PACKAGES, dev_chain
from tests.amm import ETHER, Amm, pair
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, fresh, made, post
from tests.e2e.stock import PythonClient, heard, of_type, until
from tests.gate_contracts import CONTRACTS

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = ["anvil", *(pytest.param(name, marks=pytest.mark.long) for name in PACKAGES)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CLIENTS)
async def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AnvilChain]:
    async with dev_chain(request.param, tmp_path_factory.getbasetemp() / "clients") as chain:
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": 31337, "urls": [chain.url], "pollInterval": 0.2}]
    async with ServerProcess(chains=chains) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """As in conftest.py, in the loop that talks to the chain."""
    async with entering(server) as one:
        yield one


@dataclass
class Rooms:
    """A holder in a gated room, in a wallet's room, in a market, and at a desk that tracks what got it there."""

    holder: PythonClient
    club: str
    wallet: str
    market: str
    desk: str
    coin: Deployed
    amm: Amm

    def balances(self) -> list[str | None]:
        told = [entry["body"] for entry in of_type(self.holder, self.wallet, "wallet.balance")]
        return [body["balance"] for body in told if body["token"] == self.coin.address]

    def is_put_out(self) -> bool:
        return any(event["reason"] == "gate" for event in heard(self.holder, "room:removed", self.club))

    def tracked(self) -> list[str]:
        return [entry["body"]["status"] for entry in of_type(self.holder, self.desk, "wallet.transaction")]

    def trades_undone(self) -> list[int]:
        trades = {entry["seq"] for entry in of_type(self.holder, self.market, "market.trade")}
        undone = {seq for entry in of_type(self.holder, self.market, "chain.reverted") for seq in entry["body"]["of"]}
        return sorted(trades & undone)

    async def state(self) -> dict[str, Any]:
        return (await done(self.holder, "room:join", room=self.market))["state"]


async def holding(chain: AnvilChain, enter: Enter, name: str) -> tuple[Rooms, str]:
    """Make the rooms; return them with a snapshot of the chain from before the holder held anything."""
    me, owner, holder = wallet(name).address, await enter("olga"), await enter(name)
    coin, amm = await chain.deploy(CONTRACTS["Coin"]), await pair(chain)
    token = {"chain": 31337, "token": coin.address, "standard": "erc20"}
    club, desk = await made(owner, gate=token), await made(holder)
    rooms = Rooms(holder, club, f"wallet:{me}", fresh("market"), desk, coin, amm)
    await done(holder, "room:join", room=rooms.wallet)
    options = {"chains": [31337], "tokens": [coin.address], "native": False}
    await done(holder, "room:configure", room=rooms.wallet, options=options)
    await until(lambda: len(of_type(holder, rooms.wallet, "room.watched")) == 2)
    await done(
        holder, "room:create", kind="market", id=rooms.market, options={"chain": 31337, "pool": amm.pool.address}
    )
    await done(holder, "room:join", room=rooms.market)
    before: str = await chain.rpc("evm_snapshot")
    minted = (await chain.transact(coin, "mint", me, 5))["transactionHash"]
    await done(holder, "room:join", room=desk)
    await done(holder, "room:post", **post(desk, "wallet.track", {"chain": 31337, "hash": minted}))
    paid = 2100 * 10**6
    await (amm.swap(0, ETHER, paid=(paid, 0)) if amm.usd_first else amm.swap(ETHER, 0, paid=(0, paid)))
    await until(lambda: "5" in rooms.balances() and of_type(holder, rooms.market, "market.trade"))
    await until(lambda: "included" in rooms.tracked())
    while not (await holder.ask("room:join", {"room": rooms.club}))["ok"]:
        pass
    return rooms, before


async def test_evm_revert_below_what_was_told_takes_back_right_balance_and_trade(
    chain: AnvilChain, enter: Enter
) -> None:
    rooms, before = await holding(chain, enter, "ann")
    await chain.mine(80)
    await chain.rpc("evm_revert", before)
    await chain.mine()
    await until(rooms.is_put_out)
    await until(lambda: rooms.balances()[-1] == "0")
    await until(lambda: "orphaned" in rooms.tracked())
    await until(lambda: len(rooms.trades_undone()) == 1)
    assert (await rooms.state())["last"] is None


async def test_dev_node_started_anew_is_followed_from_its_genesis(chain: AnvilChain, enter: Enter) -> None:
    rooms, _ = await holding(chain, enter, "ben")
    await chain.stop()
    await chain.start()
    while (await chain.deploy(CONTRACTS["Coin"])).address != rooms.coin.address:
        pass  # the same sender and nonce: the coin is there again, and nobody holds any
    await until(rooms.is_put_out)
    await until(lambda: rooms.balances()[-1] in (None, "0"))
    await until(lambda: "orphaned" in rooms.tracked())
    await until(lambda: len(rooms.trades_undone()) == 1)
    assert (await rooms.state())["candles"]["1m"] == []
