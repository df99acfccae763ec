"""docs/protocol.md section 3, `chain:lookup`: what a real dev chain holds, and bad questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from tests.amm import artifact
from tests.anvil import anvil
from tests.e2e.kit import done, refused
from tests.e2e.stock import PythonClient

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=2) as chain:
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guest(chain: AnvilChain) -> AsyncIterator[PythonClient]:
    async with AsyncExitStack() as stack:
        chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url]}]
        env = {"PARLOUR_GUESTS": "on", "PARLOUR_LOOKUPS_BURST": "1000"}
        server = await stack.enter_async_context(ServerProcess(chains=chains, env=env))
        client = await stack.enter_async_context(PythonClient(["websocket"]))
        await client.connect(server.url, None)
        while not (await client.ask("chain:lookup", {"chain": chain.chain_id, "block": "latest"}))["ok"]:
            await asyncio.sleep(0.05)
        yield client


async def test_transaction_is_answered_with_known_events_decoded(chain: AnvilChain, guest: PythonClient) -> None:
    token = await chain.deploy(artifact("Token"), "USD", 6)
    receipt = await chain.transact(token, "mint", chain.accounts[2], 5)
    tx = (await done(guest, "chain:lookup", chain=chain.chain_id, tx=receipt["transactionHash"]))["tx"]
    assert (tx["hash"], tx["from"], tx["to"]) == (receipt["transactionHash"], chain.accounts[0], token.address)
    assert (tx["success"], tx["block"]["hash"], tx["logCount"]) == (True, receipt["blockHash"], 1)
    args = {"from": "0x" + "00" * 20, "to": chain.accounts[2], "value": "5"}
    assert tx["logs"] == [{"address": token.address, "logIndex": 0, "event": "Transfer", "args": args}]


async def test_transaction_keeps_no_status_before_it_is_final(chain: AnvilChain, guest: PythonClient) -> None:
    token = await chain.deploy(artifact("Token"), "USD", 6)
    receipt = await chain.transact(token, "mint", chain.accounts[2], 5)
    asked = {"chain": chain.chain_id, "tx": receipt["transactionHash"]}
    assert (await done(guest, "chain:lookup", **asked))["tx"]["status"] == "included"
    await chain.mine(10)
    for _ in range(200):
        if (await done(guest, "chain:lookup", **asked))["tx"]["status"] == "finalized":
            break
    else:
        pytest.fail("the transaction never became final")


async def test_block_is_answered_by_number_hash_and_tag(chain: AnvilChain, guest: PythonClient) -> None:
    raw = await chain.head()
    number = int(raw["number"], 16)
    by_number = (await done(guest, "chain:lookup", chain=chain.chain_id, block=number))["block"]
    assert (by_number["hash"], by_number["time"]) == (raw["hash"], int(raw["timestamp"], 16))
    assert by_number["transactions"] == len(by_number["hashes"])
    assert (await done(guest, "chain:lookup", chain=chain.chain_id, block=raw["hash"]))["block"]["number"] == number
    assert (await done(guest, "chain:lookup", chain=chain.chain_id, block="latest"))["block"]["number"] >= number


async def test_account_is_answered_at_a_block(chain: AnvilChain, guest: PythonClient) -> None:
    await chain.rpc("anvil_setBalance", "0x" + "12" * 20, hex(7))
    await chain.mine()
    found = (await done(guest, "chain:lookup", chain=chain.chain_id, address="0x" + "12" * 20))["address"]
    assert (found["balance"], found["nonce"], found["codeBytes"]) in (("7", 0, 0), ("0", 0, 0))
    token = await chain.deploy(artifact("Token"), "USD", 6)
    await chain.mine()
    for _ in range(200):
        found = (await done(guest, "chain:lookup", chain=chain.chain_id, address=token.address.lower()))["address"]
        if found["codeBytes"]:
            break
    assert found["codeBytes"] > 100
    assert found["address"] == token.address


async def test_bad_look_ups_are_refused_by_what_is_wrong(chain: AnvilChain, guest: PythonClient) -> None:
    number, odd = chain.chain_id, "0x" + "12" * 32
    assert await refused(guest, "chain:lookup", chain=number) == ("invalid", None)
    assert await refused(guest, "chain:lookup", chain=number, tx=odd, block=1) == ("invalid", None)
    assert await refused(guest, "chain:lookup", chain=5, block=1) == ("not_found", "chain")
    assert await refused(guest, "chain:lookup", chain=number, tx=odd) == ("not_found", "transaction")
    assert await refused(guest, "chain:lookup", chain=number, block=odd) == ("not_found", "block")
    assert await refused(guest, "chain:lookup", chain=number, block=10**9) == ("not_found", "block")
    for bad in ({"block": "newest"}, {"block": -1}, {"address": "0x12"}, {"tx": "0x12"}, {"block": "0x" + "z" * 64}):
        assert await refused(guest, "chain:lookup", chain=number, **bad) == ("invalid", None), bad
